"""Snowflake for a test: the stand-in in a process of its own, and how to reach it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
DATABASE = "analytics"


@dataclass(frozen=True)
class Place:
    """Where a Snowflake is. `environment` holds the variables by which the product finds it."""

    environment: dict[str, str]

    def connect(self, **more: Any) -> Any:
        """A connection of the real connector that gives up early and keeps UTC."""
        from nudge_senders.ledger.snowflake_connection import connection_settings

        import snowflake.connector

        return snowflake.connector.connect(**{**connection_settings(self.environment), **more})


@contextmanager
def snowflake_stand_in(log: Path, without: Sequence[str] = ()) -> Iterator[Place]:
    """A fresh, empty stand-in, gone at the end. `without` names repairs to leave out; it writes to `log`."""
    arguments = [part for name in without for part in ("--without", name)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engines.snowflake.service", *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the stand-in did not start:\n{log.read_text()[-3000:]}")
        yield Place(
            {
                "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT": "stand_in",
                "MILESTONE_AGENT_SNOWFLAKE_USER": "milestone_agent",
                "DBT_ENV_SECRET_SNOWFLAKE_PASSWORD": "none",
                "MILESTONE_AGENT_SNOWFLAKE_DATABASE": DATABASE,
                "MILESTONE_AGENT_SNOWFLAKE_WAREHOUSE": "onboarding",
                "MILESTONE_AGENT_SNOWFLAKE_HOST": "127.0.0.1",
                "MILESTONE_AGENT_SNOWFLAKE_PORT": port,
                "MILESTONE_AGENT_SNOWFLAKE_PROTOCOL": "http",
            }
        )
    finally:
        process.kill()
        process.wait()
