"""What a tick costs when a million accounts are watched and some 50,000 events are new; prints seconds and
peak memory.

python tests/benchmarks/million_accounts.py [--accounts 1000000] [--new-events 50000] [--warehouse FILE]

Generates the demo of that size (minutes), runs a first tick over all of it, lets events arrive, and times the
next one, as a process of its own. A warehouse that is given is used as it stands; its first tick has run.
Not a test.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.demo.feeder import release
from dagster_project.demo.generator import generate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--new-events", type=int, default=50_000)
    parser.add_argument("--warehouse", type=Path)
    chosen = parser.parse_args()
    if chosen.warehouse:
        measure(chosen.warehouse, chosen.new_events)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        generate(path, now=datetime.now(UTC), accounts=chosen.accounts)
        sys.stdout.write(f"first tick: {seconds_of_tick(path):.1f} s\n")
        measure(path, chosen.new_events)


def measure(path: Path, wanted: int) -> None:
    arrived, moment = 0, datetime.now(UTC)
    while arrived < wanted:
        rows = release(path, moment)
        if not rows and moment > datetime.now(UTC) + timedelta(days=2):
            break
        arrived += rows
        moment += timedelta(minutes=5)
    seconds = seconds_of_tick(path)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 / 1024
    with duckdb.connect(str(path), read_only=True) as connection:
        accounts = connection.execute("select count(*) from onboarding.dim_accounts").fetchall()[0][0]
    told = f"{accounts} accounts, {arrived} new rows: {seconds:.1f} s, peak memory {peak:.2f} GiB\n"
    sys.stdout.write(told)


def seconds_of_tick(path: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from dagster_project.cli import main; main(['tick'])"],
        env={**os.environ, "MILESTONE_AGENT_DUCKDB_PATH": str(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
