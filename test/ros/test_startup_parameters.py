"""Start-up parameters: what is understood, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagecapture_ros.ros.startup_parameters import STARTUP_PARAMETERS, StartupParameterError, dds_profile_in


@pytest.mark.parametrize(('name', 'given', 'understood'), [
    ('device', 'sim', 'sim'), ('device', 12345, '12345'), ('photo_quality', 90.0, 90), ('rotation', 270, 270),
    ('loop', False, False), ('encoding', '', ''), ('dds_profile', False, 'off'), ('frame_id', 7, '7'),
])
def test_values_are_converted_kindly(name: str, given: object, understood: object) -> None:
    assert STARTUP_PARAMETERS[name].converted(given) == understood


@pytest.mark.parametrize(('name', 'given', 'hint'), [
    ('device', 1.5, 'quotes'), ('device', True, 'quotes'), ('device', ['sim'], 'quotes'),
    ('loop', 'yes', 'true or false'), ('loop', 1, 'true or false'), ('photo_quality', 101, '1 to 100'),
    ('photo_quality', True, 'whole number'), ('camera_name', None, 'cannot be deleted'),
    ('photo_quality', 0.5, 'whole number'), ('rotation', 45, '0, 90, 180, 270'), ('encoding', 'bgr9', 'bgr8'),
    ('photo_format', 'gif', 'jpeg, png'), ('photo_format', False, 'jpeg, png'),
])
def test_other_values_are_refused_with_a_hint(name: str, given: object, hint: str) -> None:
    with pytest.raises(StartupParameterError, match=f'parameter {name}.*({hint}|boolean)'):
        STARTUP_PARAMETERS[name].converted(given)


def test_the_dds_profile_is_found_on_the_command_line_and_in_files(tmp_path: Path) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text('camera:\n  ros__parameters:\n    dds_profile: "off"\n')

    def found(*arguments: str) -> str:
        return dds_profile_in(['node', '--ros-args', *arguments], 'camera')

    assert found() == 'auto'
    assert found('-p', 'dds_profile:=off') == 'off'
    assert found('--param', 'camera:dds_profile:=off') == 'off'
    assert found('--params-file', str(file)) == 'off'
    assert found('--params-file', str(file), '-r', '__node:=front') == 'auto'
    assert found('--params-file', str(tmp_path / 'none.yaml')) == 'auto'
    with pytest.raises(StartupParameterError, match='auto, off'):
        found('-p', 'dds_profile:=fast')


@pytest.mark.parametrize(('content', 'profile'), [
    ('/**:\n  ros__parameters:\n    dds_profile: off\n', 'off'),
    ('/**:\n  front:\n    ros__parameters:\n      dds_profile: off\n', 'off'),
    ('/robot/front:\n  ros__parameters:\n    dds_profile: off\n', 'off'),
    ('robot:\n  front:\n    ros__parameters:\n      dds_profile: off\n', 'off'),
    ('/robot/back:\n  ros__parameters:\n    dds_profile: off\n', 'auto'),
    ('- no\n- sections\n', 'auto'),
    ('{', 'auto'),
])
def test_sections_of_a_parameter_file_are_for_the_nodes_they_name(tmp_path: Path, content: str, profile: str) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text(content)
    arguments = ['--ros-args', '--params-file', str(file), '-r', '__ns:=/robot', '-r', '__node:=front']
    assert dds_profile_in(arguments, 'camera') == profile
