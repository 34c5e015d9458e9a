"""`milestone-agent ui`: Dagster home, manifest and the UI in one step."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import click

from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.cli.ui_ready import start_watcher
from dagster_project.errors import Refused, RunFailed
from dagster_project.settings import PREFIX, Settings

LOOPBACK = "127.0.0.1"
# Marks where in the output the message begins: dbt writes there too, and a traceback is for nobody.
_TOLD = "-- what went wrong --"
_PREPARE = f"""
import os, sys
from dagster_project.manifest import ensure_manifest
from dagster_project.settings import Settings
try:
    ensure_manifest(Settings.from_environment(os.environ))
except Exception as error:
    sys.exit(f"{_TOLD}{{error or repr(error)}}")
"""


@click.command()
@click.option(
    "--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port on this machine."
)
def ui(port: int) -> None:
    """Open the Dagster UI on this machine, with the schedules running. Ctrl-C ends it."""
    from dagster_project.dagster_home import ensure_dagster_home
    from dagster_project.validation import require_valid_project

    settings = settings_from_environment()
    require_valid_project(settings)
    _refuse_taken_port(port)
    home = ensure_dagster_home(settings)
    click.echo("Reading the dbt project ...", err=True)
    os.environ.update(environment_of_ui(settings, str(home)))
    _prepare_manifest()
    click.echo("Starting Dagster ...", err=True)
    sys.stdout.flush()
    start_watcher(LOOPBACK, port)
    # A shell ignores SIGINT for what it starts in the background; Dagster's processes end each other by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Dagster announces a successor of this command on every start.
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "-h", LOOPBACK, "-p", str(port)]
    command += ["-m", "dagster_project.definitions", "--log-level", "warning"]
    os.execv(sys.executable, command)


def environment_of_ui(settings: Settings, dagster_home: str) -> dict[str, str]:
    """Absolute paths, so that run workers find the same warehouse wherever they start."""
    return {
        "DAGSTER_HOME": dagster_home,
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        f"{PREFIX}DUCKDB_PATH": str(settings.duckdb_path),
        f"{PREFIX}DBT_PROJECT": str(settings.dbt_project_dir),
    }


def _prepare_manifest() -> None:
    """In a process of its own, so that what dbt leaves open is not inherited by the UI."""
    done = subprocess.run([sys.executable, "-c", _PREPARE], capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.rpartition(_TOLD)[2].strip()
        raise RunFailed(f"The dbt project could not be read:\n{told}")


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise Refused(f"Port {port} is taken ({error.strerror}); choose another with --port.") from error
