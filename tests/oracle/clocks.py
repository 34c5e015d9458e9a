"""An account's clock: hours that run outside holds only.

Belongs here: merging holds, business calendars, deadlines and running time. Does not belong here: which
hours a milestone or a tier has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.oracle.instants import datetime_of, instant_of

Hold = tuple[int, int | None]
"""From, until; an open-ended one has no end."""


@dataclass(frozen=True)
class Clock:
    """Runs outside its holds, which are disjoint and in order."""

    holds: tuple[Hold, ...] = ()

    def deadline(self, start: int, duration: int) -> int | None:
        """The earliest instant at which `duration` has run since `start`, none when a hold never ends."""
        here, left = start, duration
        for held_from, held_until in self.holds:
            if held_until is not None and held_until <= here:
                continue
            if here < held_from:
                if left <= held_from - here:
                    return here + left
                left -= held_from - here
            if left == 0:
                return here
            if held_until is None:
                return None
            here = held_until
        return here + left

    def running(self, start: int, end: int) -> int:
        """The time that runs between two instants, 0 when they are not in order."""
        if end <= start:
            return 0
        held = 0
        for held_from, held_until in self.holds:
            upper = end if held_until is None else min(end, held_until)
            held += max(0, upper - max(start, held_from))
        return end - start - held

    def is_held(self, instant: int) -> bool:
        """Whether the clock stands still at an instant."""
        return any(start <= instant and (end is None or instant < end) for start, end in self.holds)


def clock_of(holds: Iterable[Hold]) -> Clock:
    """The clock outside these holds; overlapping and adjacent ones become one, empty ones vanish."""
    merged: list[Hold] = []
    for start, end in sorted(holds, key=lambda hold: hold[0]):
        if end is not None and end <= start:
            continue
        if merged and (merged[-1][1] is None or start <= merged[-1][1]):
            last_start, last_end = merged[-1]
            merged[-1] = (last_start, None if last_end is None or end is None else max(last_end, end))
        else:
            merged.append((start, end))
    return Clock(tuple(merged))


def zone_of(name: str | None, default: str = "UTC") -> ZoneInfo:
    """The zone of that name, the default one for a name that does not exist."""
    return known_zone(name) or ZoneInfo(default)


def known_zone(name: str | None) -> ZoneInfo | None:
    """The zone of that name, none for one that does not exist."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def days_off(zone: ZoneInfo, holidays: frozenset[date], first: int, last: int) -> list[Hold]:
    """Every Saturday, Sunday and holiday that touches the span, from local midnight to local midnight."""
    day = datetime_of(first).date() - timedelta(days=2)
    end = datetime_of(last).date() + timedelta(days=2)
    found: list[Hold] = []
    while day <= end:
        if day.isoweekday() >= 6 or day in holidays:
            found.append((_midnight(day, zone), _midnight(day + timedelta(days=1), zone)))
        day += timedelta(days=1)
    return found


def _midnight(day: date, zone: ZoneInfo) -> int:
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))
