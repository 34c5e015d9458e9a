"""Outer joins as BigQuery wants them: with an equality between the two sides.

Belongs here: finding those without one in a compiled statement. Does not belong here: which statements there
are. A statement is read by DuckDB's own parser, whose dialect the tests compile to.
"""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

_OUTER = ("LEFT", "RIGHT", "FULL")


def outer_joins_without_equality(sql: str) -> list[str]:
    """The names that such joins join, as `left, other left with right`, in no particular order.

    Raises ValueError for what is no select statement.
    """
    with duckdb.connect() as connection:
        row = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    parsed = json.loads(row[0]) if row else {"error": True}
    if parsed["error"]:
        raise ValueError(f"no select statement: {parsed.get('error_message')}")
    return [
        f"{', '.join(sorted(_names(join['left'])))} with {', '.join(sorted(_names(join['right'])))}"
        for join in _outer_joins(parsed)
        if not _has_equality(join)
    ]


def _outer_joins(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == "JOIN" and part.get("join_type") in _OUTER:
            yield part
        for value in part.values():
            yield from _outer_joins(value)
    elif isinstance(part, list):
        for value in part:
            yield from _outer_joins(value)


def _has_equality(join: dict[str, Any]) -> bool:
    if join["using_columns"]:
        return True
    left, right = _names(join["left"]), _names(join["right"])
    for condition in _all_of(join["condition"]):
        if condition["type"] == "COMPARE_EQUAL":
            sides = (_read_by(condition["left"]), _read_by(condition["right"]))
            if any(one and other and one <= left and other <= right for one, other in (sides, sides[::-1])):
                return True
    return False


def _all_of(condition: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The conditions that have to hold together."""
    if condition is None:
        return
    if condition["type"] == "CONJUNCTION_AND":
        for child in condition["children"]:
            yield from _all_of(child)
    else:
        yield condition


def _names(relation: dict[str, Any]) -> set[str]:
    """What the columns of a relation, or of all that a join has joined, are called by."""
    if relation["type"] == "JOIN":
        return _names(relation["left"]) | _names(relation["right"])
    return {relation["alias"] or relation.get("table_name", "")}


def _read_by(expression: Any) -> set[str]:
    """The relations whose columns an expression reads; a column that names none is of the relation ''."""
    if isinstance(expression, list):
        return set().union(*(_read_by(each) for each in expression))
    if not isinstance(expression, dict):
        return set()
    if expression.get("type") == "COLUMN_REF":
        *relations, _ = expression["column_names"]
        return {relations[-1] if relations else ""}
    return set().union(*(_read_by(value) for value in expression.values()))
