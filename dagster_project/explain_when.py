"""From when on a deferred nudge can leave, as far as the facts of its account say.

Only instants that are known are told, and only as lower bounds: what else may come between is decided by the
ticks to come. Which reason defers a nudge is SQL's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dagster_project.explain import AccountFacts, Record
from dagster_project.text_layout import instant

# Reasons with which a tier has still to leave, and so holds the next one back.
_OPEN = frozenset(
    [
        "send",
        "on_hold",
        "with_csm",
        "source_stale",
        "source_volume_low",
        "retry_later",
        "earlier_tier_open",
        "earlier_tier_too_recent",
        "halted",
        "policy_changed",
        "anomaly_tripped",
        "template_halted",
        "over_ceiling",
    ]
)
_POSSIBLY_SENT = frozenset(["attempting", "sent", "uncertain", "needs_review", "resolved_sent"])
_ENDLESS_HOLD = "not while the hold without an end lasts"


def waits_until(facts: AccountFacts, decision: Record) -> str:
    """`not before 2026-01-31 09:30 UTC` or the like for a deferred nudge; empty when nothing is known."""
    code = decision.get("reason_code")
    if code == "on_hold":
        return _while_on_hold(facts)
    if code == "with_csm":
        return _not_before(facts.touched.get("with_csm_until"))
    if code == "retry_later":
        return _not_before(_last_entry(facts, decision).get("not_before"))
    if code == "earlier_tier_too_recent":
        return _not_before(decision.get("eligible_at")) or _ENDLESS_HOLD
    if code == "earlier_tier_open":
        return _after_earlier_tier(facts, decision)
    return ""


def _not_before(value: Any) -> str:
    return f"not before {instant(value)}" if value is not None else ""


def _while_on_hold(facts: AccountFacts) -> str:
    now = facts.as_of.get("tick_at")
    for hold in facts.merged_holds:
        until = hold.get("held_until")
        if now is not None and hold["held_from"] <= now and (until is None or until > now):
            return _not_before(until) or _ENDLESS_HOLD
    return ""


def _after_earlier_tier(facts: AccountFacts, decision: Record) -> str:
    """The nearest earlier tier that is open comes first, and then the difference of the two delays."""
    tier = int(decision["tier"])
    earlier = [
        row
        for row in facts.decisions
        if row.get("milestone_key") == decision.get("milestone_key")
        and int(row["tier"]) < tier
        and row.get("reason_code") in _OPEN
    ]
    if not earlier:
        return ""
    nearest = max(earlier, key=lambda row: int(row["tier"]))
    name = f"tier {nearest['tier']}"
    pause = _pause(facts, int(nearest["tier"]), tier)
    left_at = _left_at(facts, nearest)
    if left_at is None:
        after = f"{_hours(pause)} after {name} has left" if pause else f"{name} has left"
        return f"not before {after}, or as soon as {name} is given up"
    if pause is None:
        return f"{name} left {instant(left_at)}"
    return (
        f"not before {instant(left_at + pause)}, {_hours(pause)} after {name}, which left {instant(left_at)}"
    )


def _pause(facts: AccountFacts, earlier: int, later: int) -> timedelta | None:
    """Outside holds and days off it takes longer on the clock on the wall, never shorter."""
    delays = {int(row["tier"]): int(row["delay_microseconds"]) for row in facts.tiers}
    if earlier not in delays or later not in delays:
        return None
    return timedelta(microseconds=delays[later] - delays[earlier])


def _hours(pause: timedelta | None) -> str:
    return "" if pause is None else f"{pause / timedelta(hours=1):g} h"


def _left_at(facts: AccountFacts, decision: Record) -> datetime | None:
    """When a nudge that was decided to leave did so, after the decision was taken."""
    if _last_entry(facts, decision).get("kind") not in _POSSIBLY_SENT:
        return None
    attempts = [row["recorded_at"] for row in _entries(facts, decision) if row.get("kind") == "attempting"]
    return max(attempts, default=None)


def _last_entry(facts: AccountFacts, decision: Record) -> Record:
    entries = _entries(facts, decision)
    return entries[-1] if entries else {}


def _entries(facts: AccountFacts, decision: Record) -> list[Record]:
    """In the order in which they were recorded."""
    return [
        row
        for row in facts.ledger
        if row.get("nudge_id") == decision.get("nudge_id")
        and row.get("namespace") == facts.namespace
        and row.get("action") in (None, "deliver")
    ]
