"""What a run of the matrix comes to, printed below everything else.

A plugin of its own: the reports of all workers pass through the process that prints, and that one collects
nothing, so that it never sees the `conftest` of this folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

#: state of a nudge -> the word for it
_NAMED = {"sent": "sent", "dead": "dead", "needs_review": "review", "cancelled": "cancelled"}


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the sums, where any scenario was run."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return
    states, totals = _sums(terminal)
    if not totals["scenarios"]:
        return
    for strategy, counts in sorted(states.items()):
        told = ", ".join(f"{word} {counts[state]}" for state, word in _NAMED.items())
        others = sum(count for state, count in counts.items() if state not in _NAMED)
        terminal.write_line(f"{strategy:<10} {told}, other {others}")
    terminal.write_line(
        ", ".join(f"{name} {totals[name]}" for name in ("scenarios", "duplicates", "silent losses"))
    )


def _sums(terminal: pytest.TerminalReporter) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Per strategy how many nudges ended in which state, and the totals of all scenarios."""
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
