"""When a vendor asks to be asked again: an instant that makes sense, or none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nudge_senders.http_answers import reset_at, retry_after
from tests.nudge_senders.world import START

_EPOCH = int(START.timestamp())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30", START + timedelta(seconds=30)),
        ("0.5", START + timedelta(milliseconds=500)),
        ("0", START),
        ("86400", START + timedelta(days=1)),
        ("86401", None),
        ("999999999999", None),
        ("Mon, 02 Mar 2026 10:05:00 GMT", START + timedelta(minutes=5)),
        ("Mon, 02 Mar 2026 10:05:00", START + timedelta(minutes=5)),
        ("Mon, 02 Mar 2026 09:59:00 GMT", None),
        ("Mon, 02 Mar 2076 10:00:00 GMT", None),
        ("-1", None),
        ("abc", None),
        ("٣", None),
        ("1e3", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_a_day(value: str, expected: datetime | None) -> None:
    assert retry_after({"retry-after": value}, START) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (str(_EPOCH + 9), START + timedelta(seconds=9)),
        (str(_EPOCH - 1), None),
        (str(_EPOCH + 86_401), None),
        ("7", None),
        ("999999999999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_reset_is_a_moment_to_come_within_a_day(value: str, expected: datetime | None) -> None:
    assert reset_at({"x-reset": value}, "x-reset", START) == expected


def test_a_header_that_is_not_there_says_nothing() -> None:
    assert retry_after({}, START) is None
    assert reset_at({}, "x-reset", START) is None
