"""Builds a demo warehouse: the order of the steps, and the file that they build.

What the world looks like is in `stories`, `accounts`, `journeys`, `events` and `customers`; which of it the
summary is to find again is in `planted`. Times are naive UTC in the file, aware in Python.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.clock import naive_utc
from dagster_project.demo.accounts import Scale, draw_accounts, prepare_draws
from dagster_project.demo.customers import write_customers
from dagster_project.demo.effect import record_planted_effect
from dagster_project.demo.events import write_events
from dagster_project.demo.journeys import draw_journeys
from dagster_project.demo.marker import GENERATOR_VERSION, Marker, marker_of, put_in_place, wal_of
from dagster_project.demo.planted import record_planted_facts
from dagster_project.demo.policy import read_policy
from dagster_project.demo.progress import Progress, no_progress
from dagster_project.demo.stories import CAST
from dagster_project.errors import Refused

DEFAULT_SEED = 20
EVENTS_PER_ACCOUNT = 60
MAX_DEFAULT_EVENTS = 20_000_000
SEEDS_DIR = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"


def generate(
    path: Path,
    *,
    now: datetime,
    accounts: int = 400,
    days: int = 90,
    seed: int = DEFAULT_SEED,
    events: int | None = None,
    cast: int | None = None,
    has_effect: bool = True,
    seeds_dir: Path = SEEDS_DIR,
    memory_limit: str = "2GB",
    progress: Progress = no_progress,
) -> None:
    """Write a demo warehouse to `path`, in place of one that the demo made before.

    `events` is the number of raw event rows wanted up to `now` (milestones are never left out, so a low
    number gives more); by default 60 an account, at most 20 million. Treated accounts need
    `treatment_factor` of the hours of a control account for each step; at 1 nudging has no effect. The same
    arguments give the same rows. Raises `Refused` when `path` holds anything but a demo warehouse.
    """
    if accounts < 10 or days < 2 or seed < 0:
        raise Refused("A demo needs at least 10 accounts, 2 days and a seed that is not negative.")
    was_ours = marker_of(path) is not None
    policy = read_policy(seeds_dir)
    present = naive_utc(now)
    scale = Scale(
        accounts=accounts,
        days=days,
        seed=seed,
        now=present.isoformat(sep=" "),
        events=min(accounts * EVENTS_PER_ACCOUNT, MAX_DEFAULT_EVENTS) if events is None else events,
        cast=min(accounts, CAST) if cast is None else cast,
        has_effect=has_effect,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    built = building(path)
    _remove(built)
    try:
        with duckdb.connect(str(built), config={"memory_limit": memory_limit}) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute("create schema planted")
            policy.load(connection)
            prepare_draws(connection, seed)
            progress("Drawing accounts", 0.0)
            draw_accounts(connection, policy, scale)
            progress("Drawing journeys", 0.05)
            draw_journeys(connection, scale, progress)
            write_events(connection, policy, scale, progress)
            progress("Writing customers", 0.8)
            write_customers(connection, policy, scale, progress)
            progress("Recording planted facts", 0.95)
            record_planted_facts(connection, policy, scale)
            record_planted_effect(connection, policy)
            Marker(seed, present, GENERATOR_VERSION, accounts, days).write(connection)
            connection.execute("checkpoint")
        put_in_place(built, path, was_ours=was_ours)
    finally:
        _remove(built)
    progress("Demo warehouse written", 1.0)


def building(path: Path) -> Path:
    """Where a warehouse is built before it takes its place."""
    return path.with_name(path.name + ".building")


def _remove(built: Path) -> None:
    """What an interrupted build left behind."""
    built.unlink(missing_ok=True)
    wal_of(built).unlink(missing_ok=True)
