"""The whole reading: raw rows, seeds and the ledger in; milestones, progress and decisions out.

Belongs here: the order in which the other files are asked. Does not belong here: any rule.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from tests.oracle.accounts import Account, read_accounts
from tests.oracle.decisions import SEND, Context, Decision, escalated_at, is_onboarding, read_decisions
from tests.oracle.events import Event, known_events
from tests.oracle.identity import Identity
from tests.oracle.instants import HOUR
from tests.oracle.integrations import accounts_with_unknown_error
from tests.oracle.ledger import Ledger, ledger_of
from tests.oracle.limits import Counts, Wanted, counts_of, limited
from tests.oracle.milestones import MilestoneState, read_milestones
from tests.oracle.nudge_id import nudge_id
from tests.oracle.pacing import pace, stop
from tests.oracle.policy import Seeds, read_policy
from tests.oracle.progress import Progress, read_progress
from tests.oracle.raw import History
from tests.oracle.recipients import read_contacts, read_persons
from tests.oracle.touches import Touches, accounts_with_complaint, known_feedback, read_touches
from tests.oracle.watermark import stale_sources


@dataclass(frozen=True)
class AccountReading:
    """Everything that follows for one account."""

    account: Account
    milestones: list[MilestoneState]
    progress: Progress
    escalated_at: int | None
    decisions: list[Decision]


def read(
    history: History, seeds: Seeds, *, as_of: int, tick_at: int | None = None, ledger: Ledger | None = None
) -> dict[str, AccountReading]:
    """What the raw rows say of every account that exists, by account id."""
    tick_at = as_of if tick_at is None else tick_at
    ledger = ledger_of([]) if ledger is None else ledger
    policy = read_policy(seeds)
    identity = Identity(history, policy, tick_at)
    events: dict[str, list[Event]] = {}
    for event in known_events(history, policy, tick_at):
        account_id = identity.of_event(event)
        if account_id is not None:
            events.setdefault(account_id, []).append(event)
    contacts = read_contacts(history, identity, tick_at)
    touches = read_touches(history, policy, identity, ledger, tick_at)
    complaints = accounts_with_complaint(history, identity, ledger, tick_at)
    unknown_errors = accounts_with_unknown_error(history, identity, tick_at)
    present_ledger = ledger.followed(identity.of_id)
    is_source_stale = bool(stale_sources(history, policy, tick_at))
    cooldown = int(policy.limit("human_touch_cooldown_hours") * HOUR)

    found = {}
    accounts_onboarding = 0
    for account in read_accounts(history, policy, identity, events, as_of):
        states = read_milestones(account, as_of)
        context = Context(
            account=account,
            states=states,
            progress=read_progress(account, states, as_of),
            contacts=contacts.get(account.account_id, []),
            touches=touches.get(account.account_id, Touches(tick_at, cooldown)),
            has_complaint=account.account_id in complaints,
            has_unknown_error=account.account_id in unknown_errors,
            is_source_stale=is_source_stale,
            ledger=present_ledger,
            policy=policy,
            as_of=as_of,
            tick_at=tick_at,
        )
        found[account.account_id] = AccountReading(
            account,
            states,
            context.progress,
            escalated_at(context),
            stop(read_decisions(context), present_ledger),
        )
        accounts_onboarding += is_onboarding(context)
    counts = counts_of(
        present_ledger,
        {account_id: one.account for account_id, one in found.items()},
        read_persons(history),
        policy,
        has_feedback=bool(known_feedback(history, tick_at)),
        tick_at=tick_at,
    )
    found = _with_limits(found, counts)
    paced: dict[str, list[Decision]] = defaultdict(list)
    for decision in pace(
        (decision for one in found.values() for decision in one.decisions),
        present_ledger,
        policy,
        accounts_onboarding=accounts_onboarding,
        tick_at=tick_at,
    ):
        paced[decision.account_id].append(decision)
    return {
        account_id: replace(one, decisions=sorted(paced[account_id], key=lambda decision: decision.tier))
        for account_id, one in found.items()
    }


def _with_limits(found: dict[str, AccountReading], counts: Counts) -> dict[str, AccountReading]:
    wanted = [
        Wanted(decision, one.account, one.progress.hours_overdue, _nudge_id(decision, counts.ledger))
        for one in found.values()
        for decision in one.decisions
        if decision.decision == SEND
    ]
    put_off = limited(wanted, counts)
    return {
        account_id: replace(
            one,
            decisions=[
                put_off.get(_nudge_id(decision, counts.ledger), decision) for decision in one.decisions
            ],
        )
        for account_id, one in found.items()
    }


def _nudge_id(decision: Decision, ledger: Ledger) -> str:
    return nudge_id(
        ledger.namespace,
        decision.account_id,
        decision.cycle,
        decision.milestone_key,
        decision.tier,
        decision.channel,
    )
