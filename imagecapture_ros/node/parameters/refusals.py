# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which values of a request stand in the way of the others: all are applied or none, and who asked wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from imagecapture_ros.mediacapture.errors import MediaCaptureError, OverconstrainedError
from imagecapture_ros.mediacapture.vocabulary import DEPENDENTS

Check = Callable[[Mapping[str, Any]], None]
"""Raises a :class:`MediaCaptureError` if values, by name, cannot be met together."""


def refusals(values: Mapping[str, Any], check: Check) -> dict[str, MediaCaptureError]:
    """Return which of ``values`` cannot be met, each with its error; the others can be met together."""
    if (error := _error(check, {})) is not None:
        return dict.fromkeys(values, error)
    found: dict[str, MediaCaptureError] = {}
    rest = dict(values)
    while (error := _error(check, rest)) is not None:
        if isinstance(error, OverconstrainedError) and error.constraint in rest:
            found[error.constraint] = error
        else:
            found.update(_smallest_conflict(rest, check, error))
        rest = {name: value for name, value in rest.items() if name not in found}
    return found


def _smallest_conflict(
    values: Mapping[str, Any], check: Check, error: MediaCaptureError,
) -> dict[str, MediaCaptureError]:
    """Return those of ``values`` that cannot be met even by themselves, but could be without any one of them."""
    conflict = dict(values)
    # Modes last: without its mode a value may count that is left to the device otherwise.
    for name in sorted(values, key=lambda name: name in DEPENDENTS):
        fewer = {other: value for other, value in conflict.items() if other != name}
        if (still := _error(check, fewer)) is not None:
            conflict, error = fewer, still
    return dict.fromkeys(conflict, error)


def _error(check: Check, values: Mapping[str, Any]) -> MediaCaptureError | None:
    try:
        check(values)
    except MediaCaptureError as error:
        return error
    return None
