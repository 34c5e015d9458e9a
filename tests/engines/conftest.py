"""What the tests of every engine share: raw data of a demo, and how they are dealt out to processes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.demo.generator import generate

#: Worlds that a file builds for its tests, which use them one after the other.
_OF_A_FILE = {"as_shipped", "built", "compiled", "repaired", "service", "stand_in", "ticked"}
#: What takes minutes to make and belongs to several files.
_OF_SEVERAL_FILES = {"sent"}


# Before the plugin that deals the tests out looks at the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a world go to one process (`--dist loadgroup`), and no other process waits for it."""
    for item in items:
        if isinstance(item, pytest.Function) and Path(__file__).parent in item.path.parents:
            shared = _OF_SEVERAL_FILES.intersection(item.fixturenames)
            if shared or _OF_A_FILE.intersection(item.fixturenames):
                item.add_marker(pytest.mark.xdist_group(shared.pop() if shared else str(item.path)))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo warehouse of 60 accounts that ends now; only its raw tables are of interest."""
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    generate(path, now=datetime.now(UTC), accounts=60)
    return path
