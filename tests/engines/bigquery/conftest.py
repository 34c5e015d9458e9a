"""The BigQuery that the tests of a file speak to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engines.bigquery import live

if TYPE_CHECKING:
    from tests.engines.bigquery.service import Service

_LIVE = [pytest.mark.live_bigquery, pytest.mark.skipif(not live.is_possible(), reason=live.WHY_NOT)]


@pytest.fixture(scope="module", params=["stand-in", pytest.param("google", marks=_LIVE)])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, demo: Path
) -> Iterator[Service]:
    """The stand-in, and Google's own where the environment names a project for it."""
    # What the stand-in is made of need not be installed where these tests are only collected.
    from tests.engines.bigquery.service import opened

    with opened(request.param)(tmp_path_factory.mktemp("bigquery"), demo) as made:
        yield made
        if made.stand_in is not None:
            assert made.stand_in.unserved == []
