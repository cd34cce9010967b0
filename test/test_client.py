"""The client: errors under their W3C names, and an end to waiting."""

from __future__ import annotations

import pytest
from fixtures.node_process import client_of

from imagecapture_ros import srv
from imagecapture_ros.client import ServiceTimeout, succeeded
from imagecapture_ros.mediacapture.errors import NotSupportedError, OverconstrainedError, UnknownError


def test_a_camera_that_is_not_there_is_a_timeout(domain: int) -> None:
    message = '/nobody/get_settings is not there'
    with client_of(domain, '/nobody') as client, pytest.raises(ServiceTimeout, match=message):
        client.call(srv.GetSettings, 'get_settings', timeout=0.5)


def test_a_refusal_becomes_the_error_that_it_names() -> None:
    with pytest.raises(NotSupportedError, match='too large'):
        succeeded(srv.TakePhoto.Response(error_name='NotSupportedError', message='too large'))
    with pytest.raises(UnknownError):
        succeeded(srv.TakePhoto.Response(error_name='SomethingNew', message='?'))
    with pytest.raises(OverconstrainedError) as caught:
        succeeded(srv.ApplyConstraints.Response(error_name='OverconstrainedError', constraint='zoom'))
    assert caught.value.constraint == 'zoom'


def test_a_success_is_passed_on() -> None:
    response = srv.GetSettings.Response(success=True)
    assert succeeded(response) is response
