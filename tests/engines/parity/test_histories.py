"""The histories are worth comparing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engines.parity.expected import Expected
from tests.engines.parity.histories import HISTORIES

pytestmark = pytest.mark.engines


def test_no_mart_is_empty_in_all_histories(expected: Callable[[str], Expected]) -> None:
    """Rows that are not there are equal on every engine, and prove nothing."""
    filled = {
        mart.name
        for name in HISTORIES
        for rows_of in expected(name).after
        for mart, rows in rows_of.items()
        if rows
    }

    assert {mart.name for mart in expected("demo").after[0]} - filled == set()
