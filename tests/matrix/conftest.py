"""Where scenarios take place, and the sums that a run of them prints at its end."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.children import Children
from tests.matrix.scenarios import Stage, make_template
from tests.matrix.stand_in import StandIn

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all scenarios of this process; each begins with a fresh ledger."""
    # A file in memory survives a killed process as one on disk does; what a power cut does is not asked here.
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="matrix-", dir=place))
    make_template(folder / "template")
    children = Children()
    with StandIn() as stand_in:
        made = Stage(folder / "template", folder, stand_in, children)
        yield made
        made.end()
    children.close()
    shutil.rmtree(folder, ignore_errors=True)


# -- what a run comes to: reports of all workers pass through the process that prints


def _sums(terminal: pytest.TerminalReporter) -> tuple[dict[str, Counter[str]], Counter[str]]:
    states: dict[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for reports in terminal.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name != "matrix" or getattr(report, "when", "") != "call":
                    continue
                strategy, counts, duplicates, silent_losses = value
                states[strategy].update(counts)
                totals.update({"scenarios": 1, "duplicates": duplicates, "silent losses": silent_losses})
    return states, totals


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the sums below everything else, where any scenario was run because it was asked for."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or "matrix" not in config.option.markexpr:
        return
    states, totals = _sums(terminal)
    if not totals["scenarios"]:
        return
    for strategy, counts in sorted(states.items()):
        named = {"sent": "sent", "dead": "dead", "needs_review": "review", "cancelled": "cancelled"}
        told = ", ".join(f"{word} {counts[state]}" for state, word in named.items())
        others = sum(count for state, count in counts.items() if state not in named)
        terminal.write_line(f"{strategy:<10} {told}, other {others}")
    terminal.write_line(
        ", ".join(f"{name} {totals[name]}" for name in ("scenarios", "duplicates", "silent losses"))
    )
