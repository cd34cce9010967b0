# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shows the stream on a web page of this machine, where a click takes a photo: web_preview.py [DEVICE [PORT]]."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing, suppress

import cv2

from imagecapture_ros.navigator.aio import ImageCapture, MediaStreamTrack, media_devices

device, port = (*sys.argv[1:], *('sim', '8000')[len(sys.argv) - 1:])
HEAD = b'HTTP/1.0 200 OK\r\nContent-Type: %b\r\n\r\n'


async def answer(track: MediaStreamTrack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    with suppress(ConnectionError, EOFError), closing(writer):
        path = (await reader.readuntil(b'\r\n\r\n')).split()[1]
        if path == b'/photo':
            photo = await ImageCapture(track).take_photo()
            writer.write(HEAD % photo.type.encode() + photo.data)
        elif path == b'/stream':
            writer.write(HEAD % b'multipart/x-mixed-replace; boundary=next')
            async for frame in track.frames(max_waiting=1):
                writer.write(b'--next\r\nContent-Type: image/jpeg\r\n\r\n' + cv2.imencode('.jpg', frame)[1].tobytes())
                await writer.drain()
        else:
            writer.write(HEAD % b'text/html' + b'<a href=/photo><img src=/stream></a>')


async def main() -> None:
    """Answer until Ctrl-C."""
    async with await media_devices.get_user_media(device=device) as stream:
        track = stream.get_tracks()[0]
        server = await asyncio.start_server(lambda *ends: answer(track, *ends), '127.0.0.1', int(port))
        print('http://{}:{}/'.format(*server.sockets[0].getsockname()), flush=True)
        await asyncio.Event().wait()

with suppress(KeyboardInterrupt):
    asyncio.run(main())
