"""What it costs to deliver honestly: claim, re-check, `attempting` and outcome per nudge, in milliseconds of
the wall clock and of the processor (which says more on a machine that is busy otherwise).

python -m tests.benchmarks ledger [--rounds 20] [--batch 50] [--history 100000] [--accounts 1200] [--folder D]

Every round is one batch of new nudges, delivered over HTTP to a stand-in on this machine that answers at
once; the file is opened and closed for every step, as in production. The re-check is timed twice: over a
table, as part of the rounds, and through the real view of dbt on a demo warehouse (`--accounts 0` leaves it
out). While a provider is called another process tries to open the file for writing, in every round; it also
tries during a transaction, to show that it would notice. Not a test.
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
from nudge_senders.queue import RecheckAnswer, open_recheck
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from tests.matrix.http_destination import NAME, HttpDestination, place_of
from tests.matrix.stand_in import StandIn
from tests.nudge_senders.world import World, queue_row

NAMESPACE = "prod/live"
TARGET_MS = 5.0
_VIEW_ROUNDS = 7
STEPS = ("claim", "append_attempting", "append_outcomes")
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
    """Seconds per step, on the wall and of the processor: a pair per passing."""

    spent: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def timed(self, name: str, work: Callable[..., _Answer]) -> Callable[..., _Answer]:
        def run(*arguments: Any, **options: Any) -> _Answer:
            began, worked = time.perf_counter(), time.process_time()
            try:
                return work(*arguments, **options)
            finally:
                self.spent[name].append((time.perf_counter() - began, time.process_time() - worked))

        return run

    def milliseconds(self, name: str, nudges: int) -> tuple[float, float]:
        """Per nudge, on the wall and of the processor."""
        sums = (sum(pair[place] for pair in self.spent[name]) for place in (0, 1))
        wall, processor = (seconds / nudges * 1000 for seconds in sums)
        return wall, processor


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
    """Times its calls and has the file probed during the first one of every round."""

    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    probe: Probe | None = None

    def call(self, request: Request) -> Response:
        if self.probe is not None:
            probe, self.probe = self.probe, None
            probe.said.append(self.stopwatch.timed("probe", probe.ask)())
        return self.stopwatch.timed("provider", super().call)(request)


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
        _say(f"{machine}, load {os.getloadavg()[0]:.1f}")
        _say(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}")
        view_ms = _view_milliseconds(Path(folder) / "demo", options) if options.accounts else None
        _measure(Path(folder) / "ledger", options, view_ms)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--history", type=int, default=100_000, help="entries that the ledger holds already")
    parser.add_argument("--accounts", type=int, default=1200, help="of the demo behind the real re-check")
    parser.add_argument("--folder", type=Path, help="where the files lie; by default that for temporary ones")
    return parser.parse_args()


# -- the rounds


def _measure(home: Path, options: argparse.Namespace, view_ms: Pair | None) -> None:
    world = World(home, namespace=NAMESPACE, is_kept_open=False)
    world.query(_HISTORY, [NAMESPACE, options.history])
    world.ledger.open_namespace(NAMESPACE, who="a person")
    stopwatch = Stopwatch()
    ledger = open_ledger(world.path, clock=system_clock)
    for step in STEPS:
        setattr(ledger, step, stopwatch.timed(step, getattr(ledger, step)))
    recheck = stopwatch.timed("recheck", open_recheck(world.path))
    with StandIn() as stand_in, Probe(world.path) as probe:
        place = place_of(stand_in, "ok")
        destination = WatchedDestination("native_key", place, place, system_clock, stopwatch=stopwatch)
        for number in range(options.rounds):
            destination.probe = probe
            _round(world, ledger, destination, recheck, number, options.batch, stopwatch)
        delivered = sum(stand_in.deliveries.values())
        with duckdb.connect(str(world.path)):
            control = probe.ask()
    if delivered != options.rounds * options.batch:
        sys.exit(f"{delivered} deliveries of {options.rounds * options.batch}: nothing was measured")
    _report(stopwatch, options, view_ms)
    _say(f"file during a provider's call, tried by another process: {_counted(probe.said)}")
    _say(f"file during a transaction of ours, to compare: {control}")
    if set(probe.said) != {"open"} or control != "held":
        sys.exit("the file was held during a call, or the probe cannot tell")


def _round(
    world: World,
    ledger: Ledger,
    destination: WatchedDestination,
    recheck: Callable[..., Mapping[str, RecheckAnswer]],
    number: int,
    batch: int,
    stopwatch: Stopwatch,
) -> None:
    """Deliver one batch."""
    nudge_ids = [f"r{number}-{each}" for each in range(batch)]
    world.query(
        "insert into onboarding_intermediate.int_nudges_rechecked select unnest(?), true, null", [nudge_ids]
    )
    now = system_clock()
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id=f"round-{number}", tick_at=now, time_to_live=timedelta(minutes=10)
    )
    rows = [
        queue_row(nudge_id, lease.tick_id, namespace=NAMESPACE, destination=NAME) for nudge_id in nudge_ids
    ]

    class Queue:
        def rows(self, **_: str) -> Sequence[Mapping[str, Any]]:
            return rows

    stopwatch.timed("whole", deliver_channel)(
        "email",
        lease=lease,
        ledger=ledger,
        queue=Queue(),
        recheck=recheck,
        destinations=Registry({NAME: destination}, True),
        settings=SenderSettings(namespace=NAMESPACE, home=world.home),
        clock=system_clock,
    )
    ledger.release_lease(lease)


def _report(stopwatch: Stopwatch, options: argparse.Namespace, view: Pair | None) -> None:
    """Milliseconds per nudge over all rounds."""
    nudges = options.rounds * options.batch
    taken = {name: stopwatch.milliseconds(name, nudges) for name in stopwatch.spent}
    lines = {
        "claim": taken["claim"],
        "re-check, over a table": taken["recheck"],
        "attempting": taken["append_attempting"],
        "outcome": taken["append_outcomes"],
    }
    if view is not None:
        lines["re-check, the view of dbt"] = view
    counted = [taken[step] for step in STEPS] + [taken["recheck"] if view is None else view]
    total = (sum(pair[0] for pair in counted), sum(pair[1] for pair in counted))
    # Of a round everything but calls and probe: trust, halts, rendering and hashing as well.
    ours = taken["whole"][0] - taken["provider"][0] - taken["probe"][0]
    _say(f"{options.rounds} batches of {options.batch} nudges after {options.history} entries; ms per nudge:")
    _say(f"  {'':<28}{'wall':>8}{'processor':>11}")
    for name, (wall, processor) in lines.items():
        _say(f"  {name:<28}{wall:8.3f}{processor:11.3f}")
    _say(f"  {'sum':<28}{total[0]:8.3f}{total[1]:11.3f}")
    _say(f"  {'of the target, ' + str(TARGET_MS):<28}{total[0] / TARGET_MS:8.2f}{total[1] / TARGET_MS:11.2f}")
    _say(f"  {'all of ours in a round':<28}{ours:8.3f}")
    _say(f"  {'the call of the provider':<28}{taken['provider'][0]:8.3f}")
    _say(f"  {'ours to theirs':<28}{ours / taken['provider'][0]:8.2f}")
    _say("within the target" if total[0] < TARGET_MS else "over the target")


# -- the real re-check


def _view_milliseconds(home: Path, options: argparse.Namespace) -> Pair:
    """Per nudge, through the view of dbt, for a batch of what a first tick of a demo wants to send."""
    from dagster_project.demo.generator import generate

    home.mkdir()
    path = home / "warehouse.duckdb"
    generate(path, now=datetime.now(UTC), accounts=options.accounts)
    environment = {**os.environ, "MILESTONE_AGENT_DUCKDB_PATH": str(path), "MILESTONE_AGENT_HALT": "1"}
    command = [sys.executable, "-c", "from dagster_project.cli import main; main(['tick'])"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the tick of the demo failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select nudge_id from onboarding.sync_nudge_queue order by nudge_id"
        ).fetchall()
    nudge_ids = [row[0] for row in rows][: options.batch]
    if not nudge_ids:
        sys.exit("the demo wants to send nothing: add accounts")
    if len(nudge_ids) < options.batch:
        _say(f"the demo wants to send {len(nudge_ids)} only; its re-check is divided by as many")
    stopwatch, recheck = Stopwatch(), open_recheck(path)
    for _ in range(_VIEW_ROUNDS):
        answers = stopwatch.timed("view", recheck)(nudge_ids)
        if set(answers) != set(nudge_ids):
            sys.exit("the re-check answered for other nudges than it was asked about")
    return stopwatch.milliseconds("view", _VIEW_ROUNDS * len(nudge_ids))


def _counted(said: Sequence[str]) -> str:
    return ", ".join(f"{word} {said.count(word)} of {len(said)}" for word in sorted(set(said)))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
