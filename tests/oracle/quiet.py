"""When somebody is at work.

Belongs here: working days and hours on the wall clock of a zone. Does not belong here: whose zone it is, and
which message waits.
"""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from tests.oracle.instants import MINUTE, datetime_of, instant_of
from tests.oracle.policy import Policy

_FURTHEST_BACK = timedelta(days=12)


def is_quiet(instant: int, zone: ZoneInfo, holidays: frozenset[date], policy: Policy) -> bool:
    """Whether it is night, a weekend or a holiday there."""
    local = datetime_of(instant).replace(tzinfo=UTC).astimezone(zone)
    if local.isoweekday() >= 6 or local.date() in holidays:
        return True
    return local.hour in _hours(policy)


def opened_at(instant: int, zone: ZoneInfo, holidays: frozenset[date], policy: Policy) -> int | None:
    """When the quiet hours last ended there, found by walking back over the instants where they can end."""
    # Every zone's hours begin on a quarter of an hour.
    quarter = 15 * MINUTE
    here = instant - instant % quarter
    while here > instant_of(datetime_of(instant) - _FURTHEST_BACK):
        if not is_quiet(here, zone, holidays, policy) and is_quiet(here - 1, zone, holidays, policy):
            return here
        here -= quarter
    return None


def _hours(policy: Policy) -> frozenset[int]:
    hour, end = policy.whole("quiet_hours_start"), policy.whole("quiet_hours_end")
    found = set()
    while hour != end:
        found.add(hour)
        hour = (hour + 1) % 24
    return frozenset(found)
