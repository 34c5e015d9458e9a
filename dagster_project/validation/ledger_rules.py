"""Where the seeds contradict what the ledger remembers: renamed milestones, experiments before the opening.

Reads the ledger's table; its states and what may be sent are the senders' business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from dagster_project.settings import Settings
from dagster_project.validation.experiment_rules import check_opening
from dagster_project.validation.path_rules import spellings
from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.source_shapes import Catalogue
from dagster_project.validation.suggestions import closest


def check_ledger(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, settings: Settings, seeds: Mapping[str, Seed]
) -> Iterator[Problem]:
    events = catalogue.find(settings.schema("nudges"), "nudge_events")
    if events is None:
        return
    known = {
        str(key)
        for (key,) in connection.execute(
            f"select distinct milestone_key from {events.sql} "
            "where namespace in (?, ?) and milestone_key <> ''",
            [settings.namespace, f"{settings.env}/live"],
        ).fetchall()
    }
    yield from _renamed(seeds["critical_path"], known, _loaded_path(connection, catalogue, settings))
    opened = connection.execute(
        f"select min(recorded_at) from {events.sql} where namespace = ? and kind = 'opened'",
        [settings.namespace],
    ).fetchone()
    if settings.is_live and opened and opened[0] is not None:
        yield from check_opening(seeds["experiment_epochs"], opened[0])


def _loaded_path(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, settings: Settings
) -> list[tuple[str, str, str]]:
    """(path_key, milestone_key, event_name) as the last tick used them: the seed in the warehouse."""
    loaded = catalogue.find(settings.schema("onboarding_seeds"), "critical_path")
    if loaded is None or not {"path_key", "milestone_key", "event_name"} <= loaded.columns.keys():
        return []
    rows = connection.execute(f"select path_key, milestone_key, event_name from {loaded.sql}").fetchall()
    return [(str(path_key), str(key), str(event_name or "")) for path_key, key, event_name in rows]


def _renamed(path: Seed, known: set[str], loaded: list[tuple[str, str, str]]) -> Iterator[Problem]:
    """A nudge is identified by its milestone's key, so a new key for an old event would send all again."""
    if not path.rows:
        return
    keys = {(row.text("path_key"), row.text("milestone_key")) for row in path.rows}
    explained: set[str] = set()
    for path_key, old_key, event_name in loaded:
        if old_key not in known or (path_key, old_key) in keys:
            continue
        for row in _heirs(
            path, path_key, event_name, {key for of_path, key, _ in loaded if of_path == path_key}
        ):
            explained.add(old_key)
            yield path.error(
                row,
                row.text("milestone_key"),
                f"milestone_key {old_key} of path {path_key} is in the ledger, and its event lives on here "
                f"under the new key {row.text('milestone_key')}",
                f"every nudge sent for {old_key} would be sent again: keep the key {old_key} "
                "and change milestone_name",
            )
    current = {row.text("milestone_key") for row in path.rows}
    for old_key in sorted(known - current - explained):
        near = closest(old_key, current)
        hint = f" (is it now {near[0]}?)" if near else ""
        yield path.warning(
            None,
            old_key,
            f"the ledger knows milestone {old_key}, which is on no path any more{hint}",
            f"if it was renamed, give it back the key {old_key}: a new key sends its nudges again",
        )


def _heirs(path: Seed, path_key: str, event_name: str, old_keys: set[str]) -> Iterator[Row]:
    """Milestones of the path with a key that it did not have and one of the old milestone's events."""
    events = set(filter(None, spellings(event_name)))
    for row in path.rows:
        if row.text("path_key") != path_key or row.text("milestone_key") in old_keys:
            continue
        if not events.isdisjoint(spellings(row.text("event_name"))):
            yield row
