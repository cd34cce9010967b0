# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A program that is wrong in each line that says so, and in no other."""

from __future__ import annotations

from imagecapture_ros.msg import MediaTrackSettings, Point3D  # wrong
from imagecapture_ros.srv import TakePhoto

from imagecapture_ros import msg
from imagecapture_ros.client import CameraClient
from imagecapture_ros.navigator import ImageCapture, aio, media_devices

media_devices.get_user_media({'vidoe': True})  # wrong
media_devices.get_user_media(zom=2)  # wrong
with media_devices.get_user_media({'video': {'zoom': True}}, device='sim') as stream:
    track = stream.get_video_tracks()[0]
    track.apply_constraints({'zom': 2})  # wrong
    track.apply_constraints({'advanced': [{'zom': 2}]})  # wrong
    track.apply_constraints(zom=2)  # wrong
    track.apply_constraints(zoom={'exakt': 2})  # wrong
    print(track.get_settings()['zom'], track.get_capabilities()['zoom'])  # wrong
    photo = ImageCapture(track).take_photo({'imageWith': 640})  # wrong
    print(photo.settings['zom'], photo.size)  # wrong


async def photograph(camera: aio.MediaStreamTrack) -> None:
    """Do the same with coroutines."""
    await aio.ImageCapture(camera).take_photo(image_with=640)  # wrong


print(Point3D)
settings = MediaTrackSettings(zom=[2.0])  # wrong
settings.zom = [2.0]  # wrong
settings.zoom = [2.0]
settings.zoom = ['2']  # wrong
settings.white_balance_mode = ['none']  # wrong
settings.points_of_interest = [msg.Point2D(x=0.5, z=0.5)]  # wrong
msg.ConstrainString(exact='manual')  # wrong
TakePhoto.Request(save_at='photo.jpg')  # wrong
print(TakePhoto.Response().photo, TakePhoto.Response().fotos)  # wrong
print(msg.PhotoSetings)  # wrong
with CameraClient() as client:
    client.take_photo(widht=640)  # wrong
