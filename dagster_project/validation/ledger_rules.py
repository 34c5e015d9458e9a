"""Where the seeds contradict what the ledger remembers: renamed milestones, experiments before the opening.

Reads the ledger's table and, beside it, every critical path that was ever loaded (written in `seeds`). States
and what may be sent are the senders' business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagster_project.connection import Connection
from dagster_project.seeds import PATH_HISTORY
from dagster_project.settings import Settings
from dagster_project.validation.experiment_rules import check_opening
from dagster_project.validation.path_rules import spellings
from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.source_shapes import Catalogue
from dagster_project.validation.suggestions import closest


def check_ledger(
    connection: Connection, catalogue: Catalogue, settings: Settings, seeds: Mapping[str, Seed]
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
    yield from _renamed(seeds["critical_path"], known, _former_paths(connection, catalogue, settings))
    opened = connection.execute(
        f"select min(recorded_at) from {events.sql} where namespace = ? and kind = 'opened'",
        [settings.namespace],
    ).fetchone()
    if settings.is_live and opened and opened[0] is not None:
        yield from check_opening(seeds["experiment_epochs"], opened[0])


@dataclass(frozen=True)
class _FormerPaths:
    """Every path as it ever was, by (path_key, milestone_key): the events of the milestone, and the keys that
    stood beside it."""

    events: Mapping[tuple[str, str], set[str]]
    neighbours: Mapping[tuple[str, str], set[str]]


def _former_paths(connection: Connection, catalogue: Catalogue, settings: Settings) -> _FormerPaths:
    rows: list[tuple[str, str, str, str]] = []
    # The seed in the warehouse is what the last tick used; a ledger may be older than its history.
    for schema, name, version in (
        ("nudges", PATH_HISTORY, "version"),
        ("onboarding_seeds", "critical_path", "'as loaded'"),
    ):
        relation = catalogue.find(settings.schema(schema), name)
        if relation is not None and {"path_key", "milestone_key", "event_name"} <= relation.columns.keys():
            rows += connection.execute(
                f"select {version}, path_key, milestone_key, coalesce(event_name, '') from {relation.sql}"
            ).fetchall()
    events: dict[tuple[str, str], set[str]] = defaultdict(set)
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for version, path_key, key, event_name in rows:
        events[path_key, key].update(filter(None, spellings(event_name)))
        versions[version, path_key].add(key)
    neighbours: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (_, path_key), keys in versions.items():
        for key in keys:
            neighbours[path_key, key] |= keys
    return _FormerPaths(events, neighbours)


def _renamed(path: Seed, known: set[str], former: _FormerPaths) -> Iterator[Problem]:
    """A nudge is identified by its milestone's key, so a new key for an old event would send all again."""
    if not path.rows:
        return
    explained: set[str] = set()
    for path_key, old_key in former.events:
        if old_key not in known:
            continue
        for row, shared in _heirs(path, path_key, old_key, former):
            explained.add(old_key)
            new_key = row.text("milestone_key")
            yield path.error(
                row,
                new_key,
                f"milestone_key {old_key} of path {path_key} is in the ledger, and its event "
                f"'{shared}' lives on here under the new key {new_key}",
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


def _heirs(path: Seed, path_key: str, old_key: str, former: _FormerPaths) -> Iterator[tuple[Row, str]]:
    """Milestones of the path, with an event that was the old key's and a key that never stood beside it.

    A milestone that is split keeps its key for one of its events; then the others may get a new one.
    """
    rows = [row for row in path.rows if row.text("path_key") == path_key]
    events = former.events[path_key, old_key]
    kept = {
        event
        for row in rows
        if row.text("milestone_key") == old_key
        for event in events.intersection(spellings(row.text("event_name")))
    }
    for row in rows:
        if row.text("milestone_key") in former.neighbours[path_key, old_key]:
            continue
        shared = (kept or events).intersection(spellings(row.text("event_name")))
        if shared:
            yield row, min(shared)
