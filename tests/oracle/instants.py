"""Instants and durations as integer microseconds.

Belongs here: the conversions between text, datetimes, hours and microseconds. An instant is the number of
microseconds since 1970-01-01 UTC. Does not belong here: calendars and holds (`clocks`).
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def at(text: str) -> int:
    """The instant of an ISO text without offset, read as UTC."""
    return instant_of(datetime.fromisoformat(text))


def instant_of(moment: datetime) -> int:
    """The instant of a datetime; a naive one is UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def datetime_of(instant: int) -> datetime:
    """The naive UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def text_of(instant: int | None) -> str:
    """The instant for a reader, with all six digits."""
    return "-" if instant is None else datetime_of(instant).isoformat(sep=" ", timespec="microseconds")


def microseconds_of_hours(hours: str | float | Decimal) -> int:
    """Hours with at most four decimals as a whole number of microseconds."""
    return int((Decimal(str(hours)) * HOUR).to_integral_value())


def hours_of(microseconds: int) -> float:
    """A duration in hours."""
    return microseconds / HOUR
