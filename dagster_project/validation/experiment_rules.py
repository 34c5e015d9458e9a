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
        if experiments.is_readable:
            yield from _overlaps(experiments, epochs)
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


def _overlaps(experiments: Seed, epochs: Seed) -> Iterator[Problem]:
    """The experiment that began last decides who is nudged, so that it nudges controls of those before it."""
    held_out = {row.text("experiment_key") for row in experiments.rows if row.number("holdout_share")}
    dated = {
        key: sorted(steps, key=lambda step: step[0])
        for key, rows in _epochs_by_experiment(epochs).items()
        if (steps := [(start, row) for row in rows if (start := row.instant("starts_at")) is not None])
    }
    # Of two that begin together the one whose key comes first decides.
    in_order = sorted(sorted(dated, reverse=True), key=lambda key: dated[key][0][0])
    for place, newer in enumerate(in_order):
        start, first_row = dated[newer][0]
        if not any(row.number("treatment_share") for _, row in dated[newer]):
            continue
        for older in in_order[:place]:
            if older in held_out or _takes_in_controls_from(dated[older], start):
                yield epochs.warning(
                    first_row,
                    newer,
                    f"{newer} begins at {start} while {older} still takes in control accounts; those that "
                    f"{newer} treats are nudged, and {older} reads as invalid from then on",
                    f"read {older} out before, and take its rows out of both files or give it a step with "
                    f"treatment_share 1 (and no hold-out) that starts no later than {newer}",
                )


def _takes_in_controls_from(steps: list[tuple[datetime, Row]], at: datetime) -> bool:
    """Whether a step that is in force at the instant, or later, leaves anybody without nudges."""
    ended_before = {place for place, (start, _) in enumerate(steps[1:]) if start <= at}
    return any(
        place not in ended_before and (share := row.number("treatment_share")) is not None and share < 1
        for place, (_, row) in enumerate(steps)
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
