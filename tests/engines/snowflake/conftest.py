"""What the tests of Snowflake share: a demo's raw data, and the service that holds it, once per file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.demo.generator import generate
from tests.engines.snowflake.service import (
    WHY_NOT_LIVE,
    Service,
    an_account,
    is_live_possible,
    standing_in,
)

_LIVE = [pytest.mark.live_snowflake, pytest.mark.skipif(not is_live_possible(), reason=WHY_NOT_LIVE)]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo warehouse of 60 accounts that ends now; only its raw tables are of interest."""
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    generate(path, now=datetime.now(UTC), accounts=60)
    return path


@pytest.fixture(scope="module", params=["stand-in", pytest.param("account", marks=_LIVE)])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, demo: Path
) -> Iterator[Service]:
    """The stand-in, and an account of one's own where the environment names a database for it."""
    opened = an_account if request.param == "account" else standing_in
    with opened(tmp_path_factory.mktemp("snowflake"), demo) as made:
        yield made
