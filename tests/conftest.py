"""Which tests every run takes, and what all folders share.

Belongs here: the marker `full`. A plain run takes a slice; `-m full` runs the rest, `-m "full or not full"`
all. Also the one parse of the dbt project. Does not belong here: fixtures of one folder.
"""

import os

import pytest

from tests.parsed_project import ParsedProject, parse_once


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "full: what goes beyond the slice that every run takes (run with -m full)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full set out unless markers were chosen."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> ParsedProject:
    """The shipped dbt project as dbt understands it, parsed by the first worker that asks."""
    of_this_process = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return parse_once((of_this_process.parent if is_worker else of_this_process) / "parsed_project")
