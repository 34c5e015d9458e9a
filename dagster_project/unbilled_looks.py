"""Looks at a table where a look costs what it reads and a limit ends it, as on DuckDB and Snowflake.

Belongs here: parts of `connection.Connection` that those engines answer by the same query. Does not belong
here: what an engine spells its own way.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.connection import Connection


class UnbilledLooks(Connection):
    """See `connection.Connection`."""

    @property
    def is_scan_billed(self) -> bool:
        return False

    def is_empty(self, schema: str, table: str, database: str | None = None) -> bool:
        look = f"select 1 as one from {self.relation(schema, table, database)} limit 1"
        return self.execute(look).fetchone() is None

    def arrivals(self, schema: str, table: str, load_column: str | None) -> Sequence[object]:
        newest = f"max({load_column})" if load_column else "null"
        # Both are answered from what is known of the table's storage.
        counted = self.execute(f"select count(*), {newest} from {self.relation(schema, table)}").fetchone()
        return list(counted or ())

    def whole(self, schema: str, table: str, database: str | None = None) -> str:
        return self.relation(schema, table, database)
