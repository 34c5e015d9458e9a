"""Partitioning, clustering and options of tables: kept beside DuckDB, which has none of them, and given back.

dbt compares what tables.get says with the model's config and rebuilds what differs, so a lost option shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from tests.engines.bigquery.answers import Refusal


@dataclass(frozen=True)
class TableOptions:
    """`partition` is a TimePartitioning or RangePartitioning resource under its name, or empty."""

    partition: Mapping[str, Any] = field(default_factory=dict)
    clustering: tuple[str, ...] = ()
    requires_filter: bool = False
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    expires: bool = False

    @property
    def partition_column(self) -> str | None:
        for kind in ("timePartitioning", "rangePartitioning"):
            if kind in self.partition:
                return str(self.partition[kind]["field"])
        return None

    def resource(self) -> dict[str, Any]:
        """As tables.get gives it."""
        told: dict[str, Any] = dict(self.partition)
        if self.clustering:
            told["clustering"] = {"fields": list(self.clustering)}
        if self.requires_filter:
            told["requirePartitionFilter"] = True
        if self.description is not None:
            told["description"] = self.description
        if self.labels:
            told["labels"] = dict(self.labels)
        return told


def options_of(tree: exp.Create) -> TableOptions:
    """What a CREATE says. Raises Refusal for a partition that BigQuery has not."""
    properties = tree.args.get("properties")
    found = TableOptions()
    for each in properties.expressions if properties else []:
        match each:
            case exp.PartitionedByProperty():
                found = replace(found, partition=_partition_of(each.this, tree))
            case exp.ClusterProperty():
                columns = tuple(column.name for column in each.expressions)
                if len(columns) > 4:
                    raise Refusal("invalid", f"Too many clustering columns: {len(columns)}, at most 4")
                found = replace(found, clustering=columns)
            case exp.Property():
                found = _with_option(found, each)
    if found.requires_filter and not found.partition:
        raise Refusal("invalid", "Require partition filter is set but no partitioning")
    return found


def _with_option(found: TableOptions, option: exp.Property) -> TableOptions:
    value = option.args["value"]
    match option.name.lower():
        case "require_partition_filter":
            return replace(found, requires_filter=bool(value.this))
        case "description":
            return replace(found, description=value.name)
        case "labels":
            pairs = {pair.expressions[0].name: pair.expressions[1].name for pair in value.expressions}
            return replace(found, labels=pairs)
        case "expiration_timestamp":
            return replace(found, expires=True)
        case _:
            return found


def _partition_of(what: exp.Expression, tree: exp.Create) -> dict[str, Any]:
    column = what.find(exp.Column)
    name = column.name if column is not None else what.name
    if isinstance(what, exp.RangeBucket):
        steps = what.expression
        bounds = {
            part: str(steps.args[key].name)
            for part, key in (("start", "start"), ("end", "end"), ("interval", "step"))
        }
        return {"rangePartitioning": {"field": name, "range": bounds}}
    unit = what.args.get("unit")
    return {"timePartitioning": {"type": unit.name.upper() if unit is not None else "DAY", "field": name}}


def unfiltered(
    tree: exp.Expression, required: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, str, str]]:
    """(dataset, table, partition column) of each table that has to be read with a filter and is not.

    BigQuery's documentation: there must be at least one predicate that only references the partition column,
    so `p >= x and f = y` is one and `(p >= x or f = y)` is none. How well it prunes is BigQuery's secret.
    """
    for table in tree.find_all(exp.Table):
        column = required.get((table.db, table.name))
        if column is None or _is_written_only(table):
            continue
        scope = table.find_ancestor(exp.Select, exp.Merge, exp.Update, exp.Delete)
        if scope is None or not _is_filtered(scope, column):
            yield table.db, table.name, column


def _is_written_only(table: exp.Table) -> bool:
    return isinstance(table.parent, (exp.Create, exp.Insert, exp.Schema, exp.Drop, exp.Alter))


def _is_filtered(scope: exp.Expression, column: str) -> bool:
    """Whether a predicate of this very select or statement references the column and no other."""
    predicates = [scope.args.get("where"), scope.args.get("on")]
    predicates += [join.args.get("on") for join in scope.args.get("joins") or []]
    return any(
        {found.name.lower() for found in condition.find_all(exp.Column)} == {column.lower()}
        for predicate in predicates
        if predicate is not None
        for condition in _conditions(predicate.this if isinstance(predicate, exp.Where) else predicate)
    )


def _conditions(predicate: exp.Expression) -> Iterator[exp.Expression]:
    """What all have to hold."""
    inner = predicate.unnest()
    if isinstance(inner, exp.And):
        yield from _conditions(inner.this)
        yield from _conditions(inner.expression)
    else:
        yield inner
