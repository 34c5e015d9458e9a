"""Whether the SQL of a tick grows with the history behind it: the same accounts, the same new rows, two
histories.

Run as `python -m tests.benchmarks tick --rows N`; told in `tick`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.generated_events import World, connected
from tests.benchmarks.machine import Table, say

SMALL_ROWS = 1_000_000
NEW_ROWS = 5_000
TARGET_GROWTH = 1.2
TARGET_GIB = 3.0


def measure(rows: int, accounts: int, rounds: int) -> None:
    """Ticks on both in turn, each after so many new rows; seconds of SQL, models one at a time."""
    table = Table()
    last_spent: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        worlds = {f"{size:,} rows": World(size, accounts) for size in (SMALL_ROWS, rows)}
        paths: dict[str, Path] = {}
        for name, world in worlds.items():
            paths[name] = Path(folder) / str(world.rows) / "warehouse.duckdb"
            paths[name].parent.mkdir()
            world.write(paths[name])
            # A full read, and the run after it, which compares the days of the overlap once.
            for how in ("full", "slice"):
                machine.in_a_process("tests.benchmarks.product", str(paths[name]), how, "tick")
        for number in range(rounds):
            for name, world in worlds.items():
                _arrive(world, paths[name], number)
                done = machine.in_a_process("tests.benchmarks.product", str(paths[name]), "slice", "tick")
                table.add(name, sum(done["spent"].values()), done["peak_mib"])
                last_spent[name] = done["spent"]
    small, large = worlds
    table.tell([small])
    _tell_growth(last_spent[small], last_spent[large])
    growth = table.least(large) / table.least(small)
    machine.verdict(
        f"SQL of a tick, {large} against {small} of {accounts:,} accounts", growth, TARGET_GROWTH, " x"
    )
    machine.verdict("peak memory", max(table.peaks[large]) / 1024, TARGET_GIB, " GiB")


def _arrive(world: World, path: Path, number: int) -> None:
    with connected(path) as connection:
        first = world.rows + number * NEW_ROWS
        world.append(connection, first, first + NEW_ROWS)


def _tell_growth(small: dict[str, float], large: dict[str, float]) -> None:
    say("  what grew most, s (last round):")
    grown = {name: seconds - small.get(name, 0.0) for name, seconds in large.items()}
    for name in sorted(grown, key=lambda each: -grown[each])[:8]:
        say(f"    {small.get(name, 0.0):8.3f} -> {large[name]:8.3f}  {name}")
