"""Wall clocks: what they show at an instant, the instant at which they show it, and which zones there are.

What the clocks of a zone show is written by Python's own rules of zones, which none of the engines reads.
"""

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

from tests.engines.meaning.case import Case, Value, at

#: Half and three quarters of an hour, a leap of half an hour, both sides of the date line, the south.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Argentina/Buenos_Aires",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Etc/GMT+5",
)

#: Around the leaps of Berlin, New York and Lord Howe in 2026, over the end of a year, and long ago.
INSTANTS = (
    at("2026-03-29 00:59:59.999999"),
    at("2026-03-29 01:00:00"),
    at("2026-10-25 00:30:00"),
    at("2026-10-25 01:00:00"),
    at("2026-03-08 06:59:59"),
    at("2026-03-08 07:00:00"),
    at("2026-11-01 05:30:00"),
    at("2026-11-01 06:30:00"),
    at("2026-04-04 14:59:59"),
    at("2026-04-04 15:00:00"),
    at("2025-12-31 23:30:00"),
    at("1999-12-31 12:00:00"),
)

#: Wall clocks that some zone shows twice, or never.
NIGHTS = (
    at("2026-03-29 02:30:00"),
    at("2026-10-25 02:30:00"),
    at("2026-10-25 03:00:00"),
    at("2026-03-08 02:30:00"),
    at("2026-11-01 01:30:00"),
    at("2026-04-05 01:45:00"),
    at("2026-01-01 00:00:00"),
    at("2026-07-01 08:00:00"),
)


def _shown(instant: datetime, zone: str) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _first_shown(local: datetime, zone: str) -> datetime:
    """The earlier of two; after a leap over it, as long after as it lies after the leap's start."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None)


def _is_shown_once(local: datetime, zone: str) -> bool:
    offsets = {local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)}
    return len(offsets) == 1


#: A wall clock, its zone, and the first instant at which it shows that.
FIRST_REACHED: list[tuple[Value, ...]] = [
    *((local, zone, _first_shown(local, zone)) for zone, local in product(ZONES, NIGHTS)),
    (None, "Europe/Berlin", None),
]

_LOCAL = Case(
    macro="local_time",
    arguments={"instant": "happened_at", "time_zone": "zone"},
    inputs={"happened_at": "instant", "zone": "text"},
    gives="local",
    rows=[
        *((instant, zone, _shown(instant, zone)) for zone, instant in product(ZONES, INSTANTS)),
        (None, "Europe/Berlin", None),
        (INSTANTS[0], None, None),
    ],
)

_ONCE = [(local, zone) for zone, local in product(ZONES, NIGHTS) if _is_shown_once(local, zone)]

_TO_INSTANT: list[tuple[Value, ...]] = [
    *((local, zone, _first_shown(local, zone)) for local, zone in _ONCE),
    (None, "Europe/Berlin", None),
    (NIGHTS[0], None, None),
]

_INSTANT_OF_A_WALL_CLOCK = Case(
    macro="local_to_instant",
    about="of what local_time gave",
    arguments={"local": "shown", "time_zone": "zone"},
    inputs={"shown": "local", "zone": "text"},
    gives="instant",
    rows=_TO_INSTANT,
)

#: Models put a wall clock together from a day, and there is one type for it that all engines share.
_INSTANT_OF_A_DAY = Case(
    macro="local_to_instant",
    about="of a day and hours",
    arguments={"local": "shown", "time_zone": "zone"},
    inputs={"shown": "instant", "zone": "text"},
    gives="instant",
    rows=_TO_INSTANT,
)

_KNOWN = Case(
    macro="is_known_time_zone",
    within="coalesce({}, false)",
    arguments={"time_zone": "zone"},
    inputs={"zone": "text"},
    gives="boolean",
    rows=[
        *((zone, True) for zone in ZONES),
        ("Asia/Saigon", True),
        ("Europe/Kyiv", True),
        # Misspelled, of no place, of a planet without one, or an offset, which has no summer.
        ("europe/berlin", False),
        ("Europe/Berlin ", False),
        ("Mars/Olympus", False),
        ("Europe/Atlantis", False),
        ("CET/CEST", False),
        ("+02:00", False),
        ("-3", False),
        ("UTC+3", False),
        ("utc", False),
        ("localtime", False),
        ("", False),
        ("NA", False),
        (None, False),
    ],
)

CASES = [_LOCAL, _INSTANT_OF_A_WALL_CLOCK, _INSTANT_OF_A_DAY, _KNOWN]
