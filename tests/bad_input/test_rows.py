"""The table is whole, and every test that it names is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.bad_input.rows import ROWS, Row

REPOSITORY = Path(__file__).parents[2]


@cache
def _unit_tests() -> frozenset[str]:
    """Names of all unit tests of dbt."""
    found: set[str] = set()
    for path in (REPOSITORY / "dbt_project" / "models").rglob("*.yml"):
        _, _, below = path.read_text(encoding="utf-8").partition("\nunit_tests:\n")
        found.update(re.findall(r"^  - name: (\w+)$", below, re.MULTILINE))
    return frozenset(found)


@cache
def _text(file: str) -> str:
    return (REPOSITORY / file).read_text(encoding="utf-8")


def _is_there(test: str) -> bool:
    if test.startswith("dbt:"):
        return test.removeprefix("dbt:") in _unit_tests()
    file, _, name = test.partition("::")
    name, _, case = name.partition("[")
    is_defined = re.search(rf"^def {name}\(", _text(file), re.MULTILINE) is not None
    return is_defined and (not case or f'"{case.removesuffix("]")}"' in _text(file))


def test_all_64_rows_are_listed_once() -> None:
    assert [row.number for row in ROWS] == list(range(1, 65))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_a_row_has_tests_that_exist_or_says_why_it_has_none(row: Row) -> None:
    assert bool(row.tests) != bool(row.never_here)
    assert [test for test in row.tests if not _is_there(test)] == []
