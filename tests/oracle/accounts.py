"""An account as the CRM, its holds and its events tell it.

Belongs here: the CRM row that counts, the path, the cycle, the sign-up, the clock and whether the account
exists. Does not belong here: milestones and what is done about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tests.oracle.clocks import Clock, Hold, clock_of, days_off, zone_of
from tests.oracle.events import Event
from tests.oracle.identity import Identity
from tests.oracle.instants import DAY
from tests.oracle.policy import Milestone, Policy
from tests.oracle.raw import History, Row, rows, text

_CALENDAR_BEFORE = 40 * DAY
_CALENDAR_AFTER = 400 * DAY


@dataclass(frozen=True)
class Account:
    """An account that exists at `as_of`; `events` are those that count in its cycle."""

    account_id: str
    path: tuple[Milestone, ...]
    signed_up_at: int
    cycle: int
    is_internal: bool
    churned_at: int | None
    holds: Clock
    days_off: Clock
    zone: ZoneInfo
    holidays: frozenset[date]
    csm_email: str | None
    csm_slack_id: str | None
    seats: int | None
    events: tuple[Event, ...]

    @property
    def path_key(self) -> str:
        """The key of the path it follows."""
        return self.path[0].path_key

    def clock_for(self, milestone: Milestone) -> Clock:
        """The clock of a milestone: without holds, and without days off when it counts business time."""
        if milestone.is_business:
            return clock_of([*self.holds.holds, *self.days_off.holds])
        return self.holds


def read_accounts(
    history: History, policy: Policy, identity: Identity, events: Mapping[str, list[Event]], as_of: int
) -> list[Account]:
    """The accounts that exist at `as_of`; `events` are the known usable ones of each account."""
    crm_rows = _latest_rows(rows(history, "crm.accounts"))
    holds = _holds_by_account(rows(history, "crm.account_holds"), identity)
    found = []
    for account_id in identity.account_ids:
        account = _account(
            crm_rows[account_id], policy, holds.get(account_id, []), events.get(account_id, []), as_of
        )
        if account is not None:
            found.append(account)
    return found


def _account(row: Row, policy: Policy, holds: list[Hold], events: list[Event], as_of: int) -> Account | None:
    cycle = row.get("onboarding_cycle") or 1
    cycle_started_at = row.get("cycle_started_at")
    signed_up_at = row.get("signed_up_at")
    if signed_up_at is None:
        # Of any name and any cycle.
        signed_up_at = min((one.occurred_at for one in events if one.occurred_at is not None), default=None)
    if cycle_started_at is not None and cycle_started_at > as_of:
        cycle = max(1, cycle - 1)
    elif cycle_started_at is not None:
        events = [
            one for one in events if one.occurred_at is not None and one.occurred_at >= cycle_started_at
        ]
        if cycle > 1:
            signed_up_at = cycle_started_at
    if signed_up_at is None or signed_up_at > as_of:
        return None
    path = _path(row, policy)
    if path is None:
        return None
    zone = zone_of(text(row.get("timezone")), policy.default_zone)
    country = policy.holidays.get(row.get("country_code") or "", frozenset())
    first = min([signed_up_at, as_of]) - _CALENDAR_BEFORE
    calendar = days_off(zone, country, first, as_of + _CALENDAR_AFTER)
    return Account(
        account_id=row["account_id"],
        path=path,
        signed_up_at=signed_up_at,
        cycle=cycle,
        is_internal=bool(row.get("is_internal")),
        churned_at=row.get("churned_at"),
        holds=clock_of(holds),
        days_off=clock_of(calendar),
        zone=zone,
        holidays=country,
        csm_email=text(row.get("csm_email")),
        csm_slack_id=text(row.get("csm_slack_id")),
        seats=row.get("seats"),
        events=tuple(events),
    )


def _path(row: Row, policy: Policy) -> tuple[Milestone, ...] | None:
    for key in (text(row.get("path_key")), text(row.get("segment")), "default"):
        if key is not None and key in policy.paths:
            return policy.paths[key]
    return None


def _latest_rows(crm_rows: list[Row]) -> dict[str, Row]:
    """One CRM row per account: updated last, then signed up last, then the greatest name; nulls lose."""

    def rank(row: Row) -> tuple[object, ...]:
        name = text(row.get("account_name"))
        return (
            *_nulls_lowest(row.get("updated_at")),
            *_nulls_lowest(row.get("signed_up_at")),
            name is not None,
            name or "",
        )

    latest: dict[str, Row] = {}
    for row in crm_rows:
        account_id = text(row.get("account_id"))
        if account_id is not None and (account_id not in latest or rank(row) > rank(latest[account_id])):
            latest[account_id] = row
    return latest


def _nulls_lowest(value: int | None) -> tuple[bool, int]:
    return (value is not None, value or 0)


def _holds_by_account(hold_rows: list[Row], identity: Identity) -> dict[str, list[Hold]]:
    holds: dict[str, list[Hold]] = {}
    for row in hold_rows:
        account_id = identity.of_id(text(row.get("account_id")))
        if account_id is not None and row.get("held_from") is not None:
            holds.setdefault(account_id, []).append((row["held_from"], row.get("held_until")))
    return holds
