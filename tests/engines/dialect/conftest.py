"""What dbt sends to BigQuery, judged once for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engines.needed import FOR_BIGQUERY, skip_without
from tests.engines.once import made_once

if TYPE_CHECKING:
    from tests.engines.dialect.google import Google
    from tests.engines.dialect.judged import Judged
    from tests.engines.dialect.sent import Sent


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Every statement of two builds and of all tests."""
    skip_without(*FOR_BIGQUERY)
    from tests.engines.dialect.sent import sent_by_dbt

    return made_once(tmp_path_factory, "sent", sent_by_dbt)


@pytest.fixture
def google() -> Google:
    """Google's engine, which knows no relation yet."""
    skip_without(*FOR_BIGQUERY)
    from tests.engines.dialect.google import Google

    return Google()


@pytest.fixture(scope="session")
def judged(sent: Sent) -> Judged:
    """The same statements as Google's analyser sees them."""
    from tests.engines.dialect.judged import judge

    return judge(sent)
