"""Which tests every run takes, and what all folders share.

Belongs here: the markers `full`, `matrix`, `engines` and `simulation`, and the one parse of the dbt project.
A plain run takes a slice; `-m` with one of these runs the rest, `-m "full or not full"` all. Does not belong
here: fixtures of one folder.
"""

import os

import pytest

from tests.experiments import figures
from tests.matrix import sums
from tests.parsed_project import ParsedProject, parse_once

#: Of one test with the fixtures that it is first to ask for. The longest builds the project twice, with all
#: of its tests. Snowflake's connector alone asks for ten minutes again where its service fails.
SECONDS_ON_AN_ENGINE = 1800


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
    """Leave the full set out unless markers were chosen, and let nothing wait for an engine without end."""
    for item in items:
        if item.get_closest_marker("engines"):
            item.add_marker(pytest.mark.timeout(SECONDS_ON_AN_ENGINE))
    if not config.option.markexpr:
        left_out = [item for item in items if _is_left_out(item)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not _is_left_out(item)]


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
