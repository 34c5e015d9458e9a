"""Which tests every run takes, and what all folders share.

Belongs here: the markers `full`, `matrix`, `engines` and `simulation`, and the one parse of the dbt
project. A plain run takes a slice; `-m` with one of these runs the rest, `-m "full or not full"` all. Does
not belong here: fixtures of one folder.
"""

import os
from pathlib import Path

import pytest

from tests.experiments import figures
from tests.matrix import sums
from tests.parsed_project import ParsedProject, parse_once

#: Their tests run the whole dbt project, some of them many times.
SLOW_FOLDERS = frozenset({"dbt", "end_to_end", "kpis", "care", "properties"})


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and have what is asked for say what it came to."""
    config.addinivalue_line(
        "markers", "full: what goes beyond the slice that every run takes (run with -m full)"
    )
    config.addinivalue_line(
        "markers",
        "simulation: the rules of analysis on thousands of simulated experiments (run with -m simulation)",
    )
    if "matrix" in config.option.markexpr:
        config.pluginmanager.register(sums, "sums_of_the_matrix")
    if "simulation" in config.option.markexpr:
        config.pluginmanager.register(figures, "figures_of_the_simulations")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full set out unless markers were chosen, and begin with what takes longest."""
    if not config.option.markexpr:
        left_out = [item for item in items if _is_left_out(item)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not _is_left_out(item)]
    items[:] = _longest_first(items)


def _longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Two workers get a half of the tests each: slow files, whole, begin both halves, so that neither
    worker is left with one at the end."""
    slow = list(dict.fromkeys(_told_together(item) for item in items if item.path.parts[-2] in SLOW_FOLDERS))
    others = [item for item in items if _told_together(item) not in slow]
    halves: list[pytest.Item] = []
    for first in (0, 1):
        halves += [item for group in slow[first::2] for item in items if _told_together(item) == group]
        halves += others[: len(others) // 2] if first == 0 else others[len(others) // 2 :]
    return halves


def _told_together(item: pytest.Item) -> Path:
    """A file, or the folder whose tests share one story."""
    return item.path.parent if item.path.parts[-2] in {"kpis", "care"} else item.path


def _is_left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("full"):
        return True
    is_sliced = any(item.get_closest_marker(name) for name in ("engines", "matrix", "simulation"))
    return is_sliced and item.get_closest_marker("slice") is None


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> ParsedProject:
    """The shipped dbt project as dbt understands it, parsed by the first worker that asks."""
    of_this_process = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return parse_once((of_this_process.parent if is_worker else of_this_process) / "parsed_project")
