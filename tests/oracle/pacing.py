"""What is measured against the whole before it leaves: halts, and after the limits the ceilings.

Belongs here: what becomes of decisions to send when all accounts are looked at together. Does not belong
here: why a single nudge may leave. Anomalies are left to examples: a generated history, shaped to hit the
edges of its last instant, is one by intent.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tests.oracle.decisions import DEFER, SEND, Decision
from tests.oracle.instants import DAY, HOUR
from tests.oracle.ledger import Ledger
from tests.oracle.policy import Policy

SPANS = {"tick": 0, "hour": HOUR, "day": DAY}
CHANNELS = ("in_app", "email", "human")


def stop(decisions: Iterable[Decision], ledger: Ledger) -> list[Decision]:
    """The decisions in their order, those to send put off that are halted."""
    return [
        _put_off(one, "halted")
        if one.decision == SEND and any(_is_halted(one, scope) for scope in ledger.halts)
        else one
        for one in decisions
    ]


def pace(
    decisions: Iterable[Decision], ledger: Ledger, policy: Policy, *, accounts_onboarding: int, tick_at: int
) -> list[Decision]:
    """All decisions, those to send put off that are beyond a ceiling, in no particular order."""
    found: list[Decision] = []
    leaving: list[Decision] = []
    for one in decisions:
        (leaving if one.decision == SEND else found).append(one)
    room = _room_of_all(ledger, policy, accounts_onboarding, tick_at)
    rooms = {channel: _room_of_channel(ledger, policy, channel, tick_at) for channel in CHANNELS}
    used: Counter[str] = Counter()
    for one in sorted(leaving, key=lambda one: (one.due_at, one.account_id.encode(), one.tier)):
        limit = rooms[one.channel]
        is_over = (limit is not None and used[one.channel] >= limit) or used.total() >= room
        if not is_over:
            used[one.channel] += 1
        found.append(_put_off(one, "over_ceiling") if is_over else one)
    return found


def _put_off(decision: Decision, reason_code: str) -> Decision:
    return replace(decision, decision=DEFER, reason_code=reason_code)


def _is_halted(decision: Decision, scope: str) -> bool:
    kind, _, value = scope.partition(":")
    told = {"channel": decision.channel, "destination": decision.destination, "tier": str(decision.tier)}
    return told[kind] == value if kind in told else True


def _attempts(ledger: Ledger, since: int, channel: str | None = None) -> int:
    return sum(
        1
        for state in ledger.states.values()
        if state.is_possibly_sent
        and state.attempted_at is not None
        and state.attempted_at > since
        and channel in (None, state.channel)
    )


def _room_of_all(ledger: Ledger, policy: Policy, accounts: int, tick_at: int) -> int:
    rooms = []
    for span, length in SPANS.items():
        share = policy.limit(f"max_nudges_per_{span}_percent") * accounts / 100
        most = min(policy.limit(f"max_nudges_per_{span}"), max(policy.limit("max_nudges_of_any_base"), share))
        rooms.append(int(most) - _attempts(ledger, tick_at - length))
    return max(min(rooms), 0)


def _room_of_channel(ledger: Ledger, policy: Policy, channel: str, tick_at: int) -> int | None:
    """None where the channel has no ceiling of its own."""
    rooms = [
        int(policy.limits[(f"max_nudges_per_{span}", f"channel:{channel}")])
        - _attempts(ledger, tick_at - length, channel)
        for span, length in SPANS.items()
        if (f"max_nudges_per_{span}", f"channel:{channel}") in policy.limits
    ]
    return max(min(rooms), 0) if rooms else None
