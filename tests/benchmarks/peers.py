"""The same question to other tools, on the same events: when did each account first reach each milestone?

python -m tests.benchmarks peers [--rows 1000000] [--accounts N] [--rounds 3] [--warehouse FILE]

Everybody answers in a process of its own, in turn: the product's models and hand-written SQL on the raw table
in DuckDB, the others (and the same SQL again) on a Parquet file of it. The answers are compared where a tool
gives first instants; what it cannot say is told. At the end the question is asked again with new rows, which
the product adds to its state and the others would answer by reading everything once more. Not a test. Needs
the group of dependencies `engines`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks import by_hand, machine
from tests.benchmarks.generated_events import MILESTONE_EVENTS, World, connected
from tests.benchmarks.machine import Table, say
from tests.benchmarks.product import MILESTONE_MODELS, of_models

PRODUCT, BY_HAND = "product: milestone models", "DuckDB by hand"
NEW_ROWS = 50_000
AGAIN = f"product: again, {NEW_ROWS:,} rows later"
TARGET_OF_HAND = 1.5
#: A peer that takes longer is given up: its rows multiply.
PATIENCE_SECONDS = 60.0
#: Imported before the clock starts.
LIBRARIES = {"polars", "pandas", "chdb"}
Done = dict[str, Any]


def duckdb_on_parquet(path: Path) -> Done:
    with connected(Path(":memory:")) as connection:
        rows = connection.execute(
            f"select count(*) from ({by_hand.FIRST_TIMES_OF_EVENTS.format(source=_read(path))})"
        )
        return {"milestones": rows.fetchall()[0][0]}


def duckdb_self_joins(path: Path) -> Done:
    """Step i joined to step i - 1 by account and time, as dbt packages for funnels write it."""
    steps = [f"step_0 as (select context_group_id as a, \"timestamp\" as at from {_read(path)} where event = "
             f"'{MILESTONE_EVENTS[0]}')"]  # fmt: skip
    for number, name in enumerate(MILESTONE_EVENTS[1:], start=1):
        steps.append(
            f'step_{number} as (select e.context_group_id as a, e."timestamp" as at from {_read(path)} as e '
            f'inner join step_{number - 1} as s on e.context_group_id = s.a and s.at <= e."timestamp" '
            f"where e.event = '{name}')"
        )
    counts = " union all ".join(
        f"select {number}, count(distinct a) from step_{number}" for number in range(len(steps))
    )
    with connected(Path(":memory:")) as connection:
        found = connection.execute(f"with {', '.join(steps)} {counts} order by 1").fetchall()
        return {"accounts by step in order": [count for _, count in found]}


def polars_lazy(path: Path) -> Done:
    import polars as pl

    found = (
        pl.scan_parquet(path)
        .filter(pl.col("event").is_in(list(MILESTONE_EVENTS)))
        .filter(pl.col("timestamp") <= pl.col("received_at") + pl.duration(minutes=15))
        .group_by("context_group_id", "event")
        .agg(pl.col("timestamp").min(), pl.col("received_at").min())
        .collect(engine="streaming")
    )
    return {"milestones": found.height}


def pandas_groups(path: Path) -> Done:
    import pandas as pd

    frame = pd.read_parquet(path, columns=["context_group_id", "event", "timestamp", "received_at"])
    frame = frame[frame["event"].isin(MILESTONE_EVENTS)]
    frame = frame[frame["timestamp"] <= frame["received_at"] + pd.Timedelta(minutes=15)]
    found = frame.groupby(["context_group_id", "event"], sort=False)[["timestamp", "received_at"]].min()
    return {"milestones": len(found)}


def chdb_first_times(path: Path) -> Done:
    names = ", ".join(f"'{name}'" for name in MILESTONE_EVENTS)
    sql = f"""
        select count() from (
            select context_group_id, event, min(timestamp), min(received_at) from file('{path}', Parquet)
            where event in ({names}) and timestamp <= received_at + interval 15 minute
            group by context_group_id, event
        )
    """
    return {"milestones": int(_chdb(sql))}


def chdb_window_funnel(path: Path) -> Done:
    """ClickHouse's own funnel: how far each account came in order, within 180 days of its first step."""
    steps = ", ".join(f"event = '{name}'" for name in MILESTONE_EVENTS)
    names = ", ".join(f"'{name}'" for name in MILESTONE_EVENTS)
    sql = f"""
        select groupArray(n) from (
            select depth, count() as n from (
                select windowFunnel(15552000)(toDateTime(timestamp), {steps}) as depth
                from file('{path}', Parquet) where event in ({names}) group by context_group_id
            ) group by depth order by depth
        )
    """
    return {"accounts by depth": _chdb(sql)}


def _chdb(sql: str) -> str:
    import chdb

    return str(chdb.query(sql, "TabSeparated")).strip()


def _read(path: Path) -> str:
    return f"read_parquet('{path}')"


_ALL = "first instant and first load of every step, any order, skipped steps"
#: name -> (work, what it says per account, what it cannot say, is it SQL)
PEERS: dict[str, tuple[Callable[[Path], Done], str, str, bool]] = {
    "DuckDB by hand, on Parquet": (duckdb_on_parquet, _ALL, "increments and tests are yours to write", True),
    "polars, streaming": (polars_lazy, _ALL, "not in the warehouse; no increments", False),
    "pandas": (pandas_groups, _ALL, "not in the warehouse; all four columns in memory", False),
    "chdb, minima": (chdb_first_times, _ALL, "increments need a table of its own", True),
    "chdb, windowFunnel": (
        chdb_window_funnel, "depth reached in order",
        "instants, skipped steps, accounts out of order, fractions of a second", True
    ),
    "self-joins, as dbt packages": (
        duckdb_self_joins, "nothing: accounts per step",
        "instants per account, skipped steps; rows multiply", True
    ),
}  # fmt: skip


def main() -> None:
    chosen = _arguments()
    if chosen.one:
        for library in LIBRARIES & set(chosen.one.replace(",", "").split()):
            import_module(library)
        began = time.perf_counter()
        done = PEERS[chosen.one][0](Path(chosen.warehouse))
        machine.answer(seconds=time.perf_counter() - began, **done)
        return
    say(machine.described())
    accounts = chosen.accounts or max(1000, chosen.rows // 100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(chosen.warehouse or Path(folder) / "warehouse.duckdb")
        if not path.exists():
            World(chosen.rows, accounts).write(path)
        parquet = Path(folder) / "tracks.parquet"
        with connected(path, read_only=True) as connection:
            connection.execute(f"copy segment.tracks to '{parquet}' (compression zstd)")
        mib = parquet.stat().st_size / 2**20
        say(f"{chosen.rows:,} rows of {accounts:,} accounts, {mib:.0f} MiB as Parquet")
        measure(path, parquet, World(chosen.rows, accounts), chosen.rounds)


def measure(path: Path, parquet: Path, world: World, rounds: int) -> None:
    table = Table()
    said: dict[str, Done] = {}
    given_up: set[str] = set()
    for _ in range(rounds):
        done = machine.in_a_process("tests.benchmarks.product", str(path), "full", "milestones")
        table.add(PRODUCT, of_models(done["spent"], MILESTONE_MODELS), done["peak_mib"])
        done = machine.in_a_process(
            "tests.benchmarks", "rebuild", "--one", "by_hand", "--warehouse", str(path)
        )
        table.add(BY_HAND, done["seconds"], done["peak_mib"])
        for name in (each for each in PEERS if each not in given_up):
            arguments = ("peers", "--one", name, "--warehouse", str(parquet))
            try:
                done = machine.in_a_process("tests.benchmarks", *arguments, timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                given_up.add(name)
                said[name] = {"not finished within seconds": PATIENCE_SECONDS}
                continue
            table.add(name, done["seconds"], done["peak_mib"])
            said[name] = done
    _compare(path, said)
    _ask_again(table, path, world, rounds)
    table.tell([BY_HAND])
    for name, (_, gives, lacks, _) in PEERS.items():
        told = {key: value for key, value in said[name].items() if key not in ("seconds", "peak_mib")}
        say(f"  {name}: {told}\n    gives {gives}; lacks {lacks}")
    machine.verdict(
        "product against hand-written SQL", table.least(PRODUCT) / table.least(BY_HAND), TARGET_OF_HAND, " x"
    )
    finished = [name for name, peer in PEERS.items() if peer[3] and name not in given_up]
    fastest = min(finished, key=table.least)
    for asked in (PRODUCT, AGAIN):
        machine.verdict(
            f"{asked}, against the fastest SQL peer ({fastest})",
            table.least(asked) / table.least(fastest),
            1,
            " x",
        )


def _compare(path: Path, said: Mapping[str, Done]) -> None:
    with connected(path, read_only=True) as connection:
        different = by_hand.different_rows(connection, by_hand.STATE, by_hand.PRODUCT_STATE)
        rows = connection.execute(f"select count(*) from {by_hand.STATE}").fetchall()[0][0]
    others = {done["milestones"] for done in said.values() if "milestones" in done}
    if different or others != {rows}:
        sys.exit(f"the answers differ: {different} rows of the product's, {others} against {rows}")
    say(f"whoever gives first instants gives the same {rows:,} milestones")


def _ask_again(table: Table, path: Path, world: World, rounds: int) -> None:
    # What was read is remembered by the models of a whole tick; the run after a full read compares the days
    # of the overlap once.
    for how in ("full", "slice"):
        machine.in_a_process("tests.benchmarks.product", str(path), how, "tick")
    for number in range(rounds):
        with connected(path) as connection:
            first = world.rows + number * NEW_ROWS
            world.append(connection, first, first + NEW_ROWS)
            connection.execute("checkpoint")
        done = machine.in_a_process("tests.benchmarks.product", str(path), "slice", "tick")
        table.add(AGAIN, of_models(done["spent"], MILESTONE_MODELS), done["peak_mib"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, help="by default one in a hundred rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warehouse", help="generated before")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()
