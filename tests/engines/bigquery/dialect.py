"""A statement of BigQuery's dialect as DuckDB runs it, and what BigQuery itself keeps of it.

Belongs here: the shape of statements. Single functions are in `functions`, options of tables in
`table_options`, INFORMATION_SCHEMA in `information_schema`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from tests.engines.bigquery import functions
from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.table_options import TableOptions, options_of

#: Gives the rows of a view of INFORMATION_SCHEMA as a DuckDB query: (dataset or None, view) -> SQL.
CatalogueViews = Callable[[str | None, str], str]

_KINDS: dict[type, str] = {
    exp.Insert: "INSERT",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
    exp.Merge: "MERGE",
    exp.Transaction: "BEGIN_TRANSACTION",
    exp.Commit: "COMMIT_TRANSACTION",
    exp.Rollback: "ROLLBACK_TRANSACTION",
    exp.TruncateTable: "TRUNCATE_TABLE",
}


@dataclass(frozen=True)
class Column:
    """A column of a typed CREATE TABLE, in DuckDB's type."""

    name: str
    kind: str
    is_required: bool


@dataclass(frozen=True)
class Statement:
    """One statement. `sql` is DuckDB's, empty when only `options` change; `target` is (dataset, table) of
    what it writes."""

    tree: exp.Expression
    kind: str
    sql: str
    target: tuple[str, str] | None = None
    options: TableOptions | None = None
    columns: tuple[Column, ...] = ()
    view_query: str | None = None


def parsed(sql: str) -> list[exp.Expression]:
    """The statements of a script. Raises Refusal for what is no BigQuery."""
    try:
        trees = sqlglot.parse(sql, read="bigquery", error_level=ErrorLevel.IMMEDIATE)
    except SqlglotError as error:
        raise Refusal("invalidQuery", f"Syntax error: {error}") from error
    return [tree for tree in trees if tree is not None]


def translated(tree: exp.Expression, project: str, views: CatalogueViews) -> Statement:
    """The statement for DuckDB. Raises Refusal for another project's tables."""
    kind = kind_of(tree)
    target = _target_of(tree)
    options = options_of(tree) if isinstance(tree, exp.Create) else None
    mended = functions.repaired(tree)
    columns: tuple[Column, ...] = ()
    view_query = None
    if isinstance(mended, exp.Create):
        mended.set("properties", None)
        if kind == "CREATE_TABLE_AS_SELECT" and isinstance(mended.this, exp.Schema):
            columns = _typed_columns(mended.this)
            mended.set("this", mended.this.this)
        if kind == "CREATE_VIEW":
            view_query = tree.expression.sql(dialect="bigquery")
    if isinstance(mended, exp.Alter) and any(
        isinstance(each, exp.AlterSet) for each in mended.args["actions"]
    ):
        return Statement(tree, kind, "", target, options)
    _place_tables(mended, project, views)
    return Statement(tree, kind, _written(mended), target, options, columns, view_query)


def kind_of(tree: exp.Expression) -> str:
    """The statementType that a job of it has."""
    if isinstance(tree, exp.Query):
        return "SELECT"
    if isinstance(tree, exp.Create):
        as_select = "_AS_SELECT" if tree.kind == "TABLE" and tree.expression is not None else ""
        return f"CREATE_{tree.kind}{as_select}"
    if isinstance(tree, (exp.Drop, exp.Alter)):
        return f"{type(tree).__name__.upper()}_{tree.args.get('kind') or 'TABLE'}"
    if isinstance(tree, exp.Command):
        return str(tree.this).upper()
    return _KINDS.get(type(tree), type(tree).__name__.upper())


def _target_of(tree: exp.Expression) -> tuple[str, str] | None:
    written = (
        tree.this
        if isinstance(tree, (exp.Create, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Alter, exp.Drop))
        else None
    )
    if isinstance(written, exp.Schema):
        written = written.this
    return (written.db, written.name) if isinstance(written, exp.Table) and written.db else None


def _typed_columns(schema: exp.Schema) -> tuple[Column, ...]:
    return tuple(
        Column(
            each.name,
            each.kind.sql(dialect="duckdb"),
            any(isinstance(rule.kind, exp.NotNullColumnConstraint) for rule in each.constraints),
        )
        for each in schema.expressions
        if isinstance(each, exp.ColumnDef)
    )


def _place_tables(tree: exp.Expression, project: str, views: CatalogueViews) -> None:
    """Tables by dataset alone, as one database holds one project; catalogue views as the queries they are."""
    for table in list(tree.find_all(exp.Table)):
        if table.catalog and table.catalog != project:
            raise Refusal("notFound", f"Not found: Project {table.catalog}")
        name = table.name.upper()
        if name.startswith("INFORMATION_SCHEMA.") or name == "__TABLES__":
            query = sqlglot.parse_one(views(table.db or None, name.rpartition(".")[2]), read="duckdb")
            alias = table.alias or name.rpartition(".")[2]
            table.replace(exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias))))
        else:
            table.set("catalog", None)


def _written(tree: exp.Expression) -> str:
    return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE, comments=False)
