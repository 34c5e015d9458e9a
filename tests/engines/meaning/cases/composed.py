"""Macros of the project that are put together from those of the engines, where ids and times hang on them."""

import hashlib

from tests.engines.meaning.case import Call, Case, at
from tests.engines.meaning.cases.texts import IDS
from tests.engines.meaning.cases.zones import FIRST_REACHED

_FIRST_INSTANT = Case(
    macro="first_instant_of",
    arguments={
        "instant": Call("local_to_instant", {"local": "shown", "time_zone": "zone"}),
        "local": "shown",
        "time_zone": "zone",
    },
    inputs={"shown": "instant", "zone": "text"},
    gives="instant",
    rows=FIRST_REACHED,
)

_NAMED = Case(
    macro="is_named",
    arguments={"column": "event", "names": ["Report's \\d+", "C:\\new", "Workspace Created"]},
    inputs={"event": "text"},
    gives="boolean",
    rows=[
        ("Report's \\d+", True),
        ("C:\\new", True),
        ("Workspace Created", True),
        ("Report's d+", False),
        ("C:\new", False),
        (None, None),
    ],
)

_HOURS = Case(
    macro="hours_to_microseconds",
    arguments={"hours": "hours"},
    inputs={"hours": "double"},
    gives="integer",
    rows=[
        (1.0, 3_600_000_000),
        (0.0001, 360_000),
        (24.5, 88_200_000_000),
        (0.1, 360_000_000),
        # Neither is a sum of powers of two; cut instead of rounded they lose a microsecond.
        (1.1, 3_960_000_000),
        (8.7, 31_320_000_000),
        (8760.0001, 31_536_000_360_000),
        (None, None),
    ],
)

_SECONDS = Case(
    macro="instant_from_number",
    arguments={"number": "seconds", "microseconds_per_unit": 1_000_000},
    inputs={"seconds": "double"},
    gives="instant",
    rows=[
        (0.0, at("1970-01-01 00:00:00")),
        (1767225600.0, at("2026-01-01 00:00:00")),
        (1767225600.5, at("2026-01-01 00:00:00.500000")),
        (-1.0, at("1969-12-31 23:59:59")),
        # Milliseconds taken for seconds lie beyond the year 9999.
        (1767225600000.0, None),
        (1e30, None),
        (None, None),
    ],
)

_MILLISECONDS = Case(
    macro="instant_from_number",
    about="of milliseconds",
    arguments={"number": "milliseconds", "microseconds_per_unit": 1000},
    inputs={"milliseconds": "integer"},
    gives="instant",
    rows=[(1767225600001, at("2026-01-01 00:00:00.001000")), (None, None)],
)


def _nudge_id(account_id: str, cycle: int, tier: int) -> str:
    fields = ("v1", "prod/live", account_id, str(cycle), "first_report", str(tier), "email")
    spelled = "".join(f"{len(field)}:{field}" for field in fields)
    return hashlib.md5(spelled.encode(), usedforsecurity=False).hexdigest()


_NUDGE = Case(
    macro="nudge_id",
    arguments={
        "namespace": "'prod/live'",
        "account_id": "id",
        "cycle": "cycle",
        "milestone_key": "'first_report'",
        "tier": "tier",
        "channel": "'email'",
    },
    inputs={"id": "text", "cycle": "integer", "tier": "integer"},
    gives="text",
    rows=[
        *((text, 1, 2, _nudge_id(text, 1, 2)) for text in IDS),
        ("acct-1", 12, 3, _nudge_id("acct-1", 12, 3)),
        (None, 1, 2, None),
    ],
)

_ALLOWED = Case(
    macro="is_allowed_recipient",
    arguments={"address": "address"},
    within=(
        "(select {} from (select 'dev/live' as namespace) as as_of"
        " cross join (select 'example.com|test.example' as allowed_recipient_domains) as limits)"
    ),
    inputs={"address": "text"},
    gives="boolean",
    rows=[
        ("jo@example.com", True),
        ("JO@Test.Example", True),
        ("jo@example.com.evil.org", False),
        ("jo@ample.com", False),
        ("jo@example.com|test.example", False),
        ("jo@x@example.com", False),
        ("jo@", False),
        ("jo", False),
        ("", False),
        (None, False),
    ],
)

CASES = [_NAMED, _FIRST_INSTANT, _HOURS, _SECONDS, _MILLISECONDS, _NUDGE, _ALLOWED]
