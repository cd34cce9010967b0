# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture calibrate``: boards before a node's camera, a file, and the node that uses it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fixtures import checkerboards
from fixtures.command import imagecapture
from fixtures.limits import PATIENCE
from fixtures.node_process import answered, client_of, running_node, until
from fixtures.videos import write_video

from imagecapture_ros.cli.main import main
from imagecapture_ros.interfaces.calibration_files import find_calibration

FOCAL_LENGTH = 320.0 / math.tan(math.radians(30.0))
BOARD = ('--board', f'{checkerboards.COLUMNS}x{checkerboards.ROWS}')


@pytest.fixture(scope='module')
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of boards, each held still for a second and a half."""
    pictures = [checkerboards.picture(*pose) for pose in list(checkerboards.poses())[::2]]
    return write_video(tmp_path_factory.mktemp('boards') / 'boards.mkv', pictures, codec='ffv1', rate=1 / 1.5)


@pytest.mark.parametrize(('rotation', 'mirror'), [(0, False), (270, True)])
def test_the_intrinsics_are_recovered_saved_and_used(
    domain: int, tmp_path: Path, boards: Path, rotation: int, mirror: bool,
) -> None:
    device = f'sim:?scene={boards}&mode=640x480@15'
    environment = {'ROS_HOME': str(tmp_path / 'ros')}
    with (
        running_node(domain, device=device, rotation=rotation, mirror=mirror, environment=environment),
        client_of(domain) as client,
    ):
        until(lambda: answered(client).success)
        result = imagecapture('calibrate', *BOARD, '--views', '8', '--duration', '120', '--json', '-o', 'front.yaml',
                              '--timeout', str(PATIENCE), domain=domain, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        told = json.loads(result.stdout)
        width, height = (480, 640) if rotation == 270 else (640, 480)
        assert (told['views'], told['width'], told['height']) == (8, width, height)
        info = find_calibration(tmp_path / 'front.yaml').info
        assert (info.width, info.height, info.distortion_model) == (width, height, 'plumb_bob')
        assert (info.k[0], info.k[4]) == pytest.approx((FOCAL_LENGTH, FOCAL_LENGTH), rel=0.005)
        assert (info.k[2], info.k[5]) == pytest.approx(((width - 1) / 2, (height - 1) / 2), abs=3.0)
        assert info.p[0] == pytest.approx(FOCAL_LENGTH, rel=0.05)
        # The node has it, in the form that it finds again when it starts, and uses it: zoomed in, too.
        saved = tmp_path / 'ros' / 'camera_info' / 'camera.yaml'
        assert told['uploaded'] == f'saved to {saved}'
        assert find_calibration(saved).info == info
        assert list(client.grab_frame(timeout=PATIENCE).camera_info.k) == pytest.approx(list(info.k))
        client.apply(zoom={'exact': 2}, timeout=PATIENCE)
        assert client.grab_frame(timeout=PATIENCE).camera_info.k[0] == pytest.approx(2.0 * info.k[0])
        refused = imagecapture('calibrate', *BOARD, '-o', 'again.yaml', '--timeout', str(PATIENCE), domain=domain,
                               cwd=tmp_path)
        assert refused.returncode == 1
        assert 'zoom is 2, and a calibration is that of zoom 1; first "imagecapture apply zoom==1"' in refused.stderr


def test_a_camera_that_sees_no_board_is_not_calibrated(domain: int, tmp_path: Path) -> None:
    with running_node(domain, device='sim'), client_of(domain) as client:
        until(lambda: answered(client).success)
        result = imagecapture('calibrate', '--board', '5x4', '--duration', '1', '--timeout', str(PATIENCE),
                              domain=domain, cwd=tmp_path)
    assert result.returncode == 1
    assert '0 views of the board; at least 6 are needed; nothing was given to the node' in result.stderr
    assert 'show the board of 5x4 corners; pictures are 640x480' in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(('words', 'message'), [
    (('--board', '8'), '8 is no board; count the corners inside it'), (('--board', '2x9'), '2x9 is no board'),
    (('--board', '8x6', '--views', '0'), "'0' is not a number of views"),
    (('--board', '8x6', '-o', __file__), 'exists already; name another file'), ((), '--board'),
])
def test_a_wrong_command_line_is_explained(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(['calibrate', *words])
    assert leaving.value.code == 2
    assert message in capsys.readouterr().err
