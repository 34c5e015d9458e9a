"""What the comparison asks of an engine, and how dbt is run on any of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

#: No build of these takes longer on two busy cores.
_SECONDS_AT_MOST = 1800
Rows = list[dict[str, Any]]


class Engine(Protocol):
    """A warehouse of its own, empty at first."""

    name: str

    def load(self, source: Path) -> None:
        """Replace the raw tables by those of this DuckDB file."""

    def build(self, project: Path, as_of: datetime) -> None:
        """Build all models of a dbt project as of a naive UTC instant, on top of what is there."""

    def rows(self, schema: str, relation: str) -> Rows:
        """All rows of a relation, named as on a target without a prefix; column names in lower case."""


def run_dbt(environ: Mapping[str, str], home: Path, project: Path, as_of: datetime) -> None:
    """Build seeds, models and snapshots of `project` as of an instant; fails the test with what dbt said."""
    arguments: Sequence[str] = [
        str(Path(sys.executable).with_name("dbt")),
        *("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        *("--vars", json.dumps({"as_of": f"{as_of:%Y-%m-%dT%H:%M:%S.%f}Z"})),
        *("--project-dir", str(project), "--profiles-dir", str(project), "--threads", "2"),
        *("--target-path", str(home / "target"), "--log-path", str(home / "logs")),
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MILESTONE_AGENT_")}
    done = subprocess.run(
        arguments,
        env={**inherited, **environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=_SECONDS_AT_MOST,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
