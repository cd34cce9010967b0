# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""DDS security as the environment asks for it: nobody is to believe that a node is protected which is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ENABLE, STRATEGY, KEYSTORE = 'ROS_SECURITY_ENABLE', 'ROS_SECURITY_STRATEGY', 'ROS_SECURITY_KEYSTORE'

_YES = ('1', 'on', 'true', 'yes')
_OFF = f'set {ENABLE}=false to run without protection'


class UnprotectedError(RuntimeError):
    """Protection was asked for and cannot be had; the message says why and what to do."""


def enforced(environment: Mapping[str, str]) -> bool:
    """Return whether the environment asks for a node that is protected or does not start.

    ROS knows only the exact words: with ``True`` or ``enforce`` it would start unprotected without a word.

    :raises UnprotectedError: what is asked for would not be understood, or there are no keys.
    """
    enable, strategy = environment.get(ENABLE, ''), environment.get(STRATEGY, '')
    if enable != 'true' and enable.lower() in _YES:
        raise UnprotectedError(f'{ENABLE} is {enable!r}, which ROS takes for no; write true, or {_OFF}')
    if strategy.lower() != 'enforce' or enable == 'false':
        return False
    if enable != 'true':
        raise UnprotectedError(f'{STRATEGY} is {strategy}, but {ENABLE} is not true; set it, or {_OFF}')
    if strategy != 'Enforce':
        raise UnprotectedError(f'{STRATEGY} is {strategy!r}, which ROS takes for Permissive; write Enforce, or {_OFF}')
    keystore = environment.get(KEYSTORE, '')
    if not keystore:
        raise UnprotectedError(f'{STRATEGY} is Enforce, but {KEYSTORE} names no keystore; set it to the folder that '
                               f'"ros2 security create_keystore" made, or {_OFF}')
    if not (Path(keystore) / 'enclaves').is_dir():
        raise UnprotectedError(f'{STRATEGY} is Enforce, but {KEYSTORE} {keystore} has no folder enclaves; make the '
                               f'keystore with "ros2 security create_keystore", or {_OFF}')
    return True


def explained(error: Exception) -> str:
    """Return why a node that must be protected did not start, for people."""
    if 'security libraries' in str(error):
        return (f'{STRATEGY} is Enforce, but this middleware was built without DDS security, as the ROS 2 wheels of '
                f'PyPI are; use a ROS 2 installation, or {_OFF}')
    return (f'{STRATEGY} is Enforce, and the node could not start protected: {error}; check the enclave (the argument '
            f'--enclave, or ROS_SECURITY_ENCLAVE_OVERRIDE) and its keys in the keystore, or {_OFF}')
