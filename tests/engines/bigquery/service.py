"""A BigQuery that the tests speak to: the stand-in with a demo's raw tables, or a project of Google's own.

Belongs here: the environment that dbt, the command line and the ledger find it by. What is asserted stands in
the tests.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines import commands
from tests.engines.bigquery import live
from tests.engines.bigquery.key_file import UNIVERSE, write_key_file
from tests.engines.bigquery.raw_tables import copy_raw_tables, upload_raw_tables
from tests.engines.bigquery.server import StandIn, serve

PREFIX = "engines_"


@dataclass(frozen=True)
class Service:
    """`stand_in` is None for Google's own. `home` is the folder that commands of this service write to."""

    environ: Mapping[str, str]
    home: Path
    stand_in: StandIn | None

    def run(self, *arguments: str) -> str:
        """Run `milestone-agent` with these arguments; returns what it printed. Fails the test otherwise."""
        return commands.milestone_agent(self.environ, *arguments)

    def dbt(self, *arguments: str, target: str = "dbt") -> str:
        """Run dbt on the shipped project; returns what it printed. Fails the test otherwise."""
        return commands.dbt(self.environ, self.home, *arguments, target=target)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query through Google's client."""
        return [dict(row.items()) for row in self.client().query_and_wait(sql)]

    def client(self) -> Any:
        from google.cloud import bigquery
        from google.oauth2 import service_account

        key = service_account.Credentials.from_service_account_file(
            self.environ["GOOGLE_APPLICATION_CREDENTIALS"],
            scopes=["https://www.googleapis.com/auth/bigquery"],
        )
        options: dict[str, Any] = {}
        if self.stand_in is not None:
            options = {"api_endpoint": self.stand_in.endpoint, "universe_domain": UNIVERSE}
        return bigquery.Client(
            project=self.environ["MILESTONE_AGENT_BIGQUERY_PROJECT"],
            credentials=key,
            client_options=options or None,
        )


@contextmanager
def standing_in(home: Path, demo: Path, statements_file: Path | None = None) -> Iterator[Service]:
    """The stand-in with the demo's raw tables."""
    home.mkdir(parents=True, exist_ok=True)
    with serve(statements_file=statements_file) as stand_in:
        copy_raw_tables(demo, stand_in.database)
        key = write_key_file(home / "key.json", stand_in.endpoint, stand_in.project)
        environ = _environment(home, stand_in.project, key) | {
            "MILESTONE_AGENT_BIGQUERY_API_ENDPOINT": stand_in.endpoint,
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE,
        }
        yield Service(environ, home, stand_in)


@contextmanager
def googles_own(home: Path, demo: Path) -> Iterator[Service]:
    """The project of the environment, with the demo's raw tables; everything made there is dropped again."""
    home.mkdir(parents=True, exist_ok=True)
    environ = _environment(home, os.environ[live.PROJECT], Path(os.environ[live.KEY_FILE]))
    service = Service(environ, home, None)
    client = service.client()
    assert list(client.list_datasets()) == [], f"the project in {live.PROJECT} holds datasets already"
    try:
        upload_raw_tables(demo, client)
        yield service
    finally:
        for dataset in list(client.list_datasets()):
            client.delete_dataset(dataset.reference, delete_contents=True)


def opened(kind: str) -> Callable[[Path, Path], Any]:
    """How to open the kind of service that a test is parametrised with."""
    return googles_own if kind == "google" else standing_in


def _environment(home: Path, project: str, key: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILESTONE_AGENT_")}
    return kept | {
        "MILESTONE_AGENT_TARGET": "bigquery",
        "MILESTONE_AGENT_BIGQUERY_PROJECT": project,
        "MILESTONE_AGENT_DUCKDB_PATH": str(home / "warehouse.duckdb"),
        "MILESTONE_AGENT_SCHEMA_PREFIX": PREFIX,
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        # Nobody asks for a metadata server, which a laptop has not.
        "NO_GCE_CHECK": "true",
    }
