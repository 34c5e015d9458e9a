"""Where SQL scans a raw event table, and whether each scan bears a bound that an engine can prune by.

Two ways to see it: the text of the models, views written out, on any engine; and DuckDB's own plan of what
it was given. Does not belong here: making the SQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp, parse_one

#: raw event table -> its load-time columns, the bare names of what it may be partitioned or sorted by
RAW_EVENT_TABLES: Mapping[str, frozenset[str]] = {
    "segment.tracks": frozenset({"uuid_ts", "received_at"}),
    "segment.groups": frozenset({"uuid_ts", "received_at"}),
    "amplitude.events": frozenset({"loaded_at", "server_upload_time"}),
    "mixpanel.events": frozenset({"loaded_at"}),
}


@dataclass(frozen=True)
class Reach:
    """What a select reaches without a bound: raw table -> its output columns that are the bare load time."""

    unbounded: Mapping[str, frozenset[str]]


NOTHING = Reach({})


def unbounded_scans(sql: str, views: Mapping[str, str], dialect: str) -> set[str]:
    """Names of the raw event tables that the statement scans without a literal bound on the bare load time.

    `views` holds the SQL of every view by its name in lower case; they are followed to the raw tables.
    """
    return set(_Reader(views, dialect).reach(parse_one(sql, dialect=dialect)).unbounded)


class _Reader:
    def __init__(self, views: Mapping[str, str], dialect: str) -> None:
        self._views = views
        self._dialect = dialect
        self._known: dict[str, Reach] = {}

    def reach(self, query: exp.Expression, outer: Mapping[str, Reach] | None = None) -> Reach:
        """Of a whole query, its CTEs first."""
        named = dict(outer or {})
        clause = query.args.get("with_")
        for cte in clause.expressions if clause else ():
            named[cte.alias.lower()] = self.reach(cte.this, named)
        if isinstance(query, exp.SetOperation):
            return _both(self.reach(query.left, named), self.reach(query.right, named))
        if isinstance(query, exp.Subquery):
            return self.reach(query.this, named)
        if not isinstance(query, exp.Select):
            body = query.find(exp.Select, exp.SetOperation)
            return self.reach(body, named) if body is not None else NOTHING
        return self._of_select(query, named)

    def _of_select(self, select: exp.Select, named: Mapping[str, Reach]) -> Reach:
        found: dict[str, frozenset[str]] = {}
        for alias, reach in self._parents(select, named):
            for table, columns in reach.unbounded.items():
                if not _is_bounded(select, alias, columns):
                    found[table] = _passed_on(select, columns)
        for inner in _nested_queries(select):
            found |= self.reach(inner, named).unbounded
        return Reach(found)

    def _parents(self, select: exp.Select, named: Mapping[str, Reach]) -> Iterator[tuple[str, Reach]]:
        clause = select.args.get("from_")
        parts = [clause.this] if clause else []
        parts += [join.this for join in select.args.get("joins") or ()]
        for part in parts:
            if isinstance(part, exp.Table):
                yield part.alias_or_name.lower(), self._relation(part, named)
            elif isinstance(part, exp.Subquery):
                yield part.alias_or_name.lower(), self.reach(part.this, named)

    def _relation(self, table: exp.Table, named: Mapping[str, Reach]) -> Reach:
        name = table.name.lower()
        if not table.db and name in named:
            return named[name]
        whole = f"{table.db.lower()}.{name}"
        if whole in RAW_EVENT_TABLES:
            return Reach({whole: RAW_EVENT_TABLES[whole]})
        if name not in self._known:
            sql = self._views.get(name)
            self._known[name] = self.reach(parse_one(sql, dialect=self._dialect)) if sql else NOTHING
        return self._known[name]


def _both(left: Reach, right: Reach) -> Reach:
    tables = left.unbounded.keys() | right.unbounded.keys()
    return Reach(
        {
            table: frozenset.intersection(
                *(each.unbounded[table] for each in (left, right) if table in each.unbounded)
            )
            for table in tables
        }
    )


def _nested_queries(select: exp.Select) -> Iterator[exp.Expression]:
    """Queries within expressions, such as those of `in` and `exists`."""
    places = [
        *select.expressions,
        select.args.get("where"),
        select.args.get("qualify"),
        select.args.get("having"),
    ]
    for place in places:
        if place is not None:
            yield from (each for each in place.find_all(exp.Select) if each is not select)


def _passed_on(select: exp.Select, columns: frozenset[str]) -> frozenset[str]:
    """Output columns that are one of these, bare."""
    passed: set[str] = set()
    for each in select.expressions:
        inner = each.this if isinstance(each, exp.Alias) else each
        if isinstance(inner, exp.Star) or (
            isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)
        ):
            passed |= columns
        elif isinstance(inner, exp.Column) and inner.name.lower() in columns:
            passed.add(each.alias_or_name.lower())
    return frozenset(passed)


def _is_bounded(select: exp.Select, alias: str, columns: frozenset[str]) -> bool:
    where = select.args.get("where")
    conjuncts = (
        where.this.flatten() if where and isinstance(where.this, exp.And) else [where.this] if where else []
    )
    return any(_is_bound(each, alias, columns) for each in conjuncts)


def _is_bound(condition: exp.Expression, alias: str, columns: frozenset[str]) -> bool:
    """`column >= literal`, alone or beside `or column is null`."""
    condition = condition.unnest()
    if isinstance(condition, exp.Or):
        sides = [side.unnest() for side in condition.flatten()]
        bounds = [side for side in sides if not _is_null_test(side, alias, columns)]
        return len(bounds) == 1 and len(sides) == 2 and _is_bound(bounds[0], alias, columns)
    return (
        isinstance(condition, (exp.GTE, exp.GT))
        and _is_load_time(condition.left, alias, columns)
        and _is_literal(condition.right)
    )


def _is_null_test(condition: exp.Expression, alias: str, columns: frozenset[str]) -> bool:
    return (
        isinstance(condition, exp.Is)
        and isinstance(condition.expression, exp.Null)
        and _is_load_time(condition.this, alias, columns)
    )


def _is_load_time(place: exp.Expression, alias: str, columns: frozenset[str]) -> bool:
    return (
        isinstance(place, exp.Column) and place.name.lower() in columns and place.table.lower() in ("", alias)
    )


def _is_literal(value: exp.Expression) -> bool:
    """A constant: nothing in it depends on a row, a query or the clock."""
    variable = (exp.Column, exp.Select, exp.CurrentTimestamp, exp.CurrentDate, exp.Anonymous)
    return value.find(exp.Literal) is not None and value.find(*variable) is None


# -- DuckDB's plan


def unpruned_in_plan(plan: str, of_schemas: Sequence[str] = ("segment", "amplitude", "mixpanel")) -> set[str]:
    """Raw event tables that a plan (`explain (format json)`) scans without a bound inside the scan."""
    return {
        table
        for table, filters in scans_in_plan(plan, of_schemas)
        if not any(re.search(rf"\b{column}\b\s*>=?\s*'", filters) for column in RAW_EVENT_TABLES[table])
    }


def scans_in_plan(plan: str, of_schemas: Sequence[str]) -> list[tuple[str, str]]:
    """(raw table, the filters that its scan applies) for each scan in the plan."""
    found: list[tuple[str, str]] = []
    _walk(json.loads(plan), frozenset(of_schemas), found)
    return found


def _walk(node: Any, schemas: frozenset[str], found: list[tuple[str, str]]) -> None:
    for each in node if isinstance(node, list) else [node]:
        told = each.get("extra_info") or {}
        name = ".".join(str(told.get("Table", "")).replace('"', "").split(".")[-2:])
        if name in RAW_EVENT_TABLES and name.split(".")[0] in schemas:
            filters = told.get("Filters", "")
            found.append((name, filters if isinstance(filters, str) else " AND ".join(filters)))
        _walk(each.get("children") or [], schemas, found)
