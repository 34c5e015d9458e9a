"""What dbt sends to BigQuery, judged once for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engines.dialect.google import Google
    from tests.engines.dialect.judged import Judged
    from tests.engines.dialect.sent import Sent

NEEDED = "needs the engines: uv sync --group engines"


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Every statement of two builds and of all tests."""
    for needed in ("zetasql", "sqlglot", "dbt.adapters.bigquery"):
        pytest.importorskip(needed, reason=NEEDED)
    from tests.engines.dialect.sent import sent_by_dbt

    return sent_by_dbt(tmp_path_factory.mktemp("sent"))


@pytest.fixture
def google() -> Google:
    """Google's engine, which knows no relation yet."""
    pytest.importorskip("zetasql", reason=NEEDED)
    from tests.engines.dialect.google import Google

    return Google()


@pytest.fixture(scope="session")
def judged(sent: Sent) -> Judged:
    """The same statements as Google's analyser sees them."""
    from tests.engines.dialect.judged import judge

    return judge(sent)
