"""Rules across the experiment seeds: each named once, with a salt of its own and its epochs in order.

How accounts are assigned and how a readout is computed is said in SQL and in `experiments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.suggestions import choose_from


def check_experiments(seeds: Mapping[str, Seed]) -> Iterator[Problem]:
    experiments, epochs = seeds["experiments"], seeds["experiment_epochs"]
    if experiments.is_readable:
        yield from _repeated(experiments, "experiment_key", "keep one row, or name the other differently")
        yield from _repeated(experiments, "salt", "give each its own; one salt makes the same arms twice")
    if epochs.is_readable:
        yield from _unknown_experiments(experiments, epochs)
        for experiment_key, rows in _epochs_by_experiment(epochs).items():
            yield from _order(epochs, experiment_key, rows)
    if experiments.is_readable and epochs.rows:
        for row in experiments.rows:
            key = row.text("experiment_key")
            if key and key not in _epochs_by_experiment(epochs):
                what = f"experiment {key} has no epoch in {epochs.file}"
                yield experiments.error(row, key, what, "add one; without it nobody is enrolled or nudged")


def check_opening(epochs: Seed, opened_at: datetime) -> Iterator[Problem]:
    """The live namespace opened at `opened_at` (naive UTC): no experiment may have begun before."""
    for rows in _epochs_by_experiment(epochs).values():
        starts = [(start, row) for row in rows if (start := row.instant("starts_at")) is not None]
        if not starts:
            continue
        start, row = min(starts, key=lambda item: item[0])
        if start < opened_at:
            yield epochs.error(
                row,
                row.text("experiment_key"),
                f"the first epoch of {row.text('experiment_key')} starts at {start}, before the "
                f"opening of the live namespace at {opened_at:%Y-%m-%d %H:%M:%S}",
                "accounts of that time could not be nudged; let the first epoch start after the opening",
            )


def _repeated(experiments: Seed, column: str, remedy: str) -> Iterator[Problem]:
    first_lines: dict[str, int] = {}
    for row in experiments.rows:
        value = row.text(column)
        if value in first_lines:
            what = f"{column} {value} stands already on line {first_lines[value]}"
            yield experiments.error(row, value, what, remedy)
        elif value:
            first_lines[value] = row.line


def _epochs_by_experiment(epochs: Seed) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in epochs.rows:
        grouped.setdefault(row.text("experiment_key"), []).append(row)
    return grouped


def _unknown_experiments(experiments: Seed, epochs: Seed) -> Iterator[Problem]:
    known = {row.text("experiment_key") for row in experiments.rows}
    for key, rows in _epochs_by_experiment(epochs).items():
        if known and key and key not in known:
            what = f"experiment_key '{key}' is not in {experiments.file}"
            yield epochs.error(rows[0], key, what, choose_from(key, known))


def _order(epochs: Seed, experiment_key: str, rows: list[Row]) -> Iterator[Problem]:
    numbered = sorted(
        (
            (epoch, start, row)
            for row in rows
            if (epoch := row.whole("epoch")) is not None and (start := row.instant("starts_at")) is not None
        ),
        key=lambda item: item[0],
    )
    for (lower, earlier, _), (epoch, start, row) in pairwise(numbered):
        if epoch != lower and start <= earlier:
            yield epochs.error(
                row,
                f"{experiment_key} epoch {epoch}",
                f"epoch {epoch} of {experiment_key} starts at {start}, not after epoch {lower} ({earlier})",
                "each epoch starts later than the one before it; add a new one instead of moving an old one",
            )
