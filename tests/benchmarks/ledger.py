"""What it costs to deliver honestly: claim, re-check and outcome per nudge, in milliseconds of the wall clock
and of the processor (which says more on a machine that is busy otherwise).

python -m tests.benchmarks ledger [--rounds 4] [--batches 10] [--batch 50] [--history 100000]
                                  [--accounts 1200] [--folder D]

Everything is as in production: the warehouse of a demo after a tick, its real re-check view, the ledger in
the same file with so many entries in it, the file opened and closed for every step, and deliveries over HTTP
to a stand-in on this machine that answers at once. The senders claim and ask again about a whole round (at
most 2000 nudges) at once, and commit `attempting` and outcomes per batch; so rounds are measured twice, of a
single batch, which has the fixed cost of a round to itself, and of several. In every batch another process
tries to open the file for writing while a provider is called; it also tries during a transaction, to show
that it would notice. Not a test.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb

from nudge_senders.clock import system_clock
from nudge_senders.delivery import deliver_channel
from nudge_senders.destination import Request, Response
from nudge_senders.ledger import Ledger, open_ledger
from nudge_senders.queue import open_recheck
from nudge_senders.registry import OUTBOX, Registry
from nudge_senders.settings import SenderSettings
from tests.matrix.http_destination import HttpDestination, place_of
from tests.matrix.stand_in import StandIn
from tests.nudge_senders.world import queue_row

NAMESPACE = "dev/shadow"
TARGET_MS = 5.0
_CHANNEL = "email"
#: what the senders call -> the line that it is part of
STEPS = {
    "claim": "claim",
    "recheck": "re-check",
    "append_attempting": "outcome",
    "append_outcomes": "outcome",
}
_ONCE = {"claim": "a round", "re-check": "a round", "outcome": "a batch"}
_HISTORY = """
insert into nudges.nudge_events (
    entry_id, ledger_id, namespace, nudge_id, action, kind, attempt, fence, seq, tick_id, recorded_at,
    account_id, cycle, milestone_key, tier, channel, destination, contact_id
)
select
    'h' || i, (select ledger_id from nudges.ledger_meta), ?, 'old-' || (i // 3), 'deliver',
    ['claimed', 'attempting', 'sent'][i % 3 + 1], 1, 0, i % 3, 'long-ago', timestamp '2026-01-01',
    'account-' || (i // 9), 1, 'integration_connected', 2, 'email', 'stand_in', 'contact-' || (i // 9)
from range(?) as numbers (i)
"""
#: Whatever the demo's first tick decided about them, these may be wanted now.
_ALL_WANTED = "update onboarding.fct_nudge_decisions set decision = 'send' where channel = ?"
_NONE_WANTED = "update onboarding.fct_nudge_decisions set decision = 'done' where decision = 'send'"
#: The plan of a round: decisions of the demo over and over, each time under an id of its own.
_PLAN = """
insert into onboarding.fct_nudge_decisions
select decisions.* replace ('send' as decision, plan.nudge_id as nudge_id)
from (select unnest(?) as nudge_id, unnest(?) as copied_id) as plan
inner join onboarding.fct_nudge_decisions as decisions on plan.copied_id = decisions.nudge_id
returning nudge_id, account_id, contact_id, milestone_key, cycle
"""
_PROBE = """
import sys, duckdb
for path in sys.stdin:
    try:
        duckdb.connect(path.strip()).close()
        answer = "open"
    except duckdb.Error as error:
        answer = "held" if "lock" in str(error) else repr(error)
    sys.stdout.write(answer + "\\n")
    sys.stdout.flush()
"""
_Answer = TypeVar("_Answer")
#: milliseconds on the wall and of the processor
Pair = tuple[float, float]


@dataclass
class Stopwatch:
    """Seconds per step, on the wall and of the processor, and how often it was passed."""

    spent: dict[str, list[Pair]] = field(default_factory=lambda: defaultdict(list))

    def timed(self, name: str, work: Callable[..., _Answer]) -> Callable[..., _Answer]:
        def run(*arguments: Any, **options: Any) -> _Answer:
            began, worked = time.perf_counter(), time.process_time()
            try:
                return work(*arguments, **options)
            finally:
                self.spent[name].append((time.perf_counter() - began, time.process_time() - worked))

        return run

    def milliseconds(self, name: str, nudges: int) -> Pair:
        """Per nudge, on the wall and of the processor."""
        wall, processor = (sum(pair[place] for pair in self.spent[name]) for place in (0, 1))
        return wall / nudges * 1000, processor / nudges * 1000


class Probe:
    """Another process that tries to open the file for writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: list[str] = []

    def __enter__(self) -> Probe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{self._path}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@dataclass
class WatchedDestination(HttpDestination):
    """Times its calls and has the file probed during the first one of every batch."""

    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    probe: Probe | None = None
    batch: int = 1
    calls: int = 0

    def call(self, request: Request) -> Response:
        if self.probe is not None and self.calls % self.batch == 0:
            self.probe.said.append(self.stopwatch.timed("probe", self.probe.ask)())
        self.calls += 1
        return self.stopwatch.timed("provider", super().call)(request)


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
        _say(f"{machine}, load {os.getloadavg()[0]:.1f}")
        _say(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}")
        path = Path(folder) / "warehouse.duckdb"
        _make_demo(path, options.accounts)
        copied = _wanted(path)
        with duckdb.connect(str(path)) as connection:
            connection.execute(_HISTORY, [NAMESPACE, options.history])
        _say(
            f"a demo of {options.accounts} accounts, {len(copied)} different nudges, "
            f"{options.history} entries in the ledger"
        )
        with StandIn() as stand_in, Probe(path) as probe:
            totals = [
                _measure(path, copied, stand_in, probe, rounds, batches, options.batch)
                for rounds, batches in ((options.rounds * 2, 1), (options.rounds, options.batches))
            ]
            with duckdb.connect(str(path)):
                control = probe.ask()
    _say(f"file during a provider's call, opened for writing by another process: {_counted(probe.said)}")
    _say(f"file during a transaction of ours, to compare: {control}")
    if set(probe.said) != {"open"} or control != "held":
        sys.exit("the file was held during a call, or the probe cannot tell")
    _say("the file was free during every provider's call that was looked at")
    _say(
        f"against {TARGET_MS} ms a nudge: one batch a round {_verdict(totals[0])}; "
        f"several {_verdict(totals[1])}; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )


def _verdict(total: Pair) -> str:
    by_wall, by_processor = ("within" if ms < TARGET_MS else "OVER" for ms in total)
    return f"{by_wall} by the wall, {by_processor} by the processor"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--batches", type=int, default=10, help="of a round that has several")
    parser.add_argument("--batch", type=int, default=50, help="nudges; the senders make it no larger than 50")
    parser.add_argument("--history", type=int, default=100_000, help="entries that the ledger holds already")
    parser.add_argument("--accounts", type=int, default=1200, help="of the demo")
    parser.add_argument("--folder", type=Path, help="where the files lie; by default that for temporary ones")
    return parser.parse_args()


# -- the warehouse


def _make_demo(path: Path, accounts: int) -> None:
    """A demo whose first tick is over and has sent nothing."""
    from dagster_project.demo.generator import generate

    generate(path, now=datetime.now(UTC), accounts=accounts, cast=accounts)
    environment = {**os.environ, "MILESTONE_AGENT_DUCKDB_PATH": str(path), "MILESTONE_AGENT_HALT": "1"}
    command = [sys.executable, "-c", "from dagster_project.cli import main; main(['tick'])"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the tick of the demo failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def _wanted(path: Path) -> list[str]:
    """Nudges to which the re-check does not object; the plan is empty afterwards."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_ALL_WANTED, [_CHANNEL])
        rows = connection.execute(
            "select nudge_id from onboarding_intermediate.int_nudges_rechecked where is_allowed order by 1"
        ).fetchall()
        connection.execute(_NONE_WANTED)
    if not rows:
        sys.exit("the demo has nothing to send: add accounts")
    return [row[0] for row in rows]


# -- the rounds


def _measure(
    path: Path,
    copied: Sequence[str],
    stand_in: StandIn,
    probe: Probe,
    rounds: int,
    batches: int,
    batch: int,
) -> Pair:
    """Deliver so many rounds of so many batches, print what that cost, and return its sum."""
    stopwatch = Stopwatch()
    ledger = open_ledger(path, clock=system_clock)
    for step in STEPS:
        if hasattr(ledger, step):
            setattr(ledger, step, stopwatch.timed(step, getattr(ledger, step)))
    recheck = stopwatch.timed("recheck", open_recheck(path))
    place = place_of(stand_in, "ok")
    before = sum(stand_in.deliveries.values())
    destination = WatchedDestination(
        "native_key", place, place, system_clock, name=OUTBOX, stopwatch=stopwatch, probe=probe, batch=batch
    )
    nudges = batches * batch
    for number in range(rounds):
        nudge_ids = [f"of-{nudges}-{number}-{each}" for each in range(nudges)]
        rows = _plan(path, nudge_ids, [copied[each % len(copied)] for each in range(nudges)])
        _round(path, ledger, destination, recheck, rows, stopwatch)
    delivered = sum(stand_in.deliveries.values()) - before
    if delivered != rounds * nudges:
        sys.exit(f"{delivered} deliveries of {rounds * nudges}: nothing was measured")
    return _report(stopwatch, rounds, batches, batch)


def _plan(path: Path, nudge_ids: Sequence[str], copied: Sequence[str]) -> list[dict[str, Any]]:
    """Have the nudges wanted and nothing else; returns what is known of them."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from onboarding.fct_nudge_decisions where decision = 'send'")
        planned = connection.execute(_PLAN, [nudge_ids, copied])
        names = [column[0] for column in planned.description]
        return [dict(zip(names, row, strict=True)) for row in planned.fetchall()]


def _round(
    path: Path,
    ledger: Ledger,
    destination: WatchedDestination,
    recheck: Callable[..., Any],
    planned: Sequence[Mapping[str, Any]],
    stopwatch: Stopwatch,
) -> None:
    """Deliver what is planned, in one round."""
    tick_id = f"round-{planned[0]['nudge_id']}"
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id=tick_id, tick_at=system_clock(), time_to_live=timedelta(minutes=10)
    )
    rows = [queue_row(tick_id=tick_id, **{**row, "namespace": NAMESPACE}) for row in planned]

    class Queue:
        def rows(self, **_: str) -> Sequence[Mapping[str, Any]]:
            return rows

    stopwatch.timed("whole", deliver_channel)(
        _CHANNEL,
        lease=lease,
        ledger=ledger,
        queue=Queue(),
        recheck=recheck,
        destinations=Registry({OUTBOX: destination}, False),
        settings=SenderSettings(namespace=NAMESPACE, home=path.parent),
        clock=system_clock,
    )
    ledger.release_lease(lease)


def _report(stopwatch: Stopwatch, rounds: int, batches: int, batch: int) -> Pair:
    """Print milliseconds per nudge over all rounds; returns their sum."""
    nudges = rounds * batches * batch
    if len(stopwatch.spent["append_attempting"]) != rounds * batches:
        sys.exit("the senders made other batches than those that were asked for")
    taken = {name: stopwatch.milliseconds(name, nudges) for name in stopwatch.spent}
    lines: dict[str, Pair] = {}
    for step, line in STEPS.items():
        wall, processor = lines.get(line, (0.0, 0.0))
        lines[line] = (wall + taken[step][0], processor + taken[step][1])
    total = (sum(pair[0] for pair in lines.values()), sum(pair[1] for pair in lines.values()))
    # Of a round everything but calls and probe: trust, halts, rendering and hashing as well.
    ours = taken["whole"][0] - taken["provider"][0] - taken["probe"][0]
    many = "one batch" if batches == 1 else f"{batches} batches"
    _say(f"\n{rounds} rounds of {many} of {batch}; ms a nudge:")
    _say(f"  {'':<44}{'wall':>8}{'processor':>11}")
    for name, (wall, processor) in lines.items():
        shared = batch if _ONCE[name] == "a batch" else batches * batch
        told = f"{name}, paid once {_ONCE[name]} of {shared}"
        _say(f"  {told:<44}{wall:8.3f}{processor:11.3f}")
    _say(f"  {'total':<44}{total[0]:8.3f}{total[1]:11.3f}")
    _say(f"  {'all of ours, rendering and stops included':<44}{ours:8.3f}")
    _say(f"  {'the call of the provider':<44}{taken['provider'][0]:8.3f}\n")
    return total


def _counted(said: Sequence[str]) -> str:
    return ", ".join(f"{word} {said.count(word)} of {len(said)}" for word in sorted(set(said)))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
