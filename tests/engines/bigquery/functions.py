"""Which BigQuery functions DuckDB would read otherwise, and what stands for them (`functions.sql` or a cast).

Belongs here: single expressions. Statements are `dialect`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from sqlglot import exp

_ELAPSED_UNITS = {"HOUR", "MINUTE", "SECOND", "MILLISECOND", "DAY"}


def definitions() -> str:
    """The macros that a database needs, as one script."""
    return files(__package__).joinpath("functions.sql").read_text(encoding="utf-8")


def repaired(tree: exp.Expression) -> exp.Expression:
    """The tree with every expression replaced that sqlglot carries over wrongly."""
    mended = tree.copy()
    # Deepest first, so that what a replacement holds is mended already.
    for node in reversed(list(mended.bfs())):
        repair = _REPAIRS.get(type(node))
        replacement = repair(node) if repair is not None else node
        if replacement is not node:
            node.replace(replacement)
    return mended


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _extract(node: exp.Expression) -> exp.Expression:
    match node.name.upper():
        case "DAYOFWEEK":
            return _call("bq_dayofweek", node.expression)
        case "DATE":
            return exp.cast(node.expression, "date")
        case "ISOWEEK":
            return exp.Extract(this=exp.var("WEEK"), expression=node.expression)
        case _:
            return node


def _datetime(node: exp.Expression) -> exp.Expression:
    zone = node.args.get("expression")
    if zone is None or isinstance(node.parent, exp.SafeFunc):
        return node
    return _call("bq_datetime", node.this, zone)


def _timestamp(node: exp.Expression) -> exp.Expression:
    zone = node.args.get("zone")
    return _call("bq_timestamp", node.this, zone) if zone is not None else exp.cast(node.this, "timestamptz")


def _safe(node: exp.Expression) -> exp.Expression:
    inner = node.this
    if isinstance(inner, exp.Datetime):
        return _call("bq_safe_datetime", inner.this, inner.expression)
    if isinstance(inner, exp.ParseJSON):
        return exp.TryCast(this=inner.this, to=exp.DataType.build("json"))
    raise NotImplementedError(f"safe.{inner.sql(dialect='bigquery')} has no stand-in")


def _json_value(node: exp.Expression) -> exp.Expression:
    if not node.args.get("scalar_only"):
        return node
    return _call("bq_json_value", node.this, node.expression)


def _timestamp_diff(node: exp.Expression) -> exp.Expression:
    unit = node.args["unit"].name.upper()
    if unit not in _ELAPSED_UNITS:
        return node
    return _call("date_sub", exp.Literal.string(unit.lower()), node.expression, node.this)


def _as_date(node: exp.Expression) -> exp.Expression:
    # DuckDB answers with an instant.
    return exp.cast(node.copy(), "date")


def _cast(node: exp.Expression) -> exp.Expression:
    assert isinstance(node, exp.Cast)
    kind = node.to.this
    is_safe = isinstance(node, exp.TryCast)
    if kind == exp.DataType.Type.TEXT and not (isinstance(node.this, exp.Null) or node.this.is_string):
        return _call("bq_string", node.this)
    if kind == exp.DataType.Type.BIGINT and is_safe:
        return _call("bq_safe_int64", node.this)
    return node


def _data_type(node: exp.Expression) -> exp.Expression:
    if node.this == exp.DataType.Type.DECIMAL and not node.expressions:
        return exp.DataType.build("decimal(38, 9)", dialect="duckdb")
    return node


def _regexp_extract(node: exp.Expression) -> exp.Expression:
    # What does not match is NULL; DuckDB gives an empty text.
    return exp.Nullif(this=node.copy(), expression=exp.Literal.string(""))


def _unix_to_time(node: exp.Expression) -> exp.Expression:
    return exp.AtTimeZone(this=node.copy(), zone=exp.Literal.string("UTC"))


_REPAIRS: dict[type, Callable[[exp.Expression], exp.Expression]] = {
    exp.Extract: _extract,
    exp.Datetime: _datetime,
    exp.Timestamp: _timestamp,
    exp.SafeFunc: _safe,
    exp.JSONExtractScalar: _json_value,
    exp.TimestampDiff: _timestamp_diff,
    exp.DateAdd: _as_date,
    exp.DateSub: _as_date,
    exp.DateTrunc: _as_date,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.DataType: _data_type,
    exp.Div: lambda node: _call("bq_divide", node.this, node.expression),
    exp.RegexpExtract: _regexp_extract,
    exp.UnixToTime: _unix_to_time,
}
