"""What the tests of every engine share: raw data of a demo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.demo.generator import generate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo warehouse of 60 accounts that ends now; only its raw tables are of interest."""
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    generate(path, now=datetime.now(UTC), accounts=60)
    return path
