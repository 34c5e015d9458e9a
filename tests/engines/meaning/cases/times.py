"""Instants: moved, measured, written and read."""

from datetime import UTC, date, datetime

from tests.engines.meaning.case import Case, at

HOUR = 3_600_000_000
NOON = at("2026-03-01 12:00:00")

_MOVED = Case(
    macro="add_microseconds",
    arguments={"instant": "moved", "microseconds": "amount"},
    inputs={"moved": "instant", "amount": "integer"},
    gives="instant",
    rows=[
        (NOON, 0, NOON),
        (NOON, 1, at("2026-03-01 12:00:00.000001")),
        (NOON, -1, at("2026-03-01 11:59:59.999999")),
        # An hour and a half, and a ten-thousandth of one.
        (NOON, HOUR * 3 // 2, at("2026-03-01 13:30:00")),
        (NOON, 360_000, at("2026-03-01 12:00:00.360000")),
        # Over the hours that clocks in Berlin and New York leap: instants know nothing of it.
        (at("2026-03-29 00:30:00"), HOUR, at("2026-03-29 01:30:00")),
        (at("2026-11-01 05:30:00"), HOUR, at("2026-11-01 06:30:00")),
        (at("2026-12-31 23:59:59.999999"), 1, at("2027-01-01 00:00:00")),
        (at("2028-02-28 12:00:00"), 24 * HOUR, at("2028-02-29 12:00:00")),
        # Ten years in microseconds go beyond 32 bits of seconds.
        (NOON, 3652 * 24 * HOUR, at("2036-02-29 12:00:00")),
        (at("1969-12-31 23:59:59.999999"), 1, at("1970-01-01 00:00:00")),
        (None, 1, None),
        (NOON, None, None),
    ],
)

_MOVED_BY_A_TERM = Case(
    macro="add_microseconds",
    about="by a term of several columns",
    arguments={"instant": "moved", "microseconds": "-1 * (amount + 360000)"},
    inputs={"moved": "instant", "amount": "integer"},
    gives="instant",
    rows=[(NOON, HOUR, at("2026-03-01 10:59:59.640000"))],
)

_BETWEEN = Case(
    macro="microseconds_between",
    arguments={"earlier": "one", "later": "other"},
    inputs={"one": "instant", "other": "instant"},
    gives="integer",
    rows=[
        (NOON, NOON, 0),
        (NOON, at("2026-03-01 12:59:59.999999"), HOUR - 1),
        (at("2026-03-01 12:59:59.999999"), NOON, 1 - HOUR),
        # Elapsed time, not midnights that were passed.
        (at("2026-03-01 23:59:59.999999"), at("2026-03-02 00:00:00"), 1),
        (at("2026-03-29 00:00:00"), at("2026-03-30 00:00:00"), 24 * HOUR),
        # Beyond the 53 bits that a float holds.
        (at("0001-01-01 00:00:00"), at("9999-12-31 23:59:59.999999"), 315_537_897_599_999_999),
        (None, NOON, None),
        (NOON, None, None),
    ],
)

_LITERAL = Case(
    macro="instant_literal",
    arguments={"text": "2026-03-29 01:30:00.000001"},
    inputs={"nothing": "integer"},
    gives="instant",
    rows=[(1, at("2026-03-29 01:30:00.000001"))],
)

_WHOLE = Case(
    macro="in_microseconds",
    arguments={"value": "loaded"},
    inputs={"loaded": "instant"},
    gives="instant",
    rows=[
        (at("2026-03-29 01:30:00.000001"), at("2026-03-29 01:30:00.000001")),
        (at("1969-12-31 23:59:59.999999"), at("1969-12-31 23:59:59.999999")),
        (None, None),
    ],
)

_WRITTEN = Case(
    macro="instant_to_text",
    arguments={"instant": "written"},
    inputs={"written": "instant"},
    gives="text",
    rows=[
        (NOON, "2026-03-01T12:00:00.000000Z"),
        (at("2026-12-31 23:59:59.999999"), "2026-12-31T23:59:59.999999Z"),
        (at("2026-01-01 00:00:00.000001"), "2026-01-01T00:00:00.000001Z"),
        (at("1969-12-31 23:59:59.500000"), "1969-12-31T23:59:59.500000Z"),
        (at("9999-12-31 00:00:00"), "9999-12-31T00:00:00.000000Z"),
        (None, None),
    ],
)

_READ = Case(
    macro="text_to_instant",
    arguments={"value": "raw"},
    inputs={"raw": "text"},
    gives="instant",
    rows=[
        ("2026-01-01T10:00:00Z", at("2026-01-01 10:00:00")),
        ("2026-01-01T10:00:00.5Z", at("2026-01-01 10:00:00.500000")),
        ("2026-01-01T10:00:00.000001Z", at("2026-01-01 10:00:00.000001")),
        # Finer than a microsecond: cut, not rounded into the next second.
        ("2026-01-01T10:00:00.123456789Z", at("2026-01-01 10:00:00.123456")),
        ("2026-01-01 10:00:00.9999999", at("2026-01-01 10:00:00.999999")),
        # An offset counts; without one it is UTC.
        ("2026-01-01T10:00:00+02:00", at("2026-01-01 08:00:00")),
        ("2026-01-01 10:00:00-05:30", at("2026-01-01 15:30:00")),
        ("2026-01-01 10:00:00+14:00", at("2025-12-31 20:00:00")),
        ("2026-01-01 10:00:00", at("2026-01-01 10:00:00")),
        ("2026-01-01 10:00", at("2026-01-01 10:00:00")),
        ("2026-01-01T10:00Z", at("2026-01-01 10:00:00")),
        ("2026-01-01T10:00+02:00", at("2026-01-01 08:00:00")),
        ("2026-01-01", at("2026-01-01 00:00:00")),
        (" 2026-01-01 10:00:00 ", at("2026-01-01 10:00:00")),
        ("1969-12-31 23:59:59.5", at("1969-12-31 23:59:59.500000")),
        ("2028-02-29", at("2028-02-29 00:00:00")),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("2026-01-01 25:00:00", None),
        # All digits may be seconds or a date, so they are neither.
        ("1767225600", None),
        ("yesterday", None),
        ("null", None),
        ("", None),
        (None, None),
    ],
)

_ZONED = Case(
    macro="zoned_to_instant",
    arguments={"value": "happened_at"},
    inputs={"happened_at": "zoned"},
    gives="instant",
    rows=[
        ("2026-01-01 10:00:00+02:00", at("2026-01-01 08:00:00")),
        ("2026-07-01 00:30:00.000001-05:00", at("2026-07-01 05:30:00.000001")),
        (None, None),
    ],
)

_DAYS = Case(
    macro="days_after",
    arguments={"day": "day_on", "days": "amount"},
    inputs={"day_on": "date", "amount": "integer"},
    gives="date",
    rows=[
        (date(2026, 2, 28), 1, date(2026, 3, 1)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2026, 1, 1), -1, date(2025, 12, 31)),
        (date(2026, 3, 28), 2, date(2026, 3, 30)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
        (date(2026, 1, 1), 3652, date(2036, 1, 1)),
        (None, 1, None),
        (date(2026, 1, 1), None, None),
    ],
)

_DAYS_OF_A_TERM = Case(
    macro="days_after",
    about="by a term",
    arguments={"day": "cast(moved as date)", "days": "-7 * amount"},
    inputs={"moved": "instant", "amount": "integer"},
    gives="date",
    rows=[(at("2026-01-01 23:59:59.999999"), 4, date(2025, 12, 4))],
)

_WEEK = Case(
    macro="start_of_week",
    about="of a day",
    arguments={"day": "day_on"},
    inputs={"day_on": "date"},
    gives="date",
    rows=[
        (date(2026, 3, 1), date(2026, 2, 23)),
        (date(2026, 3, 2), date(2026, 3, 2)),
        # ISO weeks over the end of a year: 2026 begins in one of 2025's, 2027 in week 53 of 2026.
        (date(2025, 12, 29), date(2025, 12, 29)),
        (date(2026, 1, 1), date(2025, 12, 29)),
        (date(2026, 1, 4), date(2025, 12, 29)),
        (date(2026, 1, 5), date(2026, 1, 5)),
        (date(2027, 1, 3), date(2026, 12, 28)),
        (date(2024, 2, 29), date(2024, 2, 26)),
        (date(1969, 12, 28), date(1969, 12, 22)),
        (None, None),
    ],
)

_WEEK_OF_AN_INSTANT = Case(
    macro="start_of_week",
    about="of an instant",
    arguments={"day": "happened_at"},
    inputs={"happened_at": "instant"},
    gives="date",
    rows=[
        (at("2026-03-01 23:59:59.999999"), date(2026, 2, 23)),
        (at("2026-03-02 00:00:00"), date(2026, 3, 2)),
        (None, None),
    ],
)

_WEEKDAY = Case(
    macro="iso_weekday",
    arguments={"day": "day_on"},
    inputs={"day_on": "date"},
    gives="integer",
    rows=[
        *((date(2026, 3, 1 + n), n or 7) for n in range(8) if n != 7),
        (date(2026, 3, 8), 7),
        (date(1969, 12, 31), 3),
        (date(2028, 2, 29), 2),
        (None, None),
    ],
)

NOW_IN_UTC = Case(
    macro="clock_now",
    arguments={},
    inputs={"nothing": "integer"},
    gives="instant",
    rows=[(1, datetime.now(UTC).replace(tzinfo=None))],
)

CASES = [
    _MOVED,
    _MOVED_BY_A_TERM,
    _BETWEEN,
    _LITERAL,
    _WHOLE,
    _WRITTEN,
    _READ,
    _ZONED,
    _DAYS,
    _DAYS_OF_A_TERM,
    _WEEK,
    _WEEK_OF_AN_INSTANT,
    _WEEKDAY,
]
