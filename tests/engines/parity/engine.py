"""What the comparison asks of an engine, and how dbt is run on any of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from nudge_senders.ledger import Ledger
from tests.engines.commands import dbt

Rows = list[dict[str, Any]]


class Engine(Protocol):
    """A warehouse of its own, empty at first."""

    name: str

    def load(self, source: Path) -> None:
        """Replace the raw tables by those of this DuckDB file."""

    def ledger(self) -> Ledger:
        """The product's own, in this warehouse."""

    def build(self, project: Path, as_of: datetime | None) -> None:
        """Build all models of a dbt project on top of what is there: as of a naive UTC instant, or of the
        tick that holds the ledger's lease."""

    def rows(self, schema: str, relation: str) -> Rows:
        """All rows of a relation, named as on a target without a prefix; column names in lower case."""


def run_dbt(environ: Mapping[str, str], home: Path, project: Path, as_of: datetime | None) -> None:
    """Build seeds, models and snapshots of `project`, as `Engine.build` says; fails the test with what dbt
    said."""
    variables = {} if as_of is None else {"as_of": f"{as_of:%Y-%m-%dT%H:%M:%S.%f}Z"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MILESTONE_AGENT_")}
    build = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt({**inherited, **environ}, home, *build, "--vars", json.dumps(variables), project=project)
