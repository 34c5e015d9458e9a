"""What the simulations came to, printed below everything else.

A plugin of its own, as `tests.matrix.sums` is: what a test prints is swallowed. A figure that was simulated
at two sizes is told once, with the more repetitions.
"""

from __future__ import annotations

from typing import cast

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line per figure, in the order of the tests."""
    figures: dict[str, tuple[int, str]] = {}
    for report in _reports(terminalreporter):
        for name, value in report.user_properties:
            if name != "figure":
                continue
            title, repetitions, text = cast(tuple[str, int, str], value)
            if repetitions >= figures.get(title, (0, ""))[0]:
                figures[title] = (repetitions, text)
    if not figures:
        return
    terminalreporter.section("simulations: what came out, its 95 % Monte Carlo interval, repetitions")
    width = max(len(title) for title in figures)
    for title, (_, text) in figures.items():
        terminalreporter.write_line(f"{title:<{width}}  {text}")


def _reports(terminal: pytest.TerminalReporter) -> list[pytest.TestReport]:
    return [
        report
        for reports in terminal.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
