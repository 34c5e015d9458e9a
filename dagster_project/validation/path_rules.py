"""Rules across the rows of the critical path: order, keys, hours, clock, vanity events.

One cell by itself is judged in seed_values. How milestones and clocks are computed is said in SQL only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.seed_schema import DEFAULT_PATH
from dagster_project.validation.suggestions import shape

# As many as int_event_names takes apart.
MOST_SPELLINGS = 100


def spellings(event_name: str) -> list[str]:
    """The event names of a milestone: `Report Generated|report_generated` has two."""
    return [part.strip() for part in event_name.split("|")]


def by_path(seed: Seed) -> dict[str, list[Row]]:
    """Rows of a seed per path_key, in file order."""
    paths: dict[str, list[Row]] = defaultdict(list)
    for row in seed.rows:
        paths[row.text("path_key")].append(row)
    return dict(paths)


def check_path(seeds: Mapping[str, Seed]) -> Iterator[Problem]:
    path = seeds["critical_path"]
    if not path.is_readable:
        return
    paths = by_path(path)
    if path.rows and DEFAULT_PATH not in paths:
        yield path.warning(
            None,
            DEFAULT_PATH,
            f"there is no path '{DEFAULT_PATH}'",
            "accounts whose path_key and segment name no path have no milestones; name one path default",
        )
    vanity = {shape(row.text("event_name")): row for row in seeds["vanity_events"].rows}
    for path_key, rows in paths.items():
        yield from _orders(path, path_key, rows)
        yield from _clocks(path, path_key, rows)
        yield from _shared_events(path, path_key, rows)
        for row in rows:
            yield from _hours(path, row)
            yield from _events(path, row, vanity, seeds["vanity_events"].file)


def _orders(path: Seed, path_key: str, rows: list[Row]) -> Iterator[Problem]:
    first: dict[int, Row] = {}
    for row in rows:
        order = row.whole("milestone_order")
        if order is None:
            continue
        if order in first:
            both = f"{first[order].text('milestone_key')}, {row.text('milestone_key')}"
            yield path.error(
                row,
                row.text("milestone_key"),
                f"milestone_order {order} is used twice on path {path_key} ({both})",
                "give each milestone its own order",
            )
        first.setdefault(order, row)


def _hours(path: Seed, row: Row) -> Iterator[Problem]:
    expected, slip = row.number("expected_hours"), row.number("slip_hours")
    if expected is not None and slip is not None and slip < expected:
        yield path.error(
            row,
            row.text("milestone_key"),
            f"slip_hours {slip} of {row.text('milestone_key')} is less than its expected_hours {expected}",
            "a milestone cannot slip before it is expected; give slip_hours at least the expected_hours",
        )


def _clocks(path: Seed, path_key: str, rows: list[Row]) -> Iterator[Problem]:
    first = rows[0]
    for row in rows[1:]:
        if (row.text("clock") or "elapsed") != (first.text("clock") or "elapsed"):
            yield path.error(
                row,
                row.text("milestone_key"),
                f"path {path_key} mixes clocks: {row.text('milestone_key')} has "
                f"'{row.text('clock') or 'elapsed'}', "
                f"line {first.line} has '{first.text('clock') or 'elapsed'}'",
                "a path has one clock; write the same one in all its rows",
            )
            return


def _events(path: Seed, row: Row, vanity: Mapping[str, Row], vanity_file: str) -> Iterator[Problem]:
    key = row.text("milestone_key")
    if not row.text("event_name"):
        return
    names = spellings(row.text("event_name"))
    if len(names) > MOST_SPELLINGS:
        yield path.error(
            row,
            key,
            f"event_name of {key} has {len(names)} spellings",
            f"keep it to {MOST_SPELLINGS}: those after them would be dropped",
        )
    for name in names:
        if not name:
            yield path.error(
                row,
                key,
                f"event_name '{row.text('event_name')}' of {key} has an empty spelling",
                "write spellings as 'Report Generated|report_generated'",
            )
        elif (listed := vanity.get(shape(name))) is not None:
            yield path.error(
                row,
                key,
                f"event_name '{name}' of {key} is a vanity event ({vanity_file}:{listed.line})",
                "choose an event that shows the customer got something done, not that they were there",
            )


def _shared_events(path: Seed, path_key: str, rows: list[Row]) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in rows:
        for name in filter(None, spellings(row.text("event_name"))):
            other = first.setdefault(name, row)
            if other is not row and other.text("milestone_key") != row.text("milestone_key"):
                yield path.warning(
                    row,
                    row.text("milestone_key"),
                    f"event '{name}' completes both {other.text('milestone_key')} and "
                    f"{row.text('milestone_key')} of path {path_key}",
                    "give each milestone an event of its own",
                )
