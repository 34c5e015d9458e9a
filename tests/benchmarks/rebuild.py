"""A full rebuild of the milestone state by the product's models, against hand-written SQL of the same answer.

python -m tests.benchmarks rebuild [--rows 1000000] [--accounts N] [--rounds 3] [--warehouse FILE]

Every contender is a process of its own, in turn, so that a slow phase of the machine hits all of them;
seconds are those of SQL, dbt's parsing and logging left out. The product answers more than the hand-written
query (who is behind an event, who was active when), which is told apart. Not a test.
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
from tests.benchmarks.product import MILESTONE_MODELS, OTHER_SCANS, of_models

TARGET_RATIO = 2.0
TARGET_GIB = 3.0
PRODUCT = "product: milestone models"
BY_HAND = "by hand"
SCAN = "scan of the four columns"


def main() -> None:
    chosen = _arguments()
    if chosen.one is not None:
        _one(Path(chosen.warehouse), chosen.one)
        return
    say(machine.described())
    accounts = chosen.accounts or max(1000, chosen.rows // 100)
    if chosen.warehouse:
        measure(Path(chosen.warehouse), chosen.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        began = time.perf_counter()
        World(chosen.rows, accounts).write(path)
        say(f"{chosen.rows:,} rows of {accounts:,} accounts, written in {time.perf_counter() - began:.0f} s")
        measure(path, chosen.rounds)


def measure(path: Path, rounds: int) -> Table:
    table = Table()
    spent: dict[str, float] = {}
    for _ in range(rounds):
        for name in ("scan", "by_hand"):
            done = machine.in_a_process(
                "tests.benchmarks", "rebuild", "--one", name, "--warehouse", str(path)
            )
            table.add(SCAN if name == "scan" else BY_HAND, done["seconds"], done["peak_mib"])
        done = machine.in_a_process("tests.benchmarks.product", str(path), "full", "milestones")
        spent = done["spent"]
        table.add(PRODUCT, of_models(spent, MILESTONE_MODELS), done["peak_mib"])
        table.add("product: and everything that they need", sum(spent.values()), done["peak_mib"])
        table.add("product: the same with dbt", done["wall"], done["peak_mib"])
    table.tell([BY_HAND, SCAN])
    say("  where the product's last round went, s:")
    for name in sorted(spent, key=lambda each: -spent[each])[:8]:
        say(f"    {spent[name]:8.2f}  {name}{' (another answer)' if name in OTHER_SCANS else ''}")
    with connected(path, read_only=True) as connection:
        different = by_hand.different_rows(connection, by_hand.STATE, by_hand.PRODUCT_STATE)
        rows = connection.execute(f"select count(*) from {by_hand.STATE}").fetchall()[0][0]
    if different:
        sys.exit(f"the answers differ in {different} rows: nothing was compared")
    say(f"both answers are equal: {rows:,} milestones of accounts")
    machine.verdict(
        "milestone models against hand-written SQL",
        table.least(PRODUCT) / table.least(BY_HAND),
        TARGET_RATIO,
        " x",
    )
    machine.verdict("peak memory", max(table.peaks[PRODUCT]) / 1024, TARGET_GIB, " GiB")
    return table


def _one(path: Path, name: str) -> None:
    with connected(path) as connection:
        began = time.perf_counter()
        if name == "scan":
            connection.execute(by_hand.SCAN).fetchall()
        else:
            by_hand.rebuild(connection)
        machine.answer(seconds=time.perf_counter() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, help="by default one in a hundred rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warehouse", help="generated before; it is rebuilt in place")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()
