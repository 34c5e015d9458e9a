"""The only place of this package that reads the wall clock.

Everything else takes a `Clock`, so that a test or a replay sets the time. Rules about time belong to SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.now(tz=UTC)


def fixed_clock(instant: datetime) -> Clock:
    """A clock that stands still at `instant`, which has to carry a time zone."""
    if instant.tzinfo is None:
        raise ValueError("a clock needs an instant with a time zone")
    moment = instant.astimezone(UTC)
    return lambda: moment


def naive_utc(instant: datetime) -> datetime:
    """The form in which the warehouse stores instants: UTC without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def aware_utc(stored: datetime) -> datetime:
    """The form in which Python handles instants, from what the warehouse stores."""
    return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


def isoformat_z(instant: datetime) -> str:
    """`2026-01-31T09:30:00.000000Z`: the one textual form that crosses into dbt and onto the screen."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
