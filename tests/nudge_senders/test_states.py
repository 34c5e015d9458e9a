"""The state view against a slow reading of the same rules, over histories nobody would write on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nudge_senders.ledger import open_ledger
from nudge_senders.ledger.duckdb_warehouse import DuckDBWarehouse
from nudge_senders.vocabulary import Kind
from tests.nudge_senders.world import START, FakeClock

KINDS = [kind.value for kind in Kind if kind is not Kind.OPENED]


@dataclass(frozen=True)
class Step:
    kind: str
    attempt: int
    fence: int
    seq: int
    provider_ref: str | None


histories = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(KINDS),
        attempt=st.integers(1, 3),
        fence=st.integers(1, 3),
        seq=st.integers(1, 12),
        provider_ref=st.sampled_from([None, "receipt"]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda step: (step.fence, step.seq),
)


def slow_reading(history: list[Step]) -> tuple[object, ...]:
    """(keys_used, first_doubted_attempt, state, is_possibly_sent, attempts), read entry by entry."""
    doubted: set[int] = set()
    keys_used = 0
    ordered = sorted(history, key=lambda step: (step.fence, step.seq))
    for step in ordered:
        if step.kind in ("attempting", "uncertain", "needs_review"):
            doubted.add(step.attempt)
        if step.kind in ("retryable", "dead", "suppressed"):
            doubted.discard(step.attempt)
        if step.kind == "resolved_not_sent":
            doubted.clear()
        keys_used += step.kind == "resolved_not_sent"
        keys_used += step.kind == "retryable" and step.provider_ref is not None
    keys = (keys_used, min(doubted, default=None))
    kinds = [step.kind for step in ordered]
    attempts = len({step.attempt for step in ordered if step.kind == "attempting"})
    if "sent" in kinds:
        return *keys, "sent", True, attempts
    if "resolved_sent" in kinds:
        return *keys, "resolved_sent", True, attempts
    last = kinds[-1]
    if last == "attempting" or (doubted and last in ("claimed", "retryable")):
        last = "uncertain"
    return *keys, last, bool(doubted) or last in ("uncertain", "needs_review"), attempts


@pytest.fixture(scope="module")
def ledger_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("ledger") / "warehouse.duckdb"
    open_ledger(path, clock=FakeClock()).migrate()
    keeper = duckdb.connect(str(path))
    yield path
    keeper.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(histories, min_size=1, max_size=40))
def test_the_view_agrees_with_the_slow_reading(ledger_file: Path, many: list[list[Step]]) -> None:
    rows = [
        {
            "entry_id": f"{number}-{step.fence}-{step.seq}",
            "namespace": "dev/shadow",
            "nudge_id": str(number),
            "action": "deliver",
            "kind": step.kind,
            "attempt": step.attempt,
            "fence": step.fence,
            "seq": step.seq,
            "provider_ref": step.provider_ref,
            "recorded_at": START.replace(tzinfo=None) + timedelta(seconds=100 * step.fence + step.seq),
        }
        for number, history in enumerate(many)
        for step in history
    ]
    types = {"attempt": "integer", "fence": "bigint", "seq": "integer", "recorded_at": "timestamp"}
    with DuckDBWarehouse(ledger_file).transaction() as session:
        session.run("delete from nudges.nudge_events")
        # Each entry twice: a repeated append counts once.
        columns = {name: types.get(name, "varchar") for name in rows[0]}
        session.append_new("nudges.nudge_events", columns=columns, key="entry_id", rows=rows + rows)
    states = {
        state.nudge_id: state for state in open_ledger(ledger_file, clock=FakeClock()).states("dev/shadow")
    }
    found = [
        (each.keys_used, each.first_doubted_attempt, each.state, each.is_possibly_sent, each.attempts)
        for each in (states[str(number)] for number in range(len(many)))
    ]
    assert found == [slow_reading(history) for history in many]


def test_entries_of_other_namespaces_and_actions_stand_apart(ledger_file: Path) -> None:
    with DuckDBWarehouse(ledger_file).transaction() as session:
        session.run("delete from nudges.nudge_events")
        for number, (namespace, action, kind) in enumerate(
            [
                ("prod/live", "deliver", "sent"),
                ("prod/shadow", "deliver", "claimed"),
                ("prod/live", "withdraw", "attempting"),
            ]
        ):
            session.run(
                "insert into nudges.nudge_events "
                "(entry_id, namespace, nudge_id, action, kind, attempt, fence, seq, recorded_at) "
                "values (:id, :namespace, 'a', :action, :kind, 1, 1, 1, timestamp '2026-01-01')",
                {"id": str(number), "namespace": namespace, "action": action, "kind": kind},
            )
    ledger = open_ledger(ledger_file, clock=FakeClock())
    found = {(state.namespace, state.action): state.state for state in ledger.states("prod/live")}
    assert found == {("prod/live", "deliver"): "sent", ("prod/live", "withdraw"): "uncertain"}
    assert [state.state for state in ledger.states("prod/shadow")] == ["claimed"]
