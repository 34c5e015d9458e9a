"""What a tick costs when a million accounts are watched and some 50,000 events are new; prints seconds and
peak memory.

python tests/benchmarks/million_accounts.py [--accounts 1000000] [--events 50000] [--warehouse FILE]

Generates the demo of that size as of yesterday (minutes), lets all but the newest events arrive that the
sources have received when it starts, runs a first tick, which sends what is due, lets those arrive, and times
the next tick as a process of its own. A warehouse that is given is used as it stands; its first tick has run,
and what its sources received since then arrives. Not a test.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.demo.feeder import release
from dagster_project.demo.generator import generate

_GENERATED_BEFORE = timedelta(hours=20)
_TICK = """
import resource, sys
from dagster_project.cli import main
try:
    main(["tick"])
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    sys.stderr.write(f"peak memory {peak:.2f} GiB\\n")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--warehouse", type=Path)
    chosen = parser.parse_args()
    if chosen.warehouse:
        measure(chosen.warehouse, until=datetime.now(UTC))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        began = time.perf_counter()
        now = datetime.now(UTC)
        generate(path, now=now - _GENERATED_BEFORE, accounts=chosen.accounts, cast=chosen.accounts)
        release(path, _instant_before(path, chosen.events, now))
        _say(f"generated in {time.perf_counter() - began:.0f} s")
        _say(f"first tick: {_tick(path)}")
        measure(path, until=now)


def measure(path: Path, until: datetime) -> None:
    """Let the rows arrive that the sources received until then, and time the tick that reads them."""
    arrived = release(path, until)
    told = _tick(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        accounts = connection.execute("select count(*) from onboarding.dim_accounts").fetchall()[0][0]
    _say(f"{accounts} accounts, {arrived} new rows: {told}")


def _instant_before(path: Path, events: int, now: datetime) -> datetime:
    """The instant after which so many of the demo's coming events are received until now."""
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select received_at from planted.future_events where received_at <= ? "
            "order by received_at desc limit 1 offset ?",
            [now.replace(tzinfo=None), events],
        ).fetchone()
    if row is None:
        sys.exit(f"the demo has fewer than {events} events for the last {_GENERATED_BEFORE}; add accounts")
    return row[0].replace(tzinfo=UTC)


def _tick(path: Path) -> str:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _TICK],
        env={**os.environ, "MILESTONE_AGENT_DUCKDB_PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    sent = next((line for line in done.stdout.splitlines() if line.startswith("senders")), "")
    peak = next(line for line in done.stderr.splitlines() if line.startswith("peak memory"))
    return f"{seconds:.1f} s, {peak}; {sent}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
