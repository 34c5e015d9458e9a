"""A demo world read out as a user would: made, ticked, read. Several at a time, one per core."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pytest

from dagster_project.demo.generator import generate
from dagster_project.readout.run import make_readout
from dagster_project.settings import Settings
from dagster_project.tick import run_tick
from experiments.decision import Status
from experiments.result import Estimate
from tests.parsed_project import ParsedProject

NOW = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
KEY = "ttfv_nudge"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class World:
    """Which world: `losing` names a segment whose control accounts the CRM does not have."""

    seed: int
    accounts: int = 2000
    days: int = 200
    has_effect: bool = True
    losing: str = ""


@dataclass(frozen=True)
class ReadOut:
    """What was planted and what was read: days saved, the interval that may be read on any day, the 95 %
    one."""

    world: World
    planted: float
    status: Status
    reasons: tuple[str, ...]
    anytime: tuple[float, float] | None
    fixed: tuple[float, float] | None


def read_out_all(worlds: Sequence[World], parsed: ParsedProject) -> Iterator[ReadOut]:
    """Every world in turn, on all cores. Each is made in a folder that is gone afterwards."""
    # A new process gets the path of this one, on which pytest does not put the folder of its tests.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY)
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            yield from pool.map(_read_out, worlds, [parsed.folder] * len(worlds))


def _read_out(world: World, parsed_folder: Path) -> ReadOut:
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "warehouse.duckdb"
        settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)})
        ParsedProject(parsed_folder).hand_to(settings.dbt_target_dir, path)
        generate(
            path,
            now=NOW,
            accounts=world.accounts,
            days=world.days,
            seed=world.seed,
            has_effect=world.has_effect,
            events=world.accounts * 5,
        )
        with duckdb.connect(str(path)) as connection:
            planted = connection.execute("select days_saved from planted.effect").fetchall()[0][0]
            if world.losing:
                connection.execute(_LOSE, [world.losing])
        run_tick(settings, clock=lambda: NOW)
        readout = make_readout(settings, KEY, NOW).readout
        decision = readout.decision
        fixed = next(
            (
                (row.lower, row.upper)
                for row in readout.rows
                if (row.place.metric, row.place.arm, row.place.parameter_days, row.interval_kind)
                == ("restricted_mean_days", "difference", 60, "fixed")
                and row.place.epoch is None
            ),
            None,
        )
        return ReadOut(
            world,
            planted,
            decision.status,
            decision.reasons,
            _bounds(decision.interval),
            fixed if fixed is None or fixed[0] is None else (float(fixed[0]), float(fixed[1] or 0)),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_LOSE = """
delete from crm.accounts where segment = $1
and ('0x' || substr(md5('ttfv-nudge-v1:' || account_id), 1, 8))::bigint % 10000 >= 2000
"""


def _bounds(interval: Estimate | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.lower, interval.upper)
