"""The stand-in's process: started empty, gone at the end.

Belongs here: how a test gets one and how it is reached. What it does otherwise than as shipped is `repairs`'.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[3]


@contextmanager
def stand_in(log: Path, without: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The variables by which the product finds it. `without` names repairs to leave out; it writes
    to `log`."""
    arguments = [part for name in without for part in ("--without", name)]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.engines.snowflake.serving", *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the stand-in did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
        yield {
            "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT": "stand_in",
            "MILESTONE_AGENT_SNOWFLAKE_USER": "milestone_agent",
            "DBT_ENV_SECRET_SNOWFLAKE_PASSWORD": "none",
            "MILESTONE_AGENT_SNOWFLAKE_DATABASE": "analytics",
            "MILESTONE_AGENT_SNOWFLAKE_WAREHOUSE": "onboarding",
            "MILESTONE_AGENT_SNOWFLAKE_HOST": "127.0.0.1",
            "MILESTONE_AGENT_SNOWFLAKE_PORT": port,
            "MILESTONE_AGENT_SNOWFLAKE_PROTOCOL": "http",
        }
    finally:
        process.kill()
        process.wait()
