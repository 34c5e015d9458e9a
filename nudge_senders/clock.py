"""The one place of this package that reads the wall clock, and the crossing between Python's and the ledger's
times.

Python holds aware UTC datetimes, the ledger naive UTC ones. No rule about time belongs here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The wall clock as an aware UTC datetime."""
    return datetime.now(UTC)


def to_stored(moment: datetime | None) -> datetime | None:
    """Aware UTC -> naive UTC. A naive datetime is a bug of the caller: guessing its zone would move
    deadlines."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a datetime without time zone cannot be stored")
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_stored(moment: datetime | None) -> datetime | None:
    """Naive UTC (or aware, whatever the engine gave) -> aware UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
