"""What the demo takes from the seeds: paths, event names, slip hours, delays and the experiment's hash.

Read from the csv files, so that a demo follows an edited path. Checking the seeds is not done here
(`milestone-agent validate` does), and nothing is computed with them here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.errors import Refused

DEFAULT_PATH = "default"
DEFAULT_HORIZON_DAYS = 60.0
SOURCES = ("segment", "amplitude", "mixpanel")


@dataclass(frozen=True)
class Step:
    """One milestone of one path, as the demo's product tracks it."""

    path_key: str
    milestone_order: int
    """1, 2, 3 ... along the path, whatever numbers the seed uses."""
    milestone_key: str
    event_text: str
    """The first spelling, as people write it."""
    event_slug: str
    """The last spelling, as Segment writes it."""
    expected_hours: float
    slip_hours: float
    is_business: bool
    is_integration: bool
    source_name: str
    """The event product that tracks this part of the product."""
    seed_order: int


@dataclass(frozen=True)
class Epoch:
    starts_at: str
    treatment_share: float


@dataclass(frozen=True)
class DemoPolicy:
    """The seeds' content that the generated world depends on."""

    steps: tuple[Step, ...]
    first_delay_hours: float
    second_delay_hours: float
    third_delay_hours: float
    salt: str
    holdout_share: float
    horizon_days: float
    epochs: tuple[Epoch, ...]
    names_on_paths: frozenset[str]
    """Every spelling: ordinary usage events must not be called so."""

    @property
    def path_keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.path_key for step in self.steps))

    def load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Temp tables `demo_steps` and `demo_epochs`, for the SQL that builds the world."""
        connection.execute(
            """create or replace temp table demo_steps (path_key varchar, milestone_order integer,
            milestone_key varchar, event_text varchar, event_slug varchar, expected_hours double,
                slip_hours double,
            is_business boolean, is_integration boolean, source_name varchar, seed_order integer)"""
        )
        connection.executemany(
            "insert into demo_steps values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [tuple(vars(step).values()) for step in self.steps],
        )
        connection.execute(
            "create or replace temp table demo_epochs (starts_at timestamp, treatment_share double)"
        )
        if self.epochs:
            connection.executemany(
                "insert into demo_epochs values (?::timestamp, ?)",
                [(epoch.starts_at, epoch.treatment_share) for epoch in self.epochs],
            )


def read_policy(seeds_dir: Path) -> DemoPolicy:
    """Read the four seeds that matter; raises `Refused` when one is missing or has no usable row."""
    rows = list(_rows(seeds_dir / "critical_path.csv"))
    steps = _steps(rows)
    if not any(step.path_key == DEFAULT_PATH for step in steps):
        raise Refused(
            f"{seeds_dir / 'critical_path.csv'} has no path called '{DEFAULT_PATH}', on which "
            "the demo's accounts onboard; add one or restore the shipped file."
        )
    tiers = {
        int(row["tier"]): float(row["delay_hours"])
        for row in _rows(seeds_dir / "nudge_policy.csv")
        if row["path_key"] == DEFAULT_PATH
    }
    delays = [tiers.get(tier, 24.0 * (tier - 1) + 1) for tier in (1, 2, 3)]
    experiment = next(_rows(seeds_dir / "experiments.csv"), {})
    key = experiment.get("experiment_key", "")
    return DemoPolicy(
        steps=steps,
        first_delay_hours=delays[0],
        second_delay_hours=delays[1],
        third_delay_hours=delays[2],
        salt=experiment.get("salt", ""),
        holdout_share=float(experiment.get("holdout_share") or 0),
        horizon_days=float(experiment.get("horizon_days") or DEFAULT_HORIZON_DAYS),
        epochs=tuple(
            Epoch(row["starts_at"], float(row["treatment_share"]))
            for row in _rows(seeds_dir / "experiment_epochs.csv")
            if row["experiment_key"] == key
        ),
        names_on_paths=frozenset(spelling for row in rows for spelling in _spellings(row["event_name"])),
    )


def _steps(rows: list[dict[str, str]]) -> tuple[Step, ...]:
    """Rank the milestones inside their path and give every third of the product to another event product."""
    ordered = sorted(
        rows, key=lambda row: (row["path_key"] != DEFAULT_PATH, row["path_key"], int(row["milestone_order"]))
    )
    events = list(dict.fromkeys(row["event_name"] for row in ordered))
    source_of = {name: SOURCES[place * len(SOURCES) // len(events)] for place, name in enumerate(events)}
    ranks: dict[str, int] = {}
    steps = []
    for row in ordered:
        path_key = row["path_key"]
        ranks[path_key] = ranks.get(path_key, 0) + 1
        spellings = _spellings(row["event_name"])
        steps.append(
            Step(
                path_key=path_key,
                milestone_order=ranks[path_key],
                milestone_key=row["milestone_key"],
                event_text=spellings[0],
                event_slug=spellings[-1],
                expected_hours=float(row["expected_hours"]),
                slip_hours=float(row["slip_hours"]),
                is_business=row.get("clock", "") == "business",
                is_integration="integration" in row["milestone_key"],
                source_name=source_of[row["event_name"]],
                seed_order=int(row["milestone_order"]),
            )
        )
    return tuple(steps)


def _spellings(event_name: str) -> list[str]:
    return [spelling.strip() for spelling in event_name.split("|") if spelling.strip()]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)
    except FileNotFoundError:
        raise Refused(f"The seed {path} is missing; restore it from git.") from None
