"""What new rows cost when there is a history: the product's models against a hand-written merge.

python -m tests.benchmarks increment [--rows 1000000] [--accounts N] [--new 500 5000 50000 500000]
                                     [--rounds 3] [--warehouse FILE]

Lets so many rows arrive, several times over, and after each arrival runs the product and the merge, each in a
process of its own; both states are compared at the end, and the merge with a rebuild. Seconds are of SQL.
All models of a tick are run. Not a test.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import by_hand, machine
from tests.benchmarks.generated_events import World, connected
from tests.benchmarks.machine import Table, say
from tests.benchmarks.product import MILESTONE_MODELS, of_models

NEW_ROWS = (500, 5_000, 50_000, 500_000)
JUDGED = 50_000
TARGET_OF_REBUILD, TARGET_OF_MERGE, TARGET_GIB = 0.05, 2.0, 3.0


def main() -> None:
    chosen = _arguments()
    if chosen.one:
        _one(Path(chosen.warehouse), chosen.one)
        return
    say(machine.described())
    accounts = chosen.accounts or max(1000, chosen.rows // 100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(chosen.warehouse or Path(folder) / "warehouse.duckdb")
        world = World(chosen.rows, accounts)
        if not path.exists():
            world.write(path)
        say(f"{chosen.rows:,} rows of {accounts:,} accounts")
        measure(path, world, chosen.new, chosen.rounds)


def measure(path: Path, world: World, sizes: list[int], rounds: int) -> None:
    table = Table()
    full = machine.in_a_process("tests.benchmarks.product", str(path), "full", "tick")
    table.add("full rebuild: milestone models", of_models(full["spent"], MILESTONE_MODELS), full["peak_mib"])
    table.add("full rebuild: whole tick", sum(full["spent"].values()), full["peak_mib"])
    _run(table, path, "by_hand", "full rebuild by hand")
    # The run after a full read compares the days of the overlap once.
    machine.in_a_process("tests.benchmarks.product", str(path), "slice", "tick")
    last = world.rows
    spent: dict[str, float] = {}
    for size in sizes:
        for _ in range(rounds):
            with connected(path) as connection:
                world.append(connection, last, last + size)
                connection.execute("checkpoint")
            last += size
            done = machine.in_a_process("tests.benchmarks.product", str(path), "slice", "tick")
            spent = done["spent"] if size == JUDGED else spent
            table.add(
                f"{size:,} new: milestone models",
                of_models(done["spent"], MILESTONE_MODELS),
                done["peak_mib"],
            )
            table.add(f"{size:,} new: whole tick", sum(done["spent"].values()), done["peak_mib"])
            _run(table, path, "merge", f"{size:,} new: merge by hand")
    table.tell(["full rebuild: milestone models", "full rebuild: whole tick"])
    _tell_where(spent)
    _compare(path)
    if JUDGED in sizes:
        _judge(table)


def _judge(table: Table) -> None:
    ours, whole = (table.least(f"{JUDGED:,} new: {what}") for what in ("milestone models", "whole tick"))
    machine.verdict(
        f"{JUDGED:,} new against the full rebuild, milestone models",
        ours / table.least("full rebuild: milestone models"), TARGET_OF_REBUILD,
    )  # fmt: skip
    machine.verdict(
        f"{JUDGED:,} new against the full rebuild, whole tick",
        whole / table.least("full rebuild: whole tick"), TARGET_OF_REBUILD,
    )  # fmt: skip
    merged = table.least(f"{JUDGED:,} new: merge by hand")
    machine.verdict(
        f"{JUDGED:,} new, milestone models against the merge by hand", ours / merged, TARGET_OF_MERGE, " x"
    )
    peak = max(peak for peaks in table.peaks.values() for peak in peaks)
    machine.verdict("peak memory", peak / 1024, TARGET_GIB, " GiB")


def _tell_where(spent: dict[str, float]) -> None:
    if spent:
        say(f"  where the SQL went with {JUDGED:,} new, s (last round, {sum(spent.values()):.2f} in all):")
        for name in sorted(spent, key=lambda each: -spent[each])[:10]:
            say(f"    {spent[name]:8.3f}  {name}")


def _compare(path: Path) -> None:
    with connected(path) as connection:
        different = by_hand.different_rows(connection, by_hand.STATE, by_hand.PRODUCT_STATE)
        connection.execute("create or replace table by_hand.merged as from by_hand.state")
        by_hand.rebuild(connection)
        different += by_hand.different_rows(connection, by_hand.STATE, "by_hand.merged")
    if different:
        sys.exit(f"the answers differ in {different} rows: nothing was compared")
    say("the product's state, the merged one and a rebuilt one are equal")


def _run(table: Table, path: Path, one: str, name: str) -> None:
    done = machine.in_a_process("tests.benchmarks", "increment", "--one", one, "--warehouse", str(path))
    table.add(name, done["seconds"], done["peak_mib"])


def _one(path: Path, name: str) -> None:
    with connected(path) as connection:
        began = time.perf_counter()
        by_hand.merge(connection) if name == "merge" else by_hand.rebuild(connection)
        machine.answer(seconds=time.perf_counter() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, help="by default one in a hundred rows")
    parser.add_argument("--new", type=int, nargs="+", default=list(NEW_ROWS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--warehouse", help="a file that was generated with these rows and accounts, or a new one"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()
