"""Accounts of a generated business: CRM rows, aliases and holds.

Belongs here: ids, zones, paths, cycles, holds and the plan of what each account will do. Does not belong
here: its events and people.
"""

from dataclasses import dataclass, field
from random import Random

from tests.oracle.clocks import Clock, Hold, clock_of, days_off, zone_of
from tests.oracle.generator.shapes import (
    COUNTRIES,
    HARD_IDS,
    NUDGES_OFF,
    ZONES,
    holds_near,
    odd_instant,
    start_for,
)
from tests.oracle.instants import DAY, HOUR, at
from tests.oracle.policy import Milestone, Policy
from tests.oracle.raw import ARRIVES, LEAVES, Row

_EDGES = ("expected", "slip", "due", "due", "due", "first value", "activated", "window", "expired")


@dataclass
class Plan:
    """What one account will do: which milestones it reaches, and when."""

    account_id: str
    path: tuple[Milestone, ...]
    signed_up_at: int
    is_signed_up_in_crm: bool
    completions: list[tuple[Milestone, int]]
    aliases: list[tuple[str | None, str]] = field(default_factory=list)
    cycle_started_at: int | None = None
    is_exact: bool = False


def write_accounts(
    random: Random, policy: Policy, count: int, now: int, tables: dict[str, list[Row]]
) -> list[Plan]:
    """The CRM's tables, and a plan for each account."""
    accounts = tables.setdefault("crm.accounts", [])
    aliases = tables.setdefault("crm.account_aliases", [])
    holds = tables.setdefault("crm.account_holds", [])
    ids = [*HARD_IDS, *(f"acc_{number:05d}" for number in range(count))][:count]
    plans = []
    for account_id in ids:
        row, plan = _account(random, policy, account_id, now, holds)
        plans.append(plan)
        _write_versions(random, row, now, accounts)
        _write_aliases(random, plan, now, aliases)
    _merge_some(random, plans, now, accounts, aliases, holds)
    # Rows that nobody can use.
    accounts.append(_crm_row(None, now))
    accounts.append(_crm_row("", now))
    return plans


def _crm_row(account_id: str | None, now: int) -> Row:
    return {
        "account_id": account_id,
        "account_name": None,
        "signed_up_at": now - 5 * DAY,
        "plan": None,
        "segment": None,
        "path_key": None,
        "seats": None,
        "country_code": None,
        "csm_name": None,
        "csm_email": None,
        "csm_slack_id": None,
        "timezone": None,
        "is_internal": None,
        "churned_at": None,
        "onboarding_cycle": None,
        "cycle_started_at": None,
        "updated_at": now - 60 * DAY,
    }


def _account(random: Random, policy: Policy, account_id: str, now: int, holds: list[Row]) -> tuple[Row, Plan]:
    row = _crm_row(account_id, now)
    row["account_name"] = random.choice((f"Company {account_id}", None, ""))
    row["segment"] = random.choice(
        (None, "", "enterprise", "calendar", "startup", "six", "single", "Enterprise")
    )
    row["path_key"] = random.choice((None, None, None, "", "six", "six", "calendar", "nowhere", "default"))
    row["plan"] = random.choice(("free", "pro", None))
    row["seats"] = random.choice((None, 1, 20, 500))
    row["timezone"] = random.choice(ZONES)
    row["country_code"] = random.choice(COUNTRIES)
    row["csm_email"] = random.choice((None, "csm@example.com"))
    row["is_internal"] = random.choice((None, False, False, False, False, False, False, False, False, True))
    path = next(
        policy.paths[key]
        for key in (row["path_key"], row["segment"], "default")
        if key and key in policy.paths
    )
    signed_up_at = odd_instant(random, now - random.choice((3, 8, 20, 45, 70)) * DAY, now)
    account_holds: list[Hold] = []
    if random.random() < 0.3:
        account_holds = holds_near(random, signed_up_at, now)
    calendar = days_off(
        zone_of(row["timezone"], policy.default_zone),
        policy.holidays.get(row["country_code"] or "", frozenset()),
        now - 100 * DAY,
        now + 300 * DAY,
    )
    clock = clock_of(account_holds)
    if path[0].is_business:
        clock = clock_of([*account_holds, *calendar])
    plan = Plan(account_id, path, signed_up_at, random.random() < 0.88, [])
    if random.random() < 0.45:
        _put_on_an_edge(random, policy, plan, clock, clock_of(calendar), now)
    else:
        _let_it_wander(random, plan, now)
    if account_holds and random.random() < 0.15:
        # A hold that begins exactly when the next milestone would slip.
        last = max([plan.signed_up_at, *(instant for _, instant in plan.completions)])
        account_holds = [(last + plan.path[0].slip, random.choice((None, now + DAY)))]
    _write_holds(random, account_id, account_holds, now, holds)
    _write_cycle(random, row, plan, now)
    row["signed_up_at"] = plan.signed_up_at if plan.is_signed_up_in_crm else None
    if random.random() < 0.06:
        row["churned_at"] = now + random.choice((-3 * DAY, -1, 0, 1, DAY))
    if random.random() < 0.03 and plan.is_signed_up_in_crm:
        row["signed_up_at"] = plan.signed_up_at = now + random.choice((0, 1, DAY))
    elif random.random() < 0.01:
        # What an exporter writes for no date; the zone and country are those of many others.
        row |= {"signed_up_at": random.choice((0, at("2000-01-01"))), "timezone": "UTC", "country_code": "DE"}
    return row, plan


def _put_on_an_edge(
    random: Random, policy: Policy, plan: Plan, clock: Clock, calendar: Clock, now: int
) -> None:
    """Choose when progress was made so that something becomes true exactly now, or a microsecond beside."""
    plan.is_exact = True
    target = now + random.choice(NUDGES_OFF)
    edge = random.choice(_EDGES)
    path = plan.path
    if edge in ("first value", "activated", "window"):
        hours = {"first value": 336, "activated": 720, "window": 720}[edge]
        plan.signed_up_at = target - hours * HOUR
        if edge == "window":
            return
        last = random.choice((now, plan.signed_up_at + hours * HOUR + random.choice((0, 1)), now - DAY))
        plan.completions = [(path[-1], min(last, now))]
        return
    reached = random.randrange(len(path))
    following = path[reached]
    tier = random.choice(policy.tiers_of(following.path_key))
    duration = {
        "expected": following.expected,
        "slip": following.slip,
        "due": following.slip + tier.delay,
        "expired": following.slip + tier.delay,
    }[edge]
    if edge == "expired":
        target = start_for(calendar, int(policy.limit("max_nudge_age_business_hours")) * HOUR, target)
    start = start_for(clock, duration, target)
    if reached == 0:
        plan.signed_up_at = start
        return
    plan.completions = [(path[reached - 1], start)]
    plan.signed_up_at = start - random.choice((0, HOUR, 2 * DAY, 9 * DAY))
    for step in path[: reached - 1]:
        if random.random() < 0.7:
            plan.completions.append((step, odd_instant(random, plan.signed_up_at - DAY, start)))


def _let_it_wander(random: Random, plan: Plan, now: int) -> None:
    """Milestones in roughly their order: some skipped or late, some before sign-up or in the future."""
    instant = plan.signed_up_at + random.choice((0, 0, -DAY, -HOUR, HOUR))
    pace = random.choice((0.2, 0.7, 1.0, 2.0))
    for step in plan.path[: random.randrange(len(plan.path) + 1)]:
        if random.random() < 0.18:
            continue
        instant += int(random.expovariate(1 / (pace * step.expected + 1)))
        if random.random() < 0.05:
            instant = plan.signed_up_at
        plan.completions.append((step, instant if random.random() < 0.9 else instant + 4 * DAY))
    if random.random() < 0.04:
        plan.completions.append((random.choice(plan.path), now + random.choice((0, 1, 60_000_000))))


def _write_holds(random: Random, account_id: str, holds: list[Hold], now: int, rows: list[Row]) -> None:
    for start, end in holds:
        row: Row = {
            "account_id": account_id,
            "reason": random.choice(("customer on holiday", "legal review", None)),
            "held_from": start,
            "held_until": end,
            "noted_by": None,
        }
        if random.random() < 0.3:
            # Noted late; an open-ended version stood there before in some.
            noted_at = now - random.randint(0, 6 * DAY)
            if random.random() < 0.5:
                rows.append({**row, "held_until": None, LEAVES: noted_at})
            row[ARRIVES] = noted_at
        rows.append(row)
    if random.random() < 0.01:
        rows.append(
            {"account_id": account_id, "held_from": None, "held_until": now, "reason": None, "noted_by": None}
        )


def _write_cycle(random: Random, row: Row, plan: Plan, now: int) -> None:
    kind = random.random()
    if kind < 0.9:
        return
    low = min([plan.signed_up_at, *(instant for _, instant in plan.completions)])
    high = max([plan.signed_up_at, *(instant for _, instant in plan.completions)])
    row["onboarding_cycle"] = random.choice((1, 2, 2, 3))
    row["cycle_started_at"] = random.choice(
        (None, high, high + 1, low, odd_instant(random, low, now), now, now + 1, now + DAY)
    )
    plan.cycle_started_at = row["cycle_started_at"]


def _write_versions(random: Random, row: Row, now: int, rows: list[Row]) -> None:
    """The account's row, in some cases with an older version or an exact copy beside it."""
    if random.random() < 0.12:
        older = {
            **row,
            "segment": "startup",
            "timezone": "UTC",
            "signed_up_at": now - 33 * DAY,
            "is_internal": True,
        }
        older["updated_at"] = random.choice((None, row["updated_at"] - 1))
        rows.append(older)
        if random.random() < 0.5:
            row = {**row, "updated_at": now - random.randint(0, 8 * DAY)}
            row[ARRIVES] = row["updated_at"]
    rows.append(row)
    if random.random() < 0.03:
        rows.append(dict(row))
    if random.random() < 0.02 and row["signed_up_at"] is not None:
        # Updated at the same instant: the later sign-up wins.
        rows.append({**row, "signed_up_at": row["signed_up_at"] - 3 * DAY, "segment": "six"})
        rows.append({**row, "signed_up_at": None, "segment": "single"})


def _write_aliases(random: Random, plan: Plan, now: int, rows: list[Row]) -> None:
    if random.random() > 0.3:
        return
    external_id = f"ws {plan.account_id}"
    source = random.choice((None, "", "crm", "segment", "amplitude", "mixpanel"))
    plan.aliases.append((source, external_id))
    row: Row = {
        "source_name": source,
        "external_id": external_id,
        "account_id": plan.account_id,
        "updated_at": now - 50 * DAY,
    }
    kind = random.random()
    if kind < 0.15:
        middle, far = f"mid {plan.account_id}", f"far {plan.account_id}"
        rows.append({**row, "account_id": middle})
        rows.append({**row, "source_name": "crm", "external_id": middle, "account_id": far})
        rows.append({**row, "source_name": None, "external_id": far})
    elif kind < 0.25:
        rows.append({**row, "account_id": "nobody", "updated_at": random.choice((None, now - 51 * DAY))})
        rows.append(row)
    elif kind < 0.35:
        noted_at = now - random.randint(0, 9 * DAY)
        rows.append({**row, "updated_at": noted_at, ARRIVES: noted_at})
    else:
        rows.append(row)
    if random.random() < 0.05:
        rows.append({**row, "source_name": "crm", "external_id": plan.account_id})
    if random.random() < 0.05:
        # A circle resolves nothing.
        one, other = f"round {plan.account_id}", f"about {plan.account_id}"
        rows.append({**row, "source_name": "crm", "external_id": one, "account_id": other})
        rows.append({**row, "source_name": "crm", "external_id": other, "account_id": one})
    if random.random() < 0.05:
        rows.append({**row, "external_id": f"lost {plan.account_id}", "account_id": "nobody"})


def _merge_some(
    random: Random, plans: list[Plan], now: int, accounts: list[Row], aliases: list[Row], holds: list[Row]
) -> None:
    """Accounts that turned out to be another one: they vanish, and what they did moves."""
    by_id = {row["account_id"]: row for row in accounts}
    for plan in random.sample(plans, len(plans) // 25):
        other = random.choice(plans)
        if other is plan or not plan.account_id.startswith("acc_0"):
            continue
        lost_id = f"merged {plan.account_id}"
        lost = {**by_id[plan.account_id], "account_id": lost_id, "signed_up_at": now - 60 * DAY}
        lost.pop(ARRIVES, None)
        accounts.append(lost)
        merged_at = random.choice((now - 50 * DAY, now - random.randint(0, 9 * DAY)))
        aliases.append(
            {
                "source_name": random.choice(("crm", None, "")),
                "external_id": lost_id,
                "account_id": plan.account_id,
                "updated_at": merged_at,
                ARRIVES: merged_at,
            }
        )
        plan.aliases.append((None, lost_id))
        if random.random() < 0.1:
            # One product calls another account by this one's id.
            aliases.append(
                {
                    "source_name": "mixpanel",
                    "external_id": other.account_id,
                    "account_id": plan.account_id,
                    "updated_at": now - 50 * DAY,
                }
            )
        if random.random() < 0.4:
            start = now - random.randint(0, 20 * DAY)
            holds.append(
                {
                    "account_id": lost_id,
                    "reason": "merged",
                    "held_from": start,
                    "held_until": start + DAY,
                    "noted_by": None,
                }
            )
