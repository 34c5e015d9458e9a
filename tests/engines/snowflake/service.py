"""A Snowflake that the tests speak to: the stand-in, or a database of an account of one's own.

Belongs here: the environment that dbt, the command line and the connector find it by. What is asserted stands
in the tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nudge_senders.ledger.snowflake_connection import connection_settings
from tests.engines import commands
from tests.engines.snowflake.raw_tables import RAW_SCHEMAS, copy_raw_tables
from tests.engines.snowflake.stand_in import stand_in

#: A database that holds nothing else: schemas are made in it, and dropped at the end.
LIVE_DATABASE = "MILESTONE_AGENT_SNOWFLAKE_TEST_DATABASE"
WHY_NOT_LIVE = (
    f"no Snowflake in the environment: set {LIVE_DATABASE} to an empty database of yours, and "
    "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT, _USER, _WAREHOUSE and a key or a password as for production"
)
PREFIX = "engines_"


@dataclass(frozen=True)
class Service:
    """`home` is the folder that commands write to."""

    environ: Mapping[str, str]
    home: Path
    is_live: bool = False

    @contextmanager
    def connected(self, **settings: Any) -> Iterator[Any]:
        """A connection of the real connector, set up as the ledger's."""
        import snowflake.connector

        with closing(
            snowflake.connector.connect(**{**connection_settings(self.environ), **settings})
        ) as connection:
            yield connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, which is committed."""
        with self.connected(autocommit=True) as connection, connection.cursor() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(sql).fetchall()
            return found

    def run(self, *arguments: str) -> str:
        """Run `milestone-agent` with these arguments; returns what it printed. Fails the test otherwise."""
        return commands.milestone_agent(self.environ, *arguments)

    def dbt(self, *arguments: str) -> str:
        """Run dbt on the shipped project; returns what it printed. Fails the test otherwise."""
        return commands.dbt(self.environ, self.home, *arguments)


@contextmanager
def standing_in(home: Path, demo: Path | None) -> Iterator[Service]:
    """The stand-in with the raw tables of a DuckDB file."""
    home.mkdir(parents=True, exist_ok=True)
    with stand_in(home / "stand_in.log") as place:
        service = Service(_environment(home, place), home)
        if demo is not None:
            with service.connected() as connection:
                copy_raw_tables(demo, connection)
        yield service


@contextmanager
def an_account(home: Path, demo: Path | None) -> Iterator[Service]:
    """The database of the environment, with the same raw tables; every schema made there is dropped again."""
    home.mkdir(parents=True, exist_ok=True)
    place = {name: value for name, value in os.environ.items() if "SNOWFLAKE" in name}
    place["MILESTONE_AGENT_SNOWFLAKE_DATABASE"] = os.environ[LIVE_DATABASE]
    service = Service(_environment(home, place), home, is_live=True)
    raw = ", ".join(f"'{schema}'" for schema in RAW_SCHEMAS)
    made = f"schema_name ilike '{PREFIX}%' or lower(schema_name) in ({raw})"
    asked = f"select schema_name from information_schema.schemata where {made}"
    assert service.rows(asked) == [], f"the database in {LIVE_DATABASE} holds schemas already"
    try:
        if demo is not None:
            with service.connected() as connection:
                copy_raw_tables(demo, connection)
        yield service
    finally:
        for (schema,) in service.rows(asked):
            service.rows(f'drop schema "{schema}"')


def is_live_possible() -> bool:
    return bool(os.environ.get(LIVE_DATABASE) and os.environ.get("MILESTONE_AGENT_SNOWFLAKE_ACCOUNT"))


def _environment(home: Path, place: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILESTONE_AGENT_")}
    return kept | {
        **place,
        "MILESTONE_AGENT_TARGET": "snowflake",
        "MILESTONE_AGENT_DUCKDB_PATH": str(home / "warehouse.duckdb"),
        "MILESTONE_AGENT_SCHEMA_PREFIX": PREFIX,
    }
