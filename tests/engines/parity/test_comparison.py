"""The comparison itself sees every difference and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.engines.parity.canonical import canonical, hash_of_row, hash_of_rows
from tests.engines.parity.differences import differences

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (24, 24.0),
        (Decimal("1.500"), 1.5),
        (1 / 3, Decimal("0.333333")),
        (-0.0000001, 0),
        (NOON, NOON.replace(tzinfo=None)),
        (NOON, NOON.astimezone(timezone(timedelta(hours=2)))),
    ],
)
def test_the_same_value_reads_the_same_in_every_type(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (None, "None"),
        ("NA", None),
        ("1", 1),
        (True, 1),
        (True, "true"),
        (0.000001, 0),
        (NOON, NOON + timedelta(microseconds=1)),
        (date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)),
        ("a", "a "),
        ("A", "a"),
    ],
)
def test_another_value_reads_otherwise(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


def test_order_of_rows_and_columns_does_not_count_and_number_does() -> None:
    assert hash_of_row({"a": 1, "b": 2}) == hash_of_row({"b": 2, "a": 1}) != hash_of_row({"a": 2, "b": 1})
    assert hash_of_rows([{"a": 1}, {"a": 2}]) == hash_of_rows([{"a": 2}, {"a": 1}])
    assert hash_of_rows([{"a": 1}]) != hash_of_rows([{"a": 1}, {"a": 1}])


def test_a_difference_is_told_by_mart_key_and_column() -> None:
    expected = [{"id": "x", "hours": 1.0}, {"id": "y", "hours": 2.0}, {"id": "z", "hours": None}]
    found = [
        {"id": "x", "hours": Decimal(1)},
        {"id": "y", "hours": Decimal("2.5")},
        {"id": "w", "hours": None},
    ]

    assert differences("fct", ["id"], expected, found) == [
        "fct: 3 rows against 3",
        "fct: id 'w': found alone has this row",
        "fct: id 'y': hours is 2 against 2.5",
        "fct: id 'z': expected alone has this row",
    ]
    assert differences("fct", ["id"], expected, expected[::-1]) == []
