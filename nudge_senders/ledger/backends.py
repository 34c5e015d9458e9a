"""Which warehouse holds the ledger of a target. Opens nothing; how each works is its own file's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nudge_senders.errors import SenderMisconfigured
from nudge_senders.ledger.duckdb_warehouse import DuckDBWarehouse
from nudge_senders.ledger.warehouse import Warehouse


def warehouse_of(
    target: str, *, duckdb_path: Path, patience_seconds: float, schema: str, environ: Mapping[str, str]
) -> Warehouse:
    """Raises SenderMisconfigured for an unknown target, a missing extra or a missing variable."""
    match target:
        case "duckdb":
            return DuckDBWarehouse(duckdb_path, patience_seconds=patience_seconds)
        # Imported when asked for: their libraries are extras.
        case "bigquery":
            from nudge_senders.ledger.bigquery_jobs import open_bigquery

            return open_bigquery(schema, environ)
        case "snowflake":
            from nudge_senders.ledger.snowflake_warehouse import open_snowflake

            return open_snowflake(schema, environ)
        case _:
            raise SenderMisconfigured(f"there is no ledger on {target!r}")
