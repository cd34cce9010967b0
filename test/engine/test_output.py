# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames to several sinks: only to those that want them, rendered once, and nobody waits for one that is behind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from fixtures.scripted_camera import state_with

from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.engine.delivery import Delivery
from imagecapture_ros.engine.output import FrameOutput
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame

MODE = NativeMode(8, 6, 30.0)


@dataclass
class Sink:
    """Implements ``FrameSink``."""

    wanted: bool = True
    full: bool = False
    ends: bool = True
    order: list[str] = field(default_factory=list)
    name: str = ''
    taken: list[Delivery] = field(default_factory=list)
    settled: int = 0

    def take(self, delivery: Delivery, deadline: float) -> None:
        self.taken.append(delivery)
        self.order.append(self.name)

    def settle(self) -> None:
        self.settled += 1

    def close(self) -> bool:
        return self.ends


def delivery(framing: Framing | None = None, data: object = None) -> Delivery:
    pixels = np.zeros((6, 8), np.uint8) if data is None else data
    frame = Frame(pixels, 'jpeg' if isinstance(data, bytes) else 'mono8', 8, 6, 0, 0)  # type: ignore[arg-type]
    return Delivery(frame, state_with(framing or Framing.native(MODE)))


def test_only_who_wants_a_frame_gets_it() -> None:
    wanting, other = Sink(), Sink(wanted=False)
    output: FrameOutput[Delivery] = FrameOutput(wanting, other)
    one = delivery()
    output.deliver(one)
    assert (wanting.taken, other.taken, one.shared) == ([one], [], False)


def test_sinks_come_and_go() -> None:
    output: FrameOutput[Delivery] = FrameOutput()
    sink = Sink()
    output.add(sink)
    output.deliver(delivery())
    output.remove(sink)
    output.deliver(delivery())
    assert len(sink.taken) == 1


def test_the_picture_is_made_once_for_several() -> None:
    first, second = Sink(), Sink()
    output: FrameOutput[Delivery] = FrameOutput(first, second)
    scaled = delivery(Framing(MODE, 4, 3, 30.0, 'crop-and-scale'))
    output.deliver(scaled)
    assert scaled.shared
    assert scaled.rendered() is scaled.rendered()
    assert scaled.picture().source is scaled.rendered().data


def test_the_file_of_a_camera_is_shared_as_it_is() -> None:
    output: FrameOutput[Delivery] = FrameOutput(Sink(), Sink())
    one = delivery(data=b'a JPEG file')
    output.deliver(one)
    assert (one.shared, one.jpeg) == (False, b'a JPEG file')


def test_nobody_waits_for_a_sink_that_is_behind() -> None:
    order: list[str] = []
    output: FrameOutput[Delivery] = FrameOutput(
        Sink(full=True, order=order, name='behind'), Sink(order=order, name='in time'))
    output.deliver(delivery())
    assert order == ['in time', 'behind']


def test_all_settle_and_close_whatever_one_of_them_does() -> None:
    sinks = [Sink(), Sink(ends=False), Sink()]
    output: FrameOutput[Delivery] = FrameOutput(*sinks)
    output.settle()
    assert [sink.settled for sink in sinks] == [1, 1, 1]
    assert not output.close()
