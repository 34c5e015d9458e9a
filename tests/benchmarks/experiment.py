"""How long the readout of an experiment takes, and how it grows with the number of accounts.

python -m tests.benchmarks experiment [--accounts 1000000] [--rounds 3] [--folder D]

The frames are as the warehouse gives them (text ids, plans and segments, instants), the readout is the
whole of it: checks of the assignment with the hash of every account, all statistics, twelve past looks,
curves and growth. Each size runs in a process of its own, so that its peak memory is its own. Sizes grow by
fours; the ratio of times is printed beside that of n log n. Reading the frames out of DuckDB is measured
apart. Not a test.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from experiments.decision import Record
from experiments.design import Experiment
from experiments.epoch import Epoch
from experiments.readout import Observed, read_out

TARGET_SECONDS = 10.0
TARGET_GIB = 2.0
_START = datetime(2025, 1, 6, tzinfo=UTC)
_SALT = "ttfv-nudge-v1"
_EPOCHS = (Epoch(1, _START, 0.2), Epoch(2, _START + timedelta(days=180), 0.5))
_DAYS = 365
#: seven in ten arrive, log-normally with median 20 days; the treated need four fifths of that time
_ACCOUNTS = f"""
create table outcomes as
with drawn as (
    select 'account-' || range as account_id, {_DAYS} * random() as after_days, random() as arrives,
        sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) as normal, random() as other
    from range(?)
),
assigned as (
    select *, ('0x' || substr(md5('{_SALT}:' || account_id), 1, 8))::bigint % 10000 as bucket,
        case when after_days < 180 then 1 else 2 end as epoch
    from drawn
),
armed as (
    select *, case when bucket < case epoch when 1 then 2000 else 5000 end then 'treatment' else 'control' end
        as arm, {_DAYS} + 30 - after_days as watched_days
    from assigned
),
timed as (
    select *, case when arrives < 0.7
        then 20 * exp(0.9 * normal) * case arm when 'treatment' then 0.8 else 1 end else 1e9 end as took
    from armed
)
select account_id, bucket::integer as bucket, arm, epoch, least(took, watched_days) as duration_days,
    took <= watched_days as is_first_value_reached, watched_days,
    case when other < 0.3 then least(took, watched_days) / 3 end as days_to_first_slip,
    timestamp '2025-01-06' + to_microseconds((after_days * 86400000000)::bigint) as signed_up_at,
    false as is_held_out, other < 0.01 as has_unsubscribed, other > 0.998 as has_complained,
    other between 0.4 and 0.43 as has_churned,
    case when other < 0.5 then 'small' when other < 0.8 then 'middle' else 'large' end as segment,
    case when arrives < 0.3 then 'free' when arrives < 0.6 then 'team' else 'gold' end as plan,
    'default' as path_key, (1 + 200 * other)::bigint as seats
from timed
"""


def main() -> None:
    """Run the sizes from the command line and print their times, memory and growth."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks experiment")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:
        _say(json.dumps(_measured(chosen.one)))
        return
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        sizes = [max(1_000, chosen.accounts // divisor) for divisor in (64, 16, 4, 1)]
        results = [_best(Path(folder), size, chosen.rounds) for size in sizes]
    _tell(sizes, results)


def _best(folder: Path, accounts: int, rounds: int) -> dict[str, float]:
    path = folder / f"{accounts}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("select setseed(0.42)")
        connection.execute(_ACCOUNTS, [accounts])
    command = [sys.executable, "-m", "tests.benchmarks", "experiment", "--one", str(path)]
    runs = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    ]
    return min(runs, key=lambda run: run["seconds"])


def _measured(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    with duckdb.connect(str(path), read_only=True) as connection:
        outcomes = connection.execute("select * from outcomes").df()
        assignments = connection.execute("select account_id, bucket, arm, epoch from outcomes").df()
    read = time.perf_counter()
    processor = time.process_time()
    readout = read_out(
        Experiment("ttfv_nudge", _SALT, 60, 3, (_START + timedelta(days=400)).date()),
        _EPOCHS,
        Observed(outcomes, assignments, 0, outcomes.iloc[:0], _START + timedelta(days=_DAYS + 30)),
        Record(),
    )
    done = time.perf_counter()
    if readout.failures or readout.decision.interval is None:
        raise SystemExit(f"the readout is not whole: {readout.failures} {readout.decision.reasons}")
    return {
        "seconds": done - read,
        "processor_seconds": time.process_time() - processor,
        "reading_seconds": read - started,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "rows": len(readout.rows),
    }


def _tell(sizes: list[int], results: list[dict[str, float]]) -> None:
    _say(
        f"{'accounts':>10} {'seconds':>8} {'cpu':>7} {'reading':>8} {'peak GiB':>9} {'rows':>5}   "
        "growth / n log n"
    )
    before: tuple[int, float] | None = None
    for size, result in zip(sizes, results, strict=True):
        growth = ""
        if before is not None:
            factor = result["seconds"] / before[1]
            expected = size * math.log(size) / (before[0] * math.log(before[0]))
            growth = f"{factor:.2f} / {expected:.2f} = {factor / expected:.2f}"
        _say(
            f"{size:>10,} {result['seconds']:>8.2f} {result['processor_seconds']:>7.2f} "
            f"{result['reading_seconds']:>8.2f} {result['peak_gib']:>9.2f} {result['rows']:>5.0f}   {growth}"
        )
        before = (size, result["seconds"])
    last = results[-1]
    is_good = last["seconds"] < TARGET_SECONDS and last["peak_gib"] < TARGET_GIB
    _say(
        f"{'holds' if is_good else 'DOES NOT HOLD'}: {sizes[-1]:,} accounts in {last['seconds']:.1f} s of "
        f"{TARGET_SECONDS:g}, {last['peak_gib']:.2f} GiB of {TARGET_GIB:g}"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
