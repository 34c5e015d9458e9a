"""The commands of the product and of dbt, run as their users run them; a test fails where one does.

How long they may take is what the test may (`tests/conftest.py`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.parsed_project import SHIPPED_PROJECT


def milestone_agent(environ: Mapping[str, str], *arguments: str) -> str:
    """What it printed."""
    return _run("milestone-agent", environ, *arguments)


def dbt(
    environ: Mapping[str, str],
    home: Path,
    *arguments: str,
    project: Path = SHIPPED_PROJECT,
    target: str = "dbt",
) -> str:
    """What it printed. Its artefacts are in the folder `target` of `home`."""
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--threads", "2"]
    where += ["--target-path", str(home / target), "--log-path", str(home / "logs")]
    return _run("dbt", environ, *arguments, *where)


def counts_of(printed: str) -> dict[str, int]:
    """dbt's last line as numbers."""
    found = re.findall(r"Done\. PASS=(\d+) WARN=(\d+) ERROR=(\d+) SKIP=(\d+)", printed)
    return dict(zip(("pass", "warn", "error", "skip"), map(int, found[-1]), strict=True))


def _run(command: str, environ: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command)), *arguments],
        env={**environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[-6000:]
    return printed
