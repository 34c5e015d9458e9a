"""Whatever happens in whatever order, the senders keep their promises.

Sequences of plans, facts that change, halts, clocks that jump either way, providers that fail and processes
that die or are overtaken in the middle of a tick. The promises, as numbered in the reliability notes:

* P1 at most one arrival, P2 nothing is lost without a trace, P3 the attempt is committed before the call,
  P4 `sent` is absorbing, P5 nothing after completion and P6 nothing to control or opted-out, as the re-check
  knew them, P9 a stop of everything sends nothing, P12 no address in any row, P14 a repeat has the same body,
  P15 a guard that fails lets nothing leave.
* Elsewhere: P7 and P8 (`tests/properties`), the caps of P9 and the catch-up of P10 (dbt's unit tests), P11
  (`test_delivery`, `test_outbox_and_privacy`), P13 (`test_templates`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nudge_senders.delivery import deliver_channel, settle
from nudge_senders.destination import Delivery, Request
from nudge_senders.errors import LeaseHeld, LeaseLost
from nudge_senders.fault import FAULT_POINTS
from nudge_senders.identity import body_hash
from nudge_senders.ledger import Lease, Ledger, NudgeState, holder
from nudge_senders.ledger.duckdb_warehouse import DuckDBSession, DuckDBWarehouse
from nudge_senders.queue import RecheckAnswer
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from tests.nudge_senders.provider import FAILURES, STRATEGIES, Provider
from tests.nudge_senders.world import START, FakeClock, World, queue_row

NAMESPACE = "prod/live"
CANARY = "canary.nobody"
FINAL = {"sent", "dead", "needs_review", "suppressed", "cancelled"}
#: What facts can say of a nudge, and whether it may leave then.
WANTED, FOR_GOOD = "wanted", ("milestone_completed", "consent_withdrawn", "control")
FACTS = (WANTED, "on_hold", *FOR_GOOD)
#: A re-check that answers, and the ways in which it fails to.
RECHECKS = ("answers", "answers", "answers", "raises", "is_empty", "is_null")
CALM_MINUTES = (0, 12, 31, 61, 61, 61, 61, 61)


class Died(BaseException):
    """The process is gone; nothing of it runs any more, not even what it would have tidied up."""


@dataclass
class Process:
    """One tick's process: does what is planned for it at the `passing`-th passing of a point."""

    machine: Promises
    point: str | None = None
    passing: int = 1
    dies: bool = True
    meanwhile_minutes: float = 0
    is_dead: bool = False

    def fault(self, point: str) -> None:
        if self.is_dead:
            raise Died
        self.passing -= point == self.point
        if point != self.point or self.passing != 0:
            return
        if self.dies:
            self.is_dead = True
            raise Died
        # It is suspended, and another tick runs meanwhile, if it can.
        self.machine.pass_time(self.meanwhile_minutes)
        self.machine.run_tick(Process(self.machine), "answers")


class MortalWarehouse(DuckDBWarehouse):
    """A dead process writes nothing."""

    def __init__(self, path: Path, process: Process) -> None:
        super().__init__(path)
        self._process = process

    @contextmanager
    def transaction(self) -> Iterator[DuckDBSession]:
        if self._process.is_dead:
            raise Died
        with super().transaction() as session:
            yield session


class Promises(RuleBasedStateMachine):
    """See the module's docstring."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="promises-", dir=_PLACE))
        self.clock = FakeClock()
        self.world = World(self.folder, clock=self.clock, namespace=NAMESPACE)
        self.world.ledger.open_namespace(NAMESPACE, who="a person")
        self.true_time = START
        self.facts: dict[str, str] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[bool, datetime]] = {}
        self.bodies: dict[str, object] = {}
        self.broken: list[str] = []
        self.once_sent: set[str] = set()
        self.ticks = 0
        self.providers = {
            strategy: Provider(strategy, lambda: self.true_time, before_call=self.judge_call)
            for strategy in STRATEGIES
        }
        for strategy in STRATEGIES:
            self.a_nudge_is_due(strategy)

    def teardown(self) -> None:
        try:
            self.end_calmly()
        finally:
            self.world.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- what happens

    @rule(strategy=st.sampled_from(sorted(STRATEGIES)))
    @precondition(lambda self: len(self.rows) < 8)
    def a_nudge_becomes_due(self, strategy: str) -> None:
        self.a_nudge_is_due(strategy)

    def a_nudge_is_due(self, strategy: str) -> None:
        nudge_id = f"n{len(self.rows)}"
        self.facts[nudge_id] = WANTED
        self.rows[nudge_id] = {
            "nudge_id": nudge_id,
            "destination": strategy,
            "namespace": NAMESPACE,
            "contact_email": f"{CANARY}+{nudge_id}@customer.example",
        }

    @rule(data=st.data(), fact=st.sampled_from(FACTS))
    @precondition(lambda self: self.rows)
    def facts_change(self, data: st.DataObject, fact: str) -> None:
        nudge_id = data.draw(st.sampled_from(sorted(self.rows)), label="of")
        if self.facts[nudge_id] not in FOR_GOOD:
            self.facts[nudge_id] = fact

    @rule(minutes=st.sampled_from((0.1, 1, 6, 12, 61, 1600)))
    def time_passes(self, minutes: float) -> None:
        self.pass_time(minutes)

    @rule(minutes=st.sampled_from((1, 130)))
    def the_clock_goes_back(self, minutes: int) -> None:
        self.clock.now -= timedelta(minutes=minutes)

    @rule(is_file=st.booleans())
    def everything_is_halted_for_a_tick(self, is_file: bool) -> None:
        calls = self.number_of_calls
        halt_file = self.folder / "HALT"
        if is_file:
            halt_file.touch()
        else:
            halt_id = self.world.ledger.append_halt(scope="all", who="a person", why="incident")
        self.run_tick(Process(self), "answers")
        if is_file:
            halt_file.unlink()
        else:
            self.world.ledger.release_halt(halt_id, who="a person", why="over")
        assert self.number_of_calls == calls, "P9: something left during a halt"

    @rule(
        failure=st.sampled_from(FAILURES),
        point=st.none() | st.sampled_from(FAULT_POINTS),
        passing=st.integers(1, 2),
        dies=st.booleans(),
        meanwhile_minutes=st.sampled_from((0, 1, 11, 61)),
        recheck=st.sampled_from(RECHECKS),
    )
    def a_tick_runs(
        self,
        failure: str,
        point: str | None,
        passing: int,
        dies: bool,
        meanwhile_minutes: int,
        recheck: str,
    ) -> None:
        for provider in self.providers.values():
            provider.failure = failure
        self.run_tick(Process(self, point, passing, dies, meanwhile_minutes), recheck)
        for provider in self.providers.values():
            provider.failure = "ok"

    # -- how it happens

    @property
    def number_of_calls(self) -> int:
        return self._calls

    _calls = 0

    def pass_time(self, minutes: float) -> None:
        self.true_time += timedelta(minutes=minutes)
        self.clock.pass_by(minutes=minutes)
        for provider in self.providers.values():
            provider.let_come()

    def run_tick(self, process: Process, recheck: str) -> None:
        """A whole tick of one process, up to its end, its death or its refusal."""
        ledger = Ledger(
            MortalWarehouse(self.world.path, process),
            home=self.folder,
            schema="nudges",
            clock=self.clock,
            fault=process.fault,
        )
        self.ticks += 1
        lease: Lease | None = None
        try:
            lease = ledger.acquire_lease(
                namespace=NAMESPACE,
                tick_id=f"tick-{self.ticks}",
                tick_at=self.clock(),
                time_to_live=timedelta(minutes=10),
            )
            self.settle_and_deliver(lease, ledger, process, recheck)
            ledger.release_lease(lease)
        except (LeaseHeld, LeaseLost):
            pass
        except Died:
            # Whether the others can see that it is dead depends on where it ran; here every other time.
            standing = self.world.ledger.lease()
            if self.ticks % 2 and standing is not None:
                holder._OWN_TOKENS.discard(standing.holder.rpartition(":")[2])

    def settle_and_deliver(self, lease: Lease, ledger: Ledger, process: Process, recheck: str) -> None:
        destinations = Registry(dict(self.providers), True)
        chosen = SenderSettings(namespace=NAMESPACE, home=self.folder)
        rows = [queue_row(tick_id=lease.tick_id, **row) for row in self.rows.values()]

        class Queue:
            def rows(self, **_: str) -> Sequence[Mapping[str, Any]]:
                return rows

        def ask_again(nudge_ids: Sequence[str]) -> Mapping[str, RecheckAnswer]:
            return self.recheck(nudge_ids, recheck)

        settle(
            lease=lease,
            ledger=ledger,
            destinations=destinations,
            settings=chosen,
            clock=self.clock,
            recheck=ask_again,
            fault=process.fault,
        )
        deliver_channel(
            "email",
            lease=lease,
            ledger=ledger,
            queue=Queue(),
            recheck=ask_again,
            destinations=destinations,
            settings=chosen,
            clock=self.clock,
            fault=process.fault,
            sleep=lambda seconds: self.pass_time(seconds / 60),
        )

    def recheck(self, nudge_ids: Sequence[str], how: str) -> Mapping[str, RecheckAnswer]:
        if how == "raises":
            raise RuntimeError("the view is gone")
        answers: dict[str, RecheckAnswer] = {}
        for nudge_id in nudge_ids:
            fact = self.facts[nudge_id]
            is_allowed = fact == WANTED and how == "answers"
            self.answers[nudge_id] = (is_allowed, self.clock())
            if how != "is_empty":
                answers[nudge_id] = RecheckAnswer(is_allowed, None if fact == WANTED else fact)
        return answers

    # -- what is promised

    def judge_call(self, delivery: Delivery, request: Request) -> None:
        """Asked by the providers at the moment of a call. What is broken is noted: whatever a call raises
        would be taken for a failure of the provider."""
        self._calls += 1
        try:
            self.judge(delivery, request)
        except Exception as error:
            self.broken.append(f"{type(error).__name__}: {error}")

    def judge(self, delivery: Delivery, request: Request) -> None:
        """Raises when this call should not be made."""
        nudge_id, now = delivery.nudges[0].nudge_id, self.clock()
        assert nudge_id not in self.once_sent, "P4: called again after sent"
        is_allowed, asked_at = self.answers[nudge_id]
        assert is_allowed, "P5, P6, P15: called against the re-check"
        assert timedelta(0) <= now - asked_at <= timedelta(seconds=60), "the re-check was too old"
        assert now < delivery.deadline_at, "called after its deadline"
        entries = self.world.ledger.entries(nudge_id)
        attempts = [entry.body_hash for entry in entries if entry.kind == "attempting"]
        assert entries[-1].kind == "attempting", "P3: the attempt was not committed"
        assert attempts[-1] == body_hash(request.operation, request.payload), "P3: another body was committed"
        if delivery.nudges[0].destination == "native_key":
            assert self.bodies.setdefault(nudge_id, attempts[-1]) == attempts[-1], "P14: another body"

    def states(self) -> dict[str, NudgeState]:
        return {state.nudge_id: state for state in self.world.ledger.states(NAMESPACE)}

    def arrived(self, nudge_id: str) -> int:
        return self.providers[self.rows[nudge_id]["destination"]].arrived[nudge_id]

    @invariant()
    def every_call_was_allowed(self) -> None:
        assert self.broken == []

    @invariant()
    def nothing_arrives_twice(self) -> None:
        assert {
            nudge_id: self.arrived(nudge_id) for nudge_id in self.rows if self.arrived(nudge_id) > 1
        } == {}

    @invariant()
    def sent_is_absorbing_and_what_arrived_is_never_called_unsent(self) -> None:
        states = self.states()
        for nudge_id in self.once_sent:
            assert states[nudge_id].state == "sent", "P4"
        self.once_sent |= {nudge_id for nudge_id, state in states.items() if state.state == "sent"}
        for nudge_id in self.rows:
            if self.arrived(nudge_id):
                assert states[nudge_id].is_possibly_sent, (
                    f"{nudge_id} arrived and reads {states[nudge_id].state}"
                )

    def end_calmly(self) -> None:
        """Faults stop, holds end, the clock is set right; within bounded ticks everything has come to an end
        that people can see."""
        self.clock.now = max(self.clock.now, self.true_time)
        for nudge_id, fact in self.facts.items():
            if fact not in FOR_GOOD:
                self.facts[nudge_id] = WANTED
        for minutes in CALM_MINUTES:
            self.pass_time(minutes)
            self.run_tick(Process(self), "answers")
        self.every_call_was_allowed()
        self.nothing_arrives_twice()
        states = self.states()
        for nudge_id in self.rows:
            assert nudge_id in states and states[nudge_id].state in FINAL, f"P2: {nudge_id} is lost: {states}"
            state, arrivals = states[nudge_id], self.arrived(nudge_id)
            if state.state == "sent":
                assert arrivals == 1, f"P2: {nudge_id} is sent and never arrived"
            if not state.is_possibly_sent:
                assert arrivals == 0, f"{nudge_id} is {state.state} and arrived"
        dump = self.world.query("select * from nudges.nudge_events")
        assert CANARY not in str(dump), "P12: an address in the ledger"


_IN_MEMORY = Path("/dev/shm")
_PLACE = _IN_MEMORY if _IN_MEMORY.is_dir() else None
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def _options(examples: int, steps: int, *, is_derandomized: bool) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=is_derandomized,
        print_blob=True,
        database=None,
        suppress_health_check=_QUIET,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


def test_any_sequence_keeps_the_promises() -> None:
    run_state_machine_as_test(Promises, settings=_options(9, 14, is_derandomized=True))


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, 6), ids=lambda number: f"seed-{number}")
def test_many_longer_sequences_keep_the_promises(number: int) -> None:
    run_state_machine_as_test(seed(number)(Promises), settings=_options(60, 60, is_derandomized=False))
