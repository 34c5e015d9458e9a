"""What DuckDB makes of a history, and where another engine makes something else of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.engines.parity.differences import differences
from tests.engines.parity.duckdb_engine import on_duckdb
from tests.engines.parity.engine import Engine, Rows
from tests.engines.parity.histories import History, Step
from tests.engines.parity.marts import Mart
from tests.engines.parity.playing import play


@dataclass(frozen=True)
class Expected:
    """The steps of a history, and the rows of every mart after each."""

    project: Path
    steps: Sequence[Step]
    after: Sequence[Mapping[Mart, Rows]]


def rows_after(engine: Engine, project: Path, step: Step, marts: Sequence[Mart]) -> dict[Mart, Rows]:
    """Play a step, and read every mart."""
    play(engine, project, step)
    return {mart: engine.rows(mart.schema, mart.name) for mart in marts}


def differences_after_every_step(engine: Engine, expected: Expected) -> list[str]:
    """Play the same steps on another engine, and tell where its rows are others."""
    told = []
    for number, (step, there) in enumerate(zip(expected.steps, expected.after, strict=True), start=1):
        here = rows_after(engine, expected.project, step, list(there))
        told += [
            f"after step {number}: {line}"
            for mart in there
            for line in differences(mart.name, mart.key, there[mart], here[mart])
        ]
    return told


def expected_of(history: History, marts: Sequence[Mart], home: Path) -> Expected:
    """Play all of a history on a DuckDB of its own."""
    with on_duckdb(home) as engine:
        steps = [history.first]
        after = [rows_after(engine, history.project, history.first, marts)]
        if history.second is not None:
            steps.append(history.second(engine.rows("onboarding", "fct_nudge_decisions")))
            after.append(rows_after(engine, history.project, steps[-1], marts))
    return Expected(history.project, steps, after)
