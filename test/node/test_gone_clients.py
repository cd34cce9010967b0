# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that are gone: their photos do not keep the camera from others, and their answers do not fill the memory."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.limits import LONG_PATIENCE, PATIENCE
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, until
from fixtures.processes import held_by
from sensor_msgs.msg import CompressedImage

from imagecapture_ros import srv
from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.interfaces.qos import PICTURE_DEPTH

ASKED = 20

ASKS = """
import sys, time, rclpy
from imagecapture_ros import msg, srv
name, count, save_as = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rclpy.init()
node = rclpy.create_node('asks')
kind = getattr(srv, ''.join(word.capitalize() for word in name.split('_')))
client = node.create_client(kind, f'/camera/{name}', qos_profile=rclpy.qos.QoSProfile(depth=1000))
assert client.wait_for_service(60.0)
# Once it has had an answer, the camera knows it.
future = node.create_client(srv.GetSettings, '/camera/get_settings').call_async(srv.GetSettings.Request())
rclpy.spin_until_future_complete(node, future, timeout_sec=60.0)
for number in range(count):
    request = kind.Request()
    if name == 'take_photo':  # small ones: rendering is not what this is about
        request.photo_settings.image_width, request.photo_settings.image_height = [640.0], [480.0]
    if save_as:
        request.save_as = f'{save_as}{number}.jpg'
    client.handle.send_request(request)
    time.sleep(0.002)
print('asked', flush=True)
sys.stdin.readline()
node.destroy_node()
rclpy.shutdown()
"""


def asking(domain: int, name: str, count: int, save_as: str = '') -> subprocess.Popen[str]:
    """Return a client in a process of its own that has asked so often and reads no answer; a line ends it."""
    process = subprocess.Popen(
        [sys.executable, '-c', ASKS, name, str(count), save_as], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=private_environment(domain))
    assert process.stdout is not None
    # Fast DDS writes what it cannot clean up there, too.
    assert any(line == 'asked\n' for line in process.stdout)
    return process


def photos_of(client: CameraClient) -> int:
    """Return how many photos the camera has taken."""
    inbox = Inbox(client, DiagnosticArray, '/diagnostics')
    report = inbox.take(2)[-1].status[0]
    inbox.close()
    return int({pair.key: pair.value for pair in report.values}['photos'])


@pytest.mark.parametrize('number', [0, signal.SIGKILL], ids=['ended', 'killed'])
def test_photos_of_a_client_that_is_gone_are_not_taken(domain: int, number: int) -> None:
    with running_node(domain, **{'device': 'sim', 'sim.faults': 'shutter:3'}) as node, client_of(domain) as client:
        answered(client)
        gone = asking(domain, 'take_photo', ASKED)
        if number:
            gone.send_signal(number)
        gone.communicate('\n' if not number else None, timeout=PATIENCE)
        # Fast DDS takes 20 s to miss who was killed: some of its photos are taken by then.
        photo = client.call(srv.TakePhoto, 'take_photo', timeout=LONG_PATIENCE)
        assert photo.success, photo.message
        assert photos_of(client) < ASKED - 5
        assert 'photos are not taken: who asked for them is gone' in node.output
        assert until(lambda: photos_of(client)) < ASKED - 5


def test_photos_that_are_of_use_to_others_are_taken_all_the_same(domain: int, tmp_path: Path) -> None:
    parameters = {'device': 'sim', 'sim.faults': 'shutter:1', 'photo_directory': str(tmp_path)}
    with running_node(domain, **parameters) as node, client_of(domain) as client:
        answered(client)
        gone = asking(domain, 'take_photo', 5, 'kept')
        gone.communicate('\n', timeout=PATIENCE)
        until(lambda: len(list(tmp_path.iterdir())) == 5)
        photos = Inbox(client, CompressedImage, '/camera/photo/image/compressed')
        until(lambda: client.node.count_publishers('/camera/photo/image/compressed'))
        gone = asking(domain, 'take_photo', 5)
        gone.communicate('\n', timeout=PATIENCE)
        photos.take(5)
        assert 'not taken' not in node.output


def test_a_client_that_stays_gets_all_its_photos(domain: int) -> None:
    with running_node(domain, **{'device': 'sim', 'sim.faults': 'shutter:0.5'}) as node, client_of(domain) as client:
        answered(client)
        waiting = asking(domain, 'take_photo', 10)
        try:
            for _ in range(3):
                succeeded(client.call(srv.TakePhoto, 'take_photo', timeout=LONG_PATIENCE))
            assert photos_of(client) == 13
        finally:
            waiting.communicate('\n', timeout=PATIENCE)
        assert 'not taken' not in node.output


def test_answers_that_a_stopped_client_does_not_take_have_an_end(domain: int) -> None:
    node = NodeProcess(domain, {'device': 'sim', 'width': 1920, 'height': 1080})
    stopped = None
    try:
        with client_of(domain) as client:
            answered(client)
            client.grab_frame()
            before = held_by(node.process.pid).memory
            for _ in range(4):  # each gets as many as may wait
                if stopped is not None:
                    stopped.kill()
                    stopped.communicate()
                stopped = asking(domain, 'grab_frame', 400)
                stopped.send_signal(signal.SIGSTOP)
                time.sleep(3.0)  # for what it has asked
            grown = held_by(node.process.pid).memory - before
            assert grown < 1.5 * PICTURE_DEPTH * 1920 * 1080 * 3, f'{grown >> 20} MiB'
    finally:
        if stopped is not None:
            stopped.kill()
            stopped.communicate()
        node.stop()
