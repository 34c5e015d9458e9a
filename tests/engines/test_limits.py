"""No test waits for an engine without end."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.engines


def test_every_test_of_an_engine_has_a_limit_in_seconds(request: pytest.FixtureRequest) -> None:
    limits = [
        item.get_closest_marker("timeout")
        for item in request.session.items
        if item.get_closest_marker("engines")
    ]

    assert limits
    assert all(limit is not None and 0 < limit.args[0] <= 1800 for limit in limits)


@pytest.mark.timeout(1)
@pytest.mark.xfail(raises=pytest.fail.Exception, strict=True, reason="it waits for longer than it may")
def test_what_goes_on_beyond_its_limit_is_ended() -> None:
    time.sleep(20)
