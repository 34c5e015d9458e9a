"""What a tick costs when a million accounts are watched and some 50,000 events are new; prints seconds and
peak memory.

python tests/benchmarks/million_accounts.py [--accounts 1000000] [--hours 5.5] [--warehouse FILE]

Generates the demo of that size as of some hours ago (minutes), runs a first tick over all of it, which sends
what is due, lets the events of the hours since arrive, and times the next tick as a process of its own. A
warehouse that is given is used as it stands; its first tick has run. Not a test.
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
    parser.add_argument("--hours", type=float, default=5.5)
    parser.add_argument("--warehouse", type=Path)
    chosen = parser.parse_args()
    if chosen.warehouse:
        measure(chosen.warehouse)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        began = time.perf_counter()
        generate(path, now=datetime.now(UTC) - timedelta(hours=chosen.hours), accounts=chosen.accounts)
        _say(f"generated in {time.perf_counter() - began:.0f} s")
        _say(f"first tick: {_tick(path)}")
        measure(path)


def measure(path: Path) -> None:
    arrived = release(path, datetime.now(UTC))
    told = _tick(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        accounts = connection.execute("select count(*) from onboarding.dim_accounts").fetchall()[0][0]
    _say(f"{accounts} accounts, {arrived} new rows: {told}")


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
