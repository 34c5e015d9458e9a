"""The histories, and what DuckDB makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.once import made_once
from tests.engines.parity.expected import Expected, expected_of
from tests.engines.parity.histories import HISTORIES
from tests.engines.parity.marts import marts_of
from tests.parsed_project import ParsedProject


@pytest.fixture(scope="session")
def expected(
    tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject
) -> Callable[[str], Expected]:
    """What DuckDB makes of a history, by its name."""
    marts = marts_of(parsed_project.manifest)

    def of(name: str) -> Expected:
        def make(folder: Path) -> Expected:
            return expected_of(HISTORIES[name](folder), marts, folder / "duckdb")

        return made_once(tmp_path_factory, f"parity_{name}", make)

    return of
