"""Every statement that dbt sends to BigQuery when it builds the project twice and runs its tests.

Belongs here: running dbt against the stand-in, and what the stand-in was sent. Does not belong here: judging
it.
"""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from dagster_project.demo.generator import generate
from nudge_senders.ledger import open_ledger
from tests.engines.bigquery.key_file import UNIVERSE, write_key_file
from tests.engines.bigquery.raw_tables import copy_raw_tables
from tests.engines.bigquery.server import LOCATION, StandIn, serve
from tests.parsed_project import SHIPPED_PROJECT, only_these_settings

NOW = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)

#: What the stand-in's engine calls a type, and BigQuery's name for it.
_TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INT64",
    "INTEGER": "INT64",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOL",
    "DATE": "DATE",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}

Relation = tuple[str, str, str]


@dataclass(frozen=True)
class Sent:
    """The statements of each run of dbt, in order; `loaded` are the relations that no statement made, with
    the names of their columns' types; `manifest` is dbt's own."""

    first_build: Sequence[str]
    later_build: Sequence[str]
    tests: Sequence[str]
    loaded: Mapping[Relation, Mapping[str, str]]
    manifest: Mapping[str, Any]


def sent_by_dbt(folder: Path) -> Sent:
    """Build on a small demo warehouse and on the ledger as a tick makes it; build again; run all tests.

    Fails where dbt does. Takes minutes: there are more than a thousand tests.
    """
    generate(folder / "demo.duckdb", now=NOW, accounts=20, days=40)
    with serve() as stand_in, only_these_settings(_settings(stand_in, folder)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy_raw_tables(folder / "demo.duckdb", stand_in.database)
        open_ledger(
            folder / "memory.duckdb", clock=lambda: NOW, target="bigquery", environ=os.environ
        ).migrate()
        build = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        first = _run(stand_in, folder, *build)
        later = _run(stand_in, folder, *build)
        tests = _run(stand_in, folder, "test")
        return Sent(first, later, tests, _loaded(stand_in), _manifest(folder))


def _settings(stand_in: StandIn, folder: Path) -> dict[str, str]:
    return {
        "MILESTONE_AGENT_TARGET": "bigquery",
        "MILESTONE_AGENT_BIGQUERY_PROJECT": stand_in.project,
        "MILESTONE_AGENT_BIGQUERY_LOCATION": LOCATION,
        "MILESTONE_AGENT_BIGQUERY_API_ENDPOINT": stand_in.endpoint,
        "MILESTONE_AGENT_ENV": "prod",
        "GOOGLE_APPLICATION_CREDENTIALS": str(
            write_key_file(folder / "key.json", stand_in.endpoint, stand_in.project)
        ),
        "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE,
    }


def _run(stand_in: StandIn, folder: Path, *command: str) -> list[str]:
    stand_in.statements.clear()
    outcome: Any = dbtRunner().invoke(
        [
            *command,
            *("--project-dir", str(SHIPPED_PROJECT)),
            *("--profiles-dir", str(SHIPPED_PROJECT)),
            *("--target", "bigquery"),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
            # One at a time, so that what a statement reads was made by one before it.
            *("--quiet", "--log-level-file", "error", "--threads", "1"),
        ]
    )
    results = outcome.result or []
    failed = [
        f"{each.node.name}: {each.message}" for each in results if str(each.status) in ("error", "fail")
    ]
    assert outcome.exception is None, outcome.exception
    assert failed == []
    return [statement.sql for statement in stand_in.statements]


def _loaded(stand_in: StandIn) -> dict[Relation, dict[str, str]]:
    """Raw tables, the ledger and the seeds, which come as files."""
    kept: dict[Relation, dict[str, str]] = {}
    with stand_in.database.cursor() as cursor:
        for schema, table, column, kind in _columns(cursor):
            if not schema.startswith("onboarding") or schema == "onboarding_seeds":
                kept.setdefault((stand_in.project, schema, table), {})[column] = _TYPES.get(kind, "NUMERIC")
    return kept


def _columns(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    return cursor.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where not internal order by schema_name, table_name, column_index"
    ).fetchall()


def _manifest(folder: Path) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads(
        (folder / "target" / "manifest.json").read_text(encoding="utf-8")
    )
    return manifest
