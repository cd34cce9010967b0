# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Many clients at once: services and parameters of a node under load, its stream meanwhile, and who waits for a photo.

The node runs on the simulated camera and streams 640x480 at 30 Hz to a subscriber here. The clients are spread over
processes of their own, each asks at its own pace and counts what is not answered.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

START_TIMEOUT = 120.0
ANSWER_TIMEOUT = 20.0
"""Seconds after its request at which an answer counts as lost."""

POLL = 0.005
"""Seconds between two looks for answers, of clients that do nothing else."""
TAKES = 4
"""Answers taken at one such look, by each client; most are for others, and look like none."""

STREAM_RATE = 30.0
CLIENTS_PER_PROCESS = 18
SERVICES = ('get_settings', 'get_capabilities', 'get_constraints', 'get_photo_settings', 'get_photo_capabilities',
            'enumerate_devices', 'apply_constraints', 'grab_frame')
"""What service clients ask, in turn; one of them all takes photos, each of which the simulated camera draws anew."""

LONG_PHOTO = 2.0
"""Seconds that the photo takes beside which settings and parameters are read."""


def services() -> dict[str, Any]:
    """Return the types of the services by name."""
    from imagecapture_ros import srv

    return {name: getattr(srv, ''.join(word.capitalize() for word in name.split('_')))
            for name in (*SERVICES, 'take_photo')}


def request_of(name: str, number: int) -> Any:
    """Return the ``number``-th request of a client for a service or, for ``brightness``, for setting that parameter."""
    from rcl_interfaces.srv import SetParameters
    from rclpy.parameter import Parameter

    from imagecapture_ros import msg, srv

    value = 100.0 + number % 50
    if name == 'brightness':
        return SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    if name == 'apply_constraints':
        constraints = msg.MediaTrackConstraintSet(contrast=msg.ConstrainDouble(ideal=[value]))
        return srv.ApplyConstraints.Request(constraints=constraints)
    if name == 'take_photo':
        settings = msg.PhotoSettings(image_width=[640.0], image_height=[480.0])
        return srv.TakePhoto.Request(photo_settings=settings, omit_data=True)
    return services()[name].Request()


def ask(names: Sequence[str], seconds: float, rate: float, depth: int, look: float) -> dict[str, Any]:
    """Be one client for each of ``names`` for a while; return what was sent, answered and refused, and latencies.

    The clients are asked for answers directly: an executor would wake all of them for each answer to one, and be slower
    than the node.
    """
    import rclpy
    from rcl_interfaces.srv import SetParameters
    from rclpy.node import Node
    from rclpy.qos import QoSProfile

    rclpy.init()
    node = Node('load', start_parameter_services=False, enable_rosout=False)
    kinds = {**services(), 'brightness': SetParameters}
    clients: list[Any] = [
        node.create_client(kinds[name], f'/camera/{"set_parameters" if name == "brightness" else name}',
                           qos_profile=QoSProfile(depth=depth)) for name in names]
    for name, client in zip(names, clients, strict=True):
        client.wait_for_service(START_TIMEOUT)
        _known(client, name)
    print('ready', flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    due = [began + index / len(names) / rate for index in range(len(names))]
    takes = math.ceil(TAKES * max(1.0, look / POLL))
    pending: list[tuple[int, float] | None] = [None] * len(names)
    sent = lost = 0
    latencies: list[float] = []
    errors: Counter[str] = Counter()
    while (now := time.monotonic()) - began < seconds or any(pending):
        for index, client in enumerate(clients):
            if pending[index] is None and due[index] <= now < began + seconds:
                pending[index] = client.handle.send_request(request_of(names[index], sent)), now
                sent += 1
                due[index] = max(due[index] + 1.0 / rate, now)
            waiting = pending[index]
            for _ in range(takes):
                header, answer = client.handle.take_response(client.srv_type.Response)
                if header is None or waiting is None or header.request_id.sequence_number != waiting[0]:
                    continue
                latencies.append(now - waiting[1])
                pending[index] = None
                refused = answer.results[0].reason if names[index] == 'brightness' else answer.error_name
                errors[refused.partition(':')[0]] += bool(refused)
            if waiting is not None and pending[index] is not None and now - waiting[1] > ANSWER_TIMEOUT:
                pending[index] = None
                lost += 1
        time.sleep(look)
    rclpy.try_shutdown()
    return {'sent': sent, 'answered': len(latencies), 'lost': lost, 'latencies': latencies, 'errors': dict(+errors)}


def _known(client: Any, name: str) -> None:
    """Ask until there is an answer: the first ones can get lost while the node does not know the client yet."""
    while True:
        number = client.handle.send_request(request_of(name, 0))
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            header, _ = client.handle.take_response(client.srv_type.Response)
            if header is not None and header.request_id.sequence_number == number:
                return
            time.sleep(POLL)


def summary(latencies: Sequence[float]) -> dict[str, float]:
    """Return the median, 95 % and longest of some times, in milliseconds."""
    ordered = sorted(latencies) or [0.0]
    return {'median ms': 1e3 * statistics.median(ordered), '95 % ms': 1e3 * ordered[int(0.95 * (len(ordered) - 1))],
            'longest ms': 1e3 * ordered[-1]}


def under_load(client: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Let all clients ask, count the frames meanwhile, and return the sums."""
    from diagnostic_msgs.msg import DiagnosticArray
    from sensor_msgs.msg import Image

    names = ['take_photo', *itertools.islice(itertools.cycle(SERVICES), options.clients - 1),
             *['brightness'] * options.writers]
    command = [sys.executable, __file__, '--seconds', str(options.seconds), '--rate', str(options.rate),
               '--depth', str(options.depth), '--look', str(options.look), '--ask']
    processes = [
        subprocess.Popen([*command, *names[at:at + CLIENTS_PER_PROCESS]], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for at in range(0, len(names), CLIENTS_PER_PROCESS)]
    stamps: list[float] = []
    client.node.create_subscription(
        Image, '/camera/image_raw',
        lambda image: stamps.append(image.header.stamp.sec + 1e-9 * image.header.stamp.nanosec), 4)
    told: list[dict[str, str]] = []
    client.node.create_subscription(
        DiagnosticArray, '/diagnostics', lambda array: told.append(_counters(array.status[0])), 4)
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == 'ready\n'
        while len(stamps) < STREAM_RATE or not told:
            client.spin_once(0.1)
        for process in processes:
            assert process.stdin is not None
            process.stdin.write('\n')
            process.stdin.flush()
        stamps.clear()
        del told[:-1]
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            client.spin_once(0.1)
        frames = list(stamps)
        # Until the last ones are answered, frames go on coming.
        results = [json.loads(process.communicate(timeout=ANSWER_TIMEOUT + 60.0)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    errors: Counter[str] = Counter()
    for result in results:
        errors.update(result['errors'])
    return {
        'clients': options.clients, 'writers': options.writers, 'seconds': options.seconds, 'depth': options.depth,
        'look': options.look,
        **{key: sum(result[key] for result in results) for key in ('sent', 'answered', 'lost')},
        'errors': dict(errors), 'stream %': 100.0 * len(frames) / (options.seconds * STREAM_RATE),
        'frames lost': {name: int(told[-1][name]) - int(count) for name, count in told[0].items()
                        if int(told[-1][name]) > int(count)},
        'in order': all(later > earlier for earlier, later in itertools.pairwise(frames)),
        **summary([latency for result in results for latency in result['latencies']]),
    }


def _counters(status: Any) -> dict[str, str]:
    """Return what the diagnostics say of lost frames."""
    return {value.key: value.value for value in status.values if 'lost' in value.key or 'dropped' in value.key}


def beside_a_photo(client: Any) -> list[dict[str, Any]]:
    """Read settings and a parameter while nothing happens and while a long photo is taken; return the times."""
    from rcl_interfaces.srv import GetParameters, SetParameters
    from rclpy.parameter import Parameter

    from imagecapture_ros import srv


    def break_camera(faults: str) -> None:
        request = SetParameters.Request(parameters=[Parameter('sim.faults', value=faults).to_parameter_msg()])
        client.call(SetParameters, 'set_parameters', request, timeout=ANSWER_TIMEOUT)

    break_camera(f'shutter:{LONG_PHOTO}')
    photographer = client.node.create_client(srv.TakePhoto, '/camera/take_photo')
    photographer.wait_for_service(START_TIMEOUT)
    rows = []
    for when in ('nothing else', 'a photo of 2 s'):
        photo = photographer.call_async(srv.TakePhoto.Request(omit_data=True)) if 'photo' in when else None
        for name, kind, request in (
            ('get_settings', srv.GetSettings, None),
            ('get_parameters', GetParameters, GetParameters.Request(names=['zoom', 'device'])),
        ):
            times = []
            end = time.monotonic() + 0.45 * LONG_PHOTO
            while time.monotonic() < end:
                began = time.monotonic()
                client.call(kind, name, request, timeout=ANSWER_TIMEOUT)
                times.append(time.monotonic() - began)
            rows.append({'service': name, 'beside': when, 'calls': len(times), **summary(times)})
        if photo is not None:
            assert not photo.done(), 'the photo was over too early'
            while not photo.done():
                client.spin_once(0.1)
            assert photo.result().success, photo.result().message
    break_camera('')
    return rows


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Start a node, measure it and stop it."""
    with private_domain() as domain:
        os.environ.update(private_environment(domain))
        from imagecapture_ros import srv
        from imagecapture_ros.client import CameraClient

        with private_node(os.environ) as node, CameraClient() as client:
            while not client.call(srv.GrabFrame, 'grab_frame', timeout=START_TIMEOUT).success:
                time.sleep(0.1)
            numbers = {'photo': beside_a_photo(client), 'load': under_load(client, options)}
        return {**numbers, 'exit code': node.returncode}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and, if asked, write it as JSON; return 1 if a request was lost."""
    parser = argparse.ArgumentParser(description='Many clients at once, and the stream meanwhile.')
    parser.add_argument('--clients', type=int, default=50, help='service clients (50)')
    parser.add_argument('--writers', type=int, default=20, help='clients that set a parameter (20)')
    parser.add_argument('--seconds', type=float, default=60.0, help='how long they ask (60)')
    parser.add_argument('--rate', type=float, default=1.0, help='requests a second of each client (1)')
    parser.add_argument('--depth', type=int, default=1000, help="answers a client keeps (1000; ROS's default is 10)")
    parser.add_argument('--look', type=float, default=POLL, help='seconds between two looks for answers (0.005)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers here')
    parser.add_argument('--ask', nargs='+', metavar='SERVICE', help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.ask:
        print(json.dumps(ask(options.ask, options.seconds, options.rate, options.depth, options.look)))
        return 0
    numbers = measure(options)
    for row in (*numbers['photo'], numbers['load']):
        print('  '.join(f'{key} {value:.1f}' if isinstance(value, float) else f'{key} {value}'
                        for key, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1) + '\n', encoding='utf-8')
    return 1 if numbers['load']['lost'] else 0


if __name__ == '__main__':
    sys.exit(main())
