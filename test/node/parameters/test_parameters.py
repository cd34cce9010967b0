# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constrainable properties as dynamic parameters, over the parameter services."""

from __future__ import annotations

import array
from pathlib import Path
from typing import Any

import pytest
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.node_process import Inbox, answered, client_of, running_node, until
from fixtures.videos import moving_frames, write_images
from rcl_interfaces import srv as parameter_srv
from rcl_interfaces.msg import ParameterEvent
from rclpy.parameter import Parameter

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, succeeded


def put(client: CameraClient, **values: Any) -> list[Any]:
    request = parameter_srv.SetParameters.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
    return list(client.call(parameter_srv.SetParameters, 'set_parameters', request).results)


def put_atomically(client: CameraClient, **values: Any) -> Any:
    request = parameter_srv.SetParametersAtomically.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
    return client.call(parameter_srv.SetParametersAtomically, 'set_parameters_atomically', request).result


def accepted(client: CameraClient, **values: Any) -> None:
    assert [result.reason for result in put(client, **values)] == [''] * len(values)


def read(client: CameraClient, *names: str) -> Any:
    answer = client.call(parameter_srv.GetParameters, 'get_parameters',
                         parameter_srv.GetParameters.Request(names=list(names)))
    values = [Parameter.from_parameter_msg(_named(name, value)).value
              for name, value in zip(names, answer.values, strict=True)]
    # An empty array has no type of its own that rclpy would guess.
    values = [list(value) if isinstance(value, array.array) else value for value in values]
    return values[0] if len(names) == 1 else values


def _named(name: str, value: Any) -> Any:
    from rcl_interfaces.msg import Parameter as Message

    return Message(name=name, value=value)


def names_of(client: CameraClient) -> list[str]:
    return list(client.call(parameter_srv.ListParameters, 'list_parameters').result.names)


def settings_of(client: CameraClient) -> Any:
    return succeeded(client.call(srv.GetSettings, 'get_settings')).settings


def test_a_value_applies_and_reads_back(client: CameraClient) -> None:
    accepted(client, zoom=2.0)
    assert read(client, 'zoom') == 2.0
    assert settings_of(client).zoom[0] == 2.0


def test_an_integer_serves_for_a_double(client: CameraClient) -> None:
    accepted(client, zoom=3)
    assert read(client, 'zoom') == 3.0


def test_a_double_without_fraction_serves_for_an_integer(client: CameraClient) -> None:
    accepted(client, width=320.0, height=240)
    assert read(client, 'width', 'height') == [320, 240]


def test_a_value_off_the_step_is_snapped(client: CameraClient) -> None:
    step = succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities.zoom[0].step
    assert step > 0
    accepted(client, zoom=2.0 + 0.4 * step)
    assert read(client, 'zoom') == pytest.approx(2.0, abs=1e-9)


def test_a_value_out_of_range_is_refused_with_the_w3c_error_and_the_range(client: CameraClient) -> None:
    accepted(client, zoom=2.0)
    [result] = put(client, zoom=1000.0)
    assert not result.successful
    assert result.reason.startswith('OverconstrainedError(zoom)')
    assert '1 to' in result.reason
    assert read(client, 'zoom') == 2.0


def test_of_a_request_that_is_refused_the_good_values_are_told(client: CameraClient) -> None:
    values = {'zoom': 1000.0, 'brightness': 10.0, 'torch': 'bright', 'exposure_mode': 'continuous',
              'exposure_time': 50.0, 'saturation': 1e9, 'contrast': 20.0}
    before = read(client, *values)
    reasons = dict(zip(values, (result.reason for result in put(client, **values)), strict=True))
    assert reasons['zoom'].startswith('OverconstrainedError(zoom)')
    assert reasons['saturation'].startswith('OverconstrainedError(saturation)')
    assert reasons['torch'].startswith('TypeError: torch')
    good = {'brightness', 'exposure_mode', 'exposure_time', 'contrast'}
    for name in good:
        assert reasons[name].startswith('not applied, because ')
        assert 'this value is possible: set it again without zoom, torch and saturation' in reasons[name]
    assert read(client, *values) == before
    accepted(client, **{name: values[name] for name in good})


def test_values_that_exclude_each_other_are_told_together(client: CameraClient) -> None:
    width, mode, brightness = put(client, width=1000, resize_mode='none', brightness=10.0)
    assert 'not together' in width.reason
    assert mode.reason == width.reason
    assert 'because width and resize_mode were refused' in brightness.reason


@pytest.mark.parametrize('value', [True, 'two', [1.0], float('nan')])
def test_a_value_of_the_wrong_type_is_refused(client: CameraClient, value: Any) -> None:
    [result] = put(client, zoom=value)
    assert not result.successful
    assert result.reason.startswith('TypeError: zoom')


def test_all_parameters_of_a_request_are_applied_or_none(client: CameraClient) -> None:
    results = put(client, zoom=2.0, saturation=1e9)
    assert [result.successful for result in results] == [False, False]
    assert read(client, 'zoom') == 1.0
    assert not put_atomically(client, zoom=2.0, saturation=1e9).successful
    assert put_atomically(client, zoom=2.0, brightness=0.0).successful
    assert read(client, 'zoom') == 2.0


def test_manual_a_time_then_continuous_again(client: CameraClient) -> None:
    accepted(client, exposure_mode='manual')
    accepted(client, exposure_time=100.0)
    assert read(client, 'exposure_mode', 'exposure_time') == ['manual', 100.0]
    accepted(client, exposure_mode='continuous')
    assert read(client, 'exposure_mode') == 'continuous'
    # What was asked last wins: a time alone is a wish for manual.
    accepted(client, exposure_time=50.0)
    assert read(client, 'exposure_mode', 'exposure_time') == ['manual', 50.0]


def test_an_unknown_mode_is_refused_with_the_possible_ones(client: CameraClient) -> None:
    [result] = put(client, exposure_mode='sideways')
    assert result.reason.startswith('OverconstrainedError(exposure_mode)')
    assert 'manual' in result.reason


def test_what_apply_constraints_requires_stays_required(client: CameraClient) -> None:
    request = srv.ApplyConstraints.Request()
    request.constraints.zoom.max = [2.0]
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints', request))
    [result] = put(client, zoom=3.0)
    assert 'OverconstrainedError' in result.reason
    accepted(client, zoom=1.5)


def test_what_stays_required_comes_with_a_way_out(client: CameraClient) -> None:
    request = srv.ApplyConstraints.Request()
    request.constraints.exposure_mode.exact = ['manual']
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints', request))
    [result] = put(client, exposure_mode='continuous')
    assert 'what is required already, exposure_mode exact manual' in result.reason
    assert result.reason.endswith('"imagecapture reset" removes all that is required')
    client.apply()  # what that does
    accepted(client, exposure_mode='continuous')


def test_a_service_call_shows_in_the_parameters(client: CameraClient) -> None:
    request = srv.ApplyConstraints.Request()
    request.constraints.zoom.exact = [2.5]
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints', request))
    assert read(client, 'zoom') == 2.5


def test_a_dump_can_be_loaded_again(client: CameraClient) -> None:
    accepted(client, zoom=2.0, pan=3600.0, width=320, height=240)
    names = [name for name in names_of(client) if not name.startswith('qos_overrides')]
    dump = dict(zip(names, read(client, *names), strict=True))
    assert {'device', 'frame_id', 'zoom', 'exposure_mode', 'use_sim_time', 'device_id', 'loop'} <= set(dump)
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints'))
    assert read(client, 'zoom') == 1.0
    accepted(client, **dump)
    assert read(client, 'zoom', 'pan', 'width', 'height') == [2.0, 3600.0, 320, 240]


def test_startup_parameters_are_fixed_while_configured(client: CameraClient) -> None:
    [result] = put(client, device='other.mp4')
    assert 'fixed while the node is configured' in result.reason
    accepted(client, device='sim')


@pytest.mark.parametrize('atomically', [False, True])
def test_a_malformed_value_is_refused_and_harms_nothing(client: CameraClient, atomically: bool) -> None:
    from rcl_interfaces.msg import Parameter as Message
    from rcl_interfaces.msg import ParameterValue

    broken = [Message(name='zoom', value=ParameterValue(type=77))]
    if atomically:
        request = parameter_srv.SetParametersAtomically.Request(parameters=broken)
        result = client.call(parameter_srv.SetParametersAtomically, 'set_parameters_atomically', request).result
    else:
        request = parameter_srv.SetParameters.Request(parameters=broken)
        [result] = client.call(parameter_srv.SetParameters, 'set_parameters', request).results
    assert result.reason.startswith('TypeError: zoom')
    accepted(client, zoom=2.0)


def test_a_list_is_no_mode(client: CameraClient) -> None:
    assert all('give one string, without brackets' in put(client, exposure_mode=value)[0].reason
               for value in ([], ['manual']))


def test_unknown_and_unsupported_names_are_refused(client: CameraClient) -> None:
    results = put(client, zom=1.0, background_blur=True)
    assert all('is not a parameter of this node' in result.reason for result in results)
    assert 'background_blur' not in names_of(client)


def test_descriptors_carry_ranges_units_and_lists(client: CameraClient) -> None:
    answer = client.call(
        parameter_srv.DescribeParameters, 'describe_parameters',
        parameter_srv.DescribeParameters.Request(names=['zoom', 'exposure_mode', 'width', 'pan']))
    zoom, mode, width, pan = answer.descriptors
    assert (zoom.floating_point_range[0].from_value, zoom.floating_point_range[0].step) == (1.0, 0.0)
    assert 'in steps of' in zoom.additional_constraints
    assert 'manual' in mode.additional_constraints
    assert width.integer_range[0].to_value >= 640
    assert 'arc seconds' in pan.description


def test_a_change_is_one_parameter_event(client: CameraClient) -> None:
    events = Inbox(client, ParameterEvent, '/parameter_events')
    events.wait_for(lambda _: client.node.count_publishers('/parameter_events') >= 2)
    accepted(client, zoom=2.0, pan=3600.0)
    events.wait_for(lambda got: any({'zoom', 'pan'} <= {one.name for one in event.changed_parameters} for event in got))
    events.close()


def test_properties_given_at_start_are_wishes_and_unmet_ones_are_named(domain: int) -> None:
    with (
        running_node(domain, device='sim', zoom=2, pan=1e9, background_blur=True, zom=1.0) as node,
        client_of(domain) as client,
    ):
        settings = until(lambda: answered(client)).settings
        largest = succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities.pan[0].max
        assert settings.zoom[0] == 2.0
        assert settings.pan[0] == largest
        opening = succeeded(client.call(srv.GetConstraints, 'get_constraints')).constraints
        assert (list(opening.zoom.ideal), list(opening.pan.ideal), list(opening.zoom.exact)) == ([2.0], [1e9], [])
        output = until(lambda: node.output if 'zom' in node.output else '')
    assert 'not met at start: pan' in output
    assert 'not met at start: background_blur' in output
    assert 'parameter zom is not known' in output


def test_pan_tilt_and_zoom_can_be_forbidden(domain: int) -> None:
    with (
        running_node(domain, device='sim', allow_ptz=False, zoom=2.0) as node,
        client_of(domain) as client,
    ):
        answered(client)
        assert 'not met at start: zoom: asked for 2.0, got 1.0' in node.output
        [result] = put(client, zoom=2.0)
        assert result.reason.startswith('SecurityError')
        accepted(client, brightness=0.0, zoom=1.0)
        accepted(client, **{name: read(client, name) for name in ('pan', 'tilt', 'zoom', 'brightness', 'contrast')})


def test_a_device_that_comes_back_different_gets_its_parameters_anew(domain: int, tmp_path: Path) -> None:
    folder = write_images(tmp_path / 'images', moving_frames(1), '.jpg')
    larger = write_images(tmp_path / 'larger', moving_frames(1, 640, 480), '.jpg')
    with (
        http_mjpeg_server(folder, close_after=150) as server,
        running_node(domain, device=server.url()) as node,
        client_of(domain) as client,
    ):
        answered(client)
        assert read(client, 'width') == 320
        (larger / 'frame0.jpg').replace(folder / 'frame0.jpg')
        until(lambda: read(client, 'width') == 640)
        accepted(client, width=600, height=480)
        assert settings_of(client).width[0] == 600.0
    assert 'excludes' not in node.output


@pytest.mark.parametrize('values', [
    {'sim.faults': 'freeze', 'zoom': 99.0}, {'sim.faults': 'freeze', 'zoom': 'far'},
    {'sim.faults': 'freeze', 'nothing': 1}, {'sim.faults': 'freeze', 'photo_quality': 1},
    {'photo_quality': 1, 'sim.faults': 'freeze'}, {'sim.faults': 'freeze', 'autostart': 5},
    {'sim.faults': '', 'zoom': 99.0},
])
def test_of_an_atomic_request_that_is_refused_nothing_happens(client: CameraClient, values: dict[str, Any]) -> None:
    accepted(client, **{'sim.faults': 'clamp:contrast'})
    before = read(client, 'zoom', 'sim.faults', 'contrast')
    events = Inbox(client, ParameterEvent, '/parameter_events')
    try:
        assert not put_atomically(client, **values).successful
        assert read(client, 'zoom', 'sim.faults', 'contrast') == before
        client.grab_frame()  # frames come, where the fault would let none come
        # Another fault, on before, has not been ended either.
        assert [result.successful for result in put(client, contrast=200.0)] == [True]
        assert read(client, 'contrast') < 200.0
        names = {one.name for event in events.messages for one in event.changed_parameters if event.node == '/camera'}
        assert 'sim.faults' not in names
    finally:
        events.close()
        accepted(client, **{'sim.faults': ''})


def test_of_an_atomic_request_that_succeeds_all_happens(client: CameraClient) -> None:
    assert put_atomically(client, **{'sim.faults': 'clamp:contrast', 'zoom': 2.0}).successful
    assert read(client, 'zoom', 'sim.faults') == [2.0, 'clamp:contrast']
    accepted(client, contrast=200.0)
    assert read(client, 'contrast') < 200.0
    accepted(client, **{'sim.faults': ''})
