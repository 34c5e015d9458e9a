"""The histories that all engines are given, each as a few DuckDB files to load and build one after the
other.

A demo is what the pipeline is for; a generated history is what loaders do to it: rows that come late,
twice, without values, in other zones, under ids such as `NA`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dagster_project.demo.generator import generate as generate_demo
from tests.oracle.generator.load import load
from tests.oracle.generator.world import Options, generate
from tests.oracle.instants import DAY, at, datetime_of
from tests.oracle.policy import load_seeds
from tests.parsed_project import SHIPPED_PROJECT
from tests.properties.dbt_project_copy import DbtProjectCopy
from tests.properties.scenarios import Scenario

_DEMO_ENDS = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
_NASTY = Scenario("nasty", Options(seed=71, accounts=150, now=at("2026-03-29 01:00:00")))


@dataclass(frozen=True)
class History:
    """`steps` are (file, naive UTC instant of its build), in order; the later ones are incremental."""

    project: Path
    steps: tuple[tuple[Path, datetime], ...]


def a_demo(folder: Path) -> History:
    """60 accounts of the demo as of its end."""
    file = folder / "demo.duckdb"
    generate_demo(file, now=_DEMO_ENDS, accounts=60)
    return History(SHIPPED_PROJECT, ((file, _DEMO_ENDS.replace(tzinfo=None)),))


def a_nasty_one(folder: Path) -> History:
    """150 generated accounts around a change to summer time, as they had arrived at two instants."""
    DbtProjectCopy.parsed = None
    project = DbtProjectCopy(folder, _NASTY.seeds(load_seeds(SHIPPED_PROJECT / "seeds")))
    history = generate(_NASTY.options, project.seeds)
    now = _NASTY.options.now
    steps = []
    for number, until in enumerate((now - 5 * DAY, now)):
        file = folder / f"step_{number}.duckdb"
        load(file, history, until)
        steps.append((file, datetime_of(until)))
    return History(project.folder, tuple(steps))
