"""Ledger entries beside a generated history.

Belongs here: choosing what became of nudges that were due, writing it as entries, and the same as states
for the slow reading. Does not belong here: how entries become states, which is the ledger's own view.
"""

from datetime import UTC, datetime
from random import Random

import duckdb

from tests.oracle.instants import DAY, HOUR, MINUTE, SECOND, datetime_of
from tests.oracle.ledger import Ledger, NudgeState, ledger_of
from tests.oracle.policy import Policy
from tests.oracle.raw import ARRIVES, Row
from tests.properties.dbt_project_copy import DbtProjectCopy

NAMESPACE = "dev/shadow"

# What is appended after `claimed`, and the state it makes.
_COURSES = {
    "sent": ("attempting", "sent"),
    "uncertain": ("attempting", "uncertain"),
    "needs_review": ("attempting", "uncertain", "needs_review"),
    "dead": ("attempting", "dead"),
    "retryable": ("attempting", "retryable"),
    "claimed": (),
    "suppressed": ("suppressed",),
    "resolved_sent": ("attempting", "uncertain", "resolved_sent"),
    "resolved_not_sent": ("attempting", "uncertain", "resolved_not_sent"),
    "cancelled": ("attempting", "uncertain", "cancelled"),
}
_WEIGHTS = (12, 3, 2, 2, 4, 1, 2, 1, 1, 1)


def migrate(project: DbtProjectCopy) -> None:
    """The ledger's tables in the project's warehouse."""
    from nudge_senders.ledger import open_ledger

    open_ledger(project.warehouse, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).migrate()


def hold_lease(project: DbtProjectCopy, tick_at: int, tick_id: str) -> None:
    """A tick that is under way: its instant is what the models take for now."""
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(
            "update nudges.nudge_lease set holder = 'test:1:1', fence = fence + 1, tick_id = ?, tick_at = ?, "
            "namespace = ?, expires_at = timestamp '2999-01-01', released_at = null",
            [tick_id, datetime_of(tick_at), NAMESPACE],
        )


def open_live(project: DbtProjectCopy, opened_at: int) -> None:
    """The live namespace, opened at an instant."""
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(
            "insert into nudges.nudge_events (entry_id, ledger_id, namespace, kind, fence, seq, recorded_at) "
            "select 'opened', ledger_id, 'dev/live', 'opened', 0, 0, ? from nudges.ledger_meta",
            [datetime_of(opened_at)],
        )


def halt(project: DbtProjectCopy, scope: str, now: int) -> None:
    """A halt without an end, written a minute ago."""
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(
            "insert into nudges.nudge_halts (halt_id, scope, recorded_at) values ('a halt', ?, ?)",
            [scope, datetime_of(now - MINUTE)],
        )


def play_out(random: Random, due: list[Row], policy: Policy, now: int) -> list[tuple[NudgeState, str]]:
    """What became of some due nudges until `now`, with their channel; `due` are rows of the decisions."""
    played = []
    for row in due:
        if random.random() > 0.4:
            continue
        tiers = {tier.number: tier for tier in policy.tiers_of(row["path_key"])}
        tier = tiers[row["tier"]]
        above = [other.delay - tier.delay for number, other in tiers.items() if number > row["tier"]]
        latest = now - 10 * SECOND
        attempted_at = random.choice(
            [
                latest - random.randint(0, 3 * DAY),
                latest,
                *(now - delay + random.choice((-1, 0, 1)) for delay in above),
            ]
        )
        attempted_at = min(attempted_at, latest)
        state = random.choices(tuple(_COURSES), _WEIGHTS)[0]
        if state == "retryable":
            # On the edge of too old, which is 72 hours on working days after the claim.
            too_old = now - 72 * HOUR + SECOND
            attempted_at = random.choice((attempted_at, too_old, too_old - 1, too_old + 1, too_old - 5 * DAY))
        kinds = _COURSES[state]
        has_attempt = "attempting" in kinds
        played.append(
            (
                NudgeState(
                    account_id=row["account_id"],
                    cycle=row["cycle"],
                    milestone_key=row["milestone_key"],
                    tier=row["tier"],
                    state=state,
                    claimed_at=(attempted_at if has_attempt else _without_attempt(now)) - SECOND,
                    attempted_at=attempted_at if has_attempt else None,
                    sent_at=_sent_at(state, attempted_at),
                    not_before=_not_before(random, state, now),
                    contact_id=row["contact_id"],
                    nudge_id=row["nudge_id"],
                    channel=row["channel"],
                ),
                row["channel"],
            )
        )
    return played


def _without_attempt(now: int) -> int:
    """When a second had passed since the claim of what was never attempted."""
    return now - MINUTE


def _not_before(random: Random, state: str, now: int) -> int | None:
    """Of what failed always, of what is in doubt where the provider's key allows a repeat."""
    if state not in ("retryable", "uncertain") or (state == "uncertain" and random.random() < 0.5):
        return None
    return now + random.choice((-HOUR, 0, 1, HOUR))


def _sent_at(state: str, attempted_at: int) -> int | None:
    if state == "sent":
        return attempted_at + SECOND
    # Whoever resolves a doubt says that the attempt got through then, not that it does now.
    return attempted_at if state == "resolved_sent" else None


def append(project: DbtProjectCopy, played: list[tuple[NudgeState, str]], now: int) -> Ledger:
    """Write the entries, and give the ledger as the slow reading takes it."""
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("set timezone='UTC'")
        (ledger_id,) = connection.execute("select ledger_id from nudges.ledger_meta").fetchone() or ("none",)
        for state, channel in played:
            _append_course(connection, str(ledger_id), state, channel, now)
    return ledger_of(state for state, _ in played)


def entries_of(state: NudgeState, channel: str, now: int) -> list[Row]:
    """What was appended of a nudge, in its order; of which ledger is left open."""
    start = state.attempted_at if state.attempted_at is not None else _without_attempt(now)
    return [
        {
            "entry_id": f"{state.nudge_id}-{place}",
            "namespace": NAMESPACE,
            "nudge_id": state.nudge_id,
            "delivery_id": state.nudge_id,
            "action": "deliver",
            "kind": kind,
            "attempt": 1,
            "fence": 0,
            "seq": place,
            "tick_id": "earlier",
            # The claim stands a second before the attempt.
            "recorded_at": datetime_of(start + (place - 1) * SECOND),
            "not_before": datetime_of(state.not_before) if kind == state.state and state.not_before else None,
            "account_id": state.account_id,
            "cycle": state.cycle,
            "milestone_key": state.milestone_key,
            "tier": state.tier,
            "channel": channel,
            "destination": "outbox",
            "contact_id": state.contact_id,
        }
        for place, kind in enumerate(("claimed", *_COURSES[state.state]))
    ]


def _append_course(
    connection: duckdb.DuckDBPyConnection, ledger_id: str, state: NudgeState, channel: str, now: int
) -> None:
    for entry in entries_of(state, channel, now):
        columns = {**entry, "ledger_id": ledger_id}
        names = ", ".join(columns)
        places = ", ".join("?" for _ in columns)
        connection.execute(
            f"insert into nudges.nudge_events ({names}) values ({places})", list(columns.values())
        )


def answers(random: Random, played: list[tuple[NudgeState, str]], now: int) -> tuple[list[Row], list[Row]]:
    """Touches and message events that name a nudge and no account or contact."""
    touches: list[Row] = []
    feedback: list[Row] = []
    for state, _ in played:
        kind = random.random()
        occurred_at = now - random.randint(0, 2 * DAY)
        if kind < 0.1:
            touches.append(
                {
                    "touch_id": f"answer {state.nudge_id}",
                    "account_id": None,
                    "nudge_id": state.nudge_id,
                    "kind": random.choice(("handled", "snoozed", "handed_back", "not_relevant")),
                    "occurred_at": occurred_at,
                    "until_at": None,
                    "noted_by": None,
                    "loaded_at": occurred_at,
                }
            )
        elif kind < 0.15:
            feedback.append(
                {
                    "event_id": f"answer {state.nudge_id}",
                    "nudge_id": state.nudge_id,
                    "provider_message_id": None,
                    "contact_id": None,
                    "provider": "hubspot",
                    "event_type": random.choice(("complaint_to_csm", "negative_reply", "opened")),
                    "occurred_at": occurred_at,
                    "loaded_at": occurred_at,
                    ARRIVES: now,
                }
            )
    return touches, feedback


def due_nudges(project: DbtProjectCopy) -> list[Row]:
    """The decisions as rows, with the account's path, in a fixed order."""
    return project.rows(
        "select decisions.nudge_id, decisions.account_id, decisions.cycle, decisions.milestone_key, "
        "decisions.tier, decisions.channel, decisions.contact_id, accounts.path_key "
        "from onboarding.fct_nudge_decisions as decisions "
        "inner join onboarding.dim_accounts as accounts on decisions.account_id = accounts.account_id "
        "order by decisions.account_id, decisions.tier"
    )
