"""The Snowflake that the tests of a file speak to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.snowflake.service import WHY_NOT_LIVE, Service, an_account, is_live_possible, standing_in

_LIVE = [pytest.mark.live_snowflake, pytest.mark.skipif(not is_live_possible(), reason=WHY_NOT_LIVE)]


@pytest.fixture(scope="module", params=["stand-in", pytest.param("account", marks=_LIVE)])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, demo: Path
) -> Iterator[Service]:
    """The stand-in, and an account of one's own where the environment names a database for it."""
    opened = an_account if request.param == "account" else standing_in
    with opened(tmp_path_factory.mktemp("snowflake"), demo) as made:
        yield made
