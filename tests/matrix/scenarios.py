"""What is done to the senders in one scenario, and what has to come of it.

A tick is hit: killed at a point, while the provider misbehaves. The fault holds for one more tick and is then
lifted; ticks follow, with a clock that moves on, until nothing changes any more. What remains is judged by
what the provider counted, and by what the ledger says. How a tick runs stands in `ticks`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from nudge_senders.clock import to_stored
from nudge_senders.fault import FAULT_POINTS
from nudge_senders.ledger import NudgeState, open_ledger
from tests.matrix.children import (
    FINISHED,
    HELD_BY_ANOTHER,
    KILLED,
    LOST_ITS_LEASE,
    Children,
    Fate,
    wait_for,
)
from tests.matrix.http_destination import CHANNELS, NAME, WIRE_POINTS, place_of
from tests.matrix.stand_in import FAULTS, StandIn
from tests.matrix.ticks import LEASE, NAMESPACE, Tick, points_of_senders
from tests.nudge_senders.provider import STRATEGIES
from tests.nudge_senders.world import QUEUE_COLUMNS, START, FakeClock, World, queue_row

POINTS = points_of_senders(FAULT_POINTS, WIRE_POINTS)
NUDGES = ("a", "b")
_ROWS = tuple({"nudge_id": nudge_id} for nudge_id in NUDGES)
#: A tick that settles passes these with something to write.
SETTLING_POINTS = ("before_lease", "after_lease", "before_outcome", "after_outcome", "during_release")
#: Where one that holds the lease may be suspended. Between its last look at the clock and the first byte
#: nothing can stop it: there only the provider's key or its timeout helps.
SLEEPING_POINTS = (
    "after_lease",
    "after_claim",
    "before_recheck",
    "before_attempting",
    "after_attempting",
    "after_effect",
    "before_outcome",
    "after_outcome",
    "before_release",
)
#: How a nudge may end; each is there for people to see.
FINAL = frozenset(
    {"sent", "dead", "needs_review", "suppressed", "cancelled", "resolved_sent", "resolved_not_sent"}
)
#: Minutes between the ticks that follow: at once, past every settling time, past every wait.
RECOVERY_MINUTES = (0, 12, 31, 61, 61, 61)
#: Where nothing is left to be written, the faults differ only in how a question fails.
_OF_READING = ("ok", "too_many_requests", "error_before_effect", "hang_before_effect", "garbage_after_effect")
#: Passed only where something is attempted: what a newer value has replaced is seen by reading, and left.
_OF_ATTEMPTS = frozenset(
    {"before_attempting", "after_attempting", "after_effect", "before_outcome", "after_outcome"}
)
#: A provider that refuses a nudge for good is believed, so that nothing arrives.
REFUSED_FOR_GOOD = "bad_request"


_OTHERS_OF_SLICE = {
    ("kill_twice", 0, "before_outcome"),
    ("two_at_once", 2, "nowhere"),
    ("oversleep", 2, "after_attempting"),
    ("oversleep", 3, "after_effect"),
}


@dataclass(frozen=True)
class Scenario:
    """`action` is what the tick that is hit was about."""

    strategy: str
    fault: str
    point: str
    passing: int = 1
    action: str = "deliver"

    @property
    def name(self) -> str:
        return f"{self.strategy}-{self.action}-{self.fault}-{self.point}"

    @property
    def nudges(self) -> tuple[tuple[str, str], ...]:
        """The (nudge, action) that must not be lost."""
        if self.action in ("withdraw", "withdraw_older"):
            return (("a", "deliver"), ("a", "withdraw"))
        return tuple((nudge_id, "deliver") for nudge_id in NUDGES)


def all_scenarios() -> list[Scenario]:
    """Every point x fault x strategy, and withdrawals where they have a meaning."""
    crossed: list[Scenario] = []
    for strategy in STRATEGIES:
        for fault in FAULTS:
            for number, point in enumerate(POINTS):
                crossed.append(Scenario(strategy, fault, point, _passing(fault, point, number)))
                if strategy == "lookup":
                    crossed.append(Scenario(strategy, fault, point, 1, "withdraw"))
                if strategy == "state_set":
                    # The first request only looks; what is killed is the second one, which clears.
                    passing = 2 if point in WIRE_POINTS else 1
                    crossed.append(Scenario(strategy, fault, point, passing, "withdraw"))
                if strategy == "state_set" and fault in _OF_READING and point not in _OF_ATTEMPTS:
                    crossed.append(Scenario(strategy, fault, point, 1, "withdraw_older"))
        crossed += [
            Scenario(strategy, "hang_after_effect", point, 1, "kill_twice") for point in SETTLING_POINTS
        ]
        crossed += [Scenario(strategy, fault, "nowhere", 1, "two_at_once") for fault in FAULTS]
        crossed += [Scenario(strategy, "ok", point, 1, "oversleep") for point in SLEEPING_POINTS]
    return crossed


def _passing(fault: str, point: str, number: int) -> int:
    """Of the points that are passed per call every other one kills at the second call, in the middle of a
    batch. Refused credentials end a batch at its first call."""
    is_per_call = point in (*WIRE_POINTS, "after_effect") and fault != "unauthorized"
    return 2 if is_per_call and number % 2 else 1


def fair_slice(scenarios: Sequence[Scenario]) -> frozenset[Scenario]:
    """A few, in which every point, fault, strategy and action occurs: along diagonals of the matrix."""
    chosen: set[Scenario] = set()
    for scenario in scenarios:
        turn = list(STRATEGIES).index(scenario.strategy)
        fault = FAULTS.index(scenario.fault)
        if scenario.action == "deliver":
            point = POINTS.index(scenario.point)
            is_chosen = (point + 4 * turn) % len(FAULTS) == fault and point % 2 == turn % 2
        elif scenario.action.startswith("withdraw"):
            is_chosen = POINTS.index(scenario.point) == 5 + fault % 9 and fault % 4 == 3
        else:
            is_chosen = (scenario.action, turn, scenario.point) in _OTHERS_OF_SLICE and fault in (0, 10)
        if is_chosen:
            chosen.add(scenario)
    return frozenset(chosen)


def make_template(folder: Path) -> None:
    """A warehouse with an opened ledger and the two relations of dbt, closed; every nudge may leave."""
    world = World(folder, namespace=NAMESPACE, is_kept_open=False)
    world.ledger.open_namespace(NAMESPACE, who="a person")
    world.query(
        "insert into onboarding_intermediate.int_nudges_rechecked select unnest(?), true, null",
        [list(NUDGES)],
    )


@dataclass
class Found:
    """What a scenario came to."""

    states: Mapping[tuple[str, str], NudgeState]
    deliveries: Mapping[str, int]
    duplicates: int
    silent_losses: int

    def counts(self) -> Counter[str]:
        return Counter(state.state for state in self.states.values())


@dataclass
class Stage:
    """Where scenarios take place, one after the other. `template` is a folder with a ledger that is opened.

    One connection stays open while everything happens in this process, which makes all others cheap; it is
    closed while other processes need the file.
    """

    template: Path
    folder: Path
    stand_in: StandIn
    children: Children
    clock: FakeClock = field(default_factory=FakeClock)
    strategy: str = "none"
    path: Path = Path()
    _number: int = 0
    _keeper: duckdb.DuckDBPyConnection | None = None

    def begin(self, strategy: str) -> None:
        """A fresh ledger, and a provider without memory."""
        self.end()
        home = self.folder / f"home-{self._next()}"
        shutil.copytree(self.template, home)
        self.path = home / "warehouse.duckdb"
        self.strategy = strategy
        self.clock.now = START
        self.stand_in.forget()

    def end(self) -> None:
        """Leave nothing behind."""
        self.let_go()
        if self.path.parent.is_relative_to(self.folder):
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def let_go(self) -> None:
        """Let other processes have the file."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    def _kept(self) -> duckdb.DuckDBPyConnection:
        if self._keeper is None:
            self._keeper = duckdb.connect(str(self.path))
        return self._keeper

    def _next(self) -> int:
        self._number += 1
        return self._number

    def plan(
        self,
        *rows: Mapping[str, Any],
        fault: str = "ok",
        are_reads_faulty: bool = True,
        is_kept_open: bool = True,
    ) -> Tick:
        """A tick for which these rows are planned, not yet run. The provider is as it will find it."""
        self.stand_in.fault, self.stand_in.are_reads_faulty = fault, are_reads_faulty
        tick_id = f"tick-{self._next()}"
        common = {"tier": CHANNELS[self.strategy][1], "destination": NAME, "namespace": NAMESPACE}
        for row in rows:
            full = queue_row(**{"tick_id": tick_id, **common, **row})
            names = [name for name in QUEUE_COLUMNS if name in full]
            values = [
                to_stored(full[name]) if isinstance(full[name], datetime) else full[name] for name in names
            ]
            self._kept().execute(
                f"insert into onboarding.sync_nudge_queue ({', '.join(names)}) "
                f"values ({', '.join('?' for _ in names)})",
                values,
            )
        write_at = place_of(self.stand_in, fault)
        read_at = write_at if are_reads_faulty else place_of(self.stand_in, "ok")
        # Only who hangs is given up soon; on a busy machine a good answer may take its time.
        timeout_seconds = 0.3 if fault.startswith("hang") else 5.0
        return Tick(
            self.path, tick_id, self.clock(), self.strategy, write_at, read_at, timeout_seconds, is_kept_open
        )

    def hit(self, scenario: Scenario, *rows: Mapping[str, Any]) -> None:
        """The tick that is killed while the provider misbehaves towards what has an effect."""
        tick = self.plan(*rows, fault=scenario.fault, are_reads_faulty=False)
        self.let_go()
        codes = self.children.run((tick, Fate(scenario.point, scenario.passing)))
        assert codes == [KILLED], f"{scenario.name} was not killed: {codes}"

    def calm_tick(self, *rows: Mapping[str, Any], fault: str = "ok") -> None:
        """A tick that nothing happens to, in this process."""
        tick = self.plan(*rows, fault=fault)
        self._kept()
        tick.run(clock=self.clock)

    def recover(self, *rows: Mapping[str, Any], fault: str = "ok") -> None:
        """Ticks until nothing changes; the first one still meets the fault."""
        before: object = None
        for number, minutes in enumerate(RECOVERY_MINUTES):
            self.clock.pass_by(minutes=minutes)
            planned = [row for row in rows if self.is_planned(row)]
            self.calm_tick(*planned, fault=fault if number == 0 else "ok")
            now = {key: (state.state, state.last_seq, state.fence) for key, state in self.states().items()}
            if number and now == before and all(state in FINAL for state, _, _ in now.values()):
                return
            before = now

    def is_planned(self, row: Mapping[str, Any]) -> bool:
        """Would dbt plan what is in doubt under a key? Everything else is left to the ledger to refuse."""
        if self.strategy != "native_key":
            return True
        state = self.states().get((row["nudge_id"], row.get("action", "deliver")))
        if state is None or state.state != "uncertain":
            return True
        return state.not_before is not None and state.not_before <= self.clock()

    def states(self) -> dict[tuple[str, str], NudgeState]:
        self._kept()
        ledger = open_ledger(self.path, clock=self.clock)
        return {(state.nudge_id, state.action): state for state in ledger.states(NAMESPACE)}

    def found(self, wanted: Sequence[tuple[str, str]]) -> Found:
        """The result, with what every wanted (nudge, action) came to."""
        states = self.states()
        deliveries = dict(self.stand_in.deliveries)
        lost = [each for each in wanted if each not in states or states[each].state not in FINAL]
        vanished = [
            nudge_id
            for nudge_id, action in wanted
            if action == "deliver"
            and (nudge_id, action) in states
            and states[nudge_id, action].state == "sent"
            and deliveries.get(nudge_id, 0) == 0
        ]
        duplicates = sum(count - 1 for count in deliveries.values() if count > 1)
        return Found(states, deliveries, duplicates, len(lost) + len(vanished))


def play(stage: Stage, scenario: Scenario) -> Found:
    """Run a scenario to its end."""
    stage.begin(scenario.strategy)
    _PLAYS[scenario.action](stage, scenario)
    return stage.found(scenario.nudges)


def _deliver(stage: Stage, scenario: Scenario) -> None:
    stage.hit(scenario, *_ROWS)
    stage.recover(*_ROWS, fault=scenario.fault)


def _withdraw(stage: Stage, scenario: Scenario) -> None:
    shown = {"nudge_id": "a", "contact_id": "ada", "due_at": START - timedelta(hours=2)}
    stage.calm_tick(shown)
    if scenario.action == "withdraw_older":
        # A newer nudge has written its own value over it meanwhile.
        stage.calm_tick({"nudge_id": "b", "contact_id": "ada", "due_at": START - timedelta(hours=1)})
    stage.clock.pass_by(hours=1)
    withdrawal = shown | {"action": "withdraw"}
    stage.hit(scenario, withdrawal)
    stage.recover(withdrawal, fault=scenario.fault)


def _kill_twice(stage: Stage, scenario: Scenario) -> None:
    """What the first kill left in doubt is being settled when the second one comes."""
    stage.hit(replace(scenario, point="after_request_bytes"), *_ROWS)
    stage.clock.pass_by(minutes=12)
    stage.hit(replace(scenario, fault="ok"), *_ROWS)
    stage.recover(*_ROWS)


def _two_at_once(stage: Stage, scenario: Scenario) -> None:
    ticks = [stage.plan(*_ROWS, fault=scenario.fault, is_kept_open=False) for _ in range(2)]
    stage.let_go()
    codes = stage.children.run(*((tick, Fate()) for tick in ticks))
    assert set(codes) <= {FINISHED, HELD_BY_ANOTHER} and FINISHED in codes, codes
    stage.recover(*_ROWS, fault=scenario.fault)


def _oversleep(stage: Stage, scenario: Scenario) -> None:
    """A tick falls asleep at the point, another takes over and goes on for hours, then the first wakes."""
    asleep, wakes = stage.path.parent / "asleep", stage.path.parent / "wakes"
    sleeper = stage.plan(*_ROWS, fault=scenario.fault, is_kept_open=False)
    stage.let_go()
    slept = timedelta(minutes=sum(RECOVERY_MINUTES) + 1 + LEASE.total_seconds() // 60)
    stage.children.start((sleeper, Fate(scenario.point, 1, asleep, wakes, slept)))
    wait_for(asleep)
    stage.clock.pass_by(seconds=LEASE.total_seconds())
    stage.recover(*_ROWS)
    stage.let_go()
    wakes.touch()
    codes = stage.children.wait()
    assert codes in ([FINISHED], [LOST_ITS_LEASE]), codes
    stage.clock.now = START + slept
    stage.recover(*_ROWS)


_PLAYS: Mapping[str, Callable[[Stage, Scenario], None]] = {
    "deliver": _deliver,
    "withdraw": _withdraw,
    "withdraw_older": _withdraw,
    "kill_twice": _kill_twice,
    "two_at_once": _two_at_once,
    "oversleep": _oversleep,
}


def problems(stage: Stage, scenario: Scenario, found: Found) -> list[str]:
    """What must not be, in sentences."""
    wrong: list[str] = []
    if found.duplicates:
        wrong.append(f"delivered more than once: {found.deliveries}")
    if found.silent_losses:
        wrong.append("lost without a trace")
    is_refused = scenario.fault == REFUSED_FOR_GOOD
    for (nudge_id, action), state in found.states.items():
        if state.state == "needs_review" and scenario.strategy != "none":
            wrong.append(
                f"{nudge_id} ({action}) went to review under {scenario.strategy}: {state.reason_code}"
            )
        if state.state == "dead" and not is_refused:
            wrong.append(f"{nudge_id} ({action}) died: {state.reason_code}")
        if action == "deliver" and scenario.strategy != "none":
            expected = 0 if state.state == "dead" else 1
            if found.deliveries.get(nudge_id, 0) != expected:
                wrong.append(
                    f"{nudge_id} is {state.state} and was delivered {found.deliveries.get(nudge_id, 0)} times"
                )
    if scenario.action == "withdraw" and found.states["a", "withdraw"].state == "sent":
        shown = (
            stage.stand_in.values.get("ada")
            if scenario.strategy == "state_set"
            else stage.stand_in.members["a"]
        )
        if shown:
            wrong.append(f"withdrawn and still shown: {shown!r}")
    if scenario.action == "withdraw_older" and stage.stand_in.values.get("ada") != "b":
        wrong.append(f"a newer nudge's value was cleared: {stage.stand_in.values!r}")
    return wrong
