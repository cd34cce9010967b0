# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that are being opened, and what ends with a session."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from dataclasses import dataclass, field

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera, exactly, nothing

from imagecapture_ros.engine.session import CameraSession, Opening
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotFoundError, UnknownError


@dataclass
class Thing:
    """Something that can be opened."""

    closed: threading.Event = field(default_factory=threading.Event)

    def close(self, timeout: float) -> bool:
        self.closed.set()
        return True


def session_of(camera: ScriptedCamera) -> CameraSession:
    return CameraSession.open([camera], {}, rotation=0, mirror=False, allow_ptz=True)


def test_what_was_opened_is_there() -> None:
    thing = Thing()
    assert Opening(lambda: thing).future.result(PATIENCE) is thing


def test_an_error_is_that_of_the_one_who_waits() -> None:
    def fail() -> Thing:
        raise NotFoundError('there is none')

    opening = Opening(fail)
    with pytest.raises(NotFoundError, match='there is none'):
        opening.future.result(PATIENCE)
    opening.abandon(0.0)


def test_what_nobody_wants_any_more_is_closed_as_soon_as_it_is_open() -> None:
    thing, gate = Thing(), threading.Event()

    def open_slowly() -> Thing:
        assert gate.wait(PATIENCE)
        return thing

    opening = Opening(open_slowly)
    opening.abandon(0.05)
    assert not thing.closed.is_set()
    gate.set()
    with pytest.raises(InvalidStateError, match='opened for nobody'):
        opening.future.result(PATIENCE)
    assert thing.closed.is_set()


def test_what_is_open_when_nobody_wants_it_any_more_is_closed() -> None:
    thing = Thing()
    opening = Opening(lambda: thing)
    opening.future.result(PATIENCE)
    opening.abandon(PATIENCE)
    assert thing.closed.is_set()


def test_a_session_that_ends_answers_all_and_says_nothing_more() -> None:
    camera, listener = ScriptedCamera(), Recorder()
    session = session_of(camera)
    session.attach(listener)
    session.thread.start_stream().result(PATIENCE)
    told = len(listener.snapshots), len(listener.statuses)
    gate = camera.block('apply')
    applied = session.track.apply_constraints(
        session.track.constraints, snap=True)
    assert camera.entered['apply'].wait(PATIENCE)
    photo, frame = session.image_capture.take_photo(), session.image_capture.grab_frame()
    assert session.close(0.05) is False
    assert session.ended
    assert not wait([applied, photo, frame], PATIENCE).not_done
    assert isinstance(photo.exception(), UnknownError) and isinstance(frame.exception(), UnknownError)
    gate.set()
    assert session.thread.close(PATIENCE)
    assert not camera.is_open
    assert (len(listener.snapshots), len(listener.statuses), listener.frames) == (*told, [])


def test_a_photo_is_taken_in_the_state_of_its_exposure() -> None:
    camera = ScriptedCamera()
    camera.photos_take_time = True
    session = session_of(camera)
    photo = session.image_capture.take_photo()
    session.thread.apply(exactly(zoom=3.0, width=4.0, height=3.0), nothing).result(PATIENCE)
    camera.photos[0][0].set_result(camera.photos[0][1])
    completed = photo.result(PATIENCE)
    shown = session.track.settings_in(completed.state)
    assert (shown['zoom'], shown['width'], shown['height']) == (1.0, 8, 6)
    assert session.track.settings['zoom'] == 3.0
    assert session.close(PATIENCE)
