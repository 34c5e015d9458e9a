"""MERGE as DuckDB's own statement. The emulation takes it apart, writes a second database and so breaks
within a transaction; it also refuses values that are no plain columns.
"""

from typing import Any

import fakesnow.cursor
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms.merge import operations
from sqlglot import exp, parse_one

PATCHED = [(fakesnow.cursor.transforms, "merge"), (FakeSnowflakeCursor, "_execute")]

_ACTIONS = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}


def apply() -> None:
    fakesnow.cursor.transforms.merge = lambda expression: [expression]
    unrepaired = FakeSnowflakeCursor._execute

    def execute(cursor: FakeSnowflakeCursor, transformed: Any, params: Any = None) -> None:
        if not isinstance(transformed, exp.Merge):
            unrepaired(cursor, transformed, params)
            return
        if not cursor._conn._autocommit and not cursor._conn._in_transaction:
            cursor._duck_conn.begin()
            cursor._conn._in_transaction = True
        merged = cursor._duck_conn.execute(
            transformed.sql(dialect="duckdb") + " returning merge_action", params
        ).fetchall()
        done = [str(action) for (action,) in merged]
        counted = {
            name: done.count(_ACTIONS[name]) for name, whens in operations(transformed).items() if whens
        }
        answer = parse_one(
            "select " + ", ".join(f'{number} as "number of rows {name}"' for name, number in counted.items()),
            read="duckdb",
        )
        answer.set("merge_counts", True)
        unrepaired(cursor, answer, None)

    FakeSnowflakeCursor._execute = execute
