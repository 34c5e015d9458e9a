"""`milestone-agent demo`: a warehouse with planted facts, one tick on it, and what was found.

The world is made in `dagster_project.demo`; here are options, refusals and the order of steps.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from dagster_project.cli.called_as import called_as
from dagster_project.cli.node_progress import NodeProgress
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import system_clock
from dagster_project.dbt_in_process import NodeEvent
from dagster_project.demo.generator import DEFAULT_SEED, building, generate
from dagster_project.demo.marker import marker_of
from dagster_project.demo.progress import StillWorking, progress_on
from dagster_project.demo.summary import summary
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.tick import TickOptions, run_tick
from dagster_project.validation import validate


@click.command()
@click.option("--accounts", type=click.IntRange(10, 5_000_000), default=400, show_default=True)
@click.option("--days", type=click.IntRange(2, 1000), default=90, show_default=True, help="Days of history.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=DEFAULT_SEED,
    show_default=True,
    help="Another one, another world.",
)
@click.option(
    "--without-effect", is_flag=True, help="A world in which nudging changes nothing: no effect to be found."
)
def demo(accounts: int, days: int, seed: int, without_effect: bool) -> None:
    """Build a demo warehouse, run a tick on it and say what was planted and what was found.

    It replaces a warehouse that the demo made before and refuses any other file.
    """
    settings = settings_from_environment()
    refuse_unfit(settings)
    refuse_invalid_policy(settings)
    generate(
        settings.duckdb_path,
        now=system_clock(),
        accounts=accounts,
        days=days,
        seed=seed,
        has_effect=not without_effect,
        seeds_dir=settings.dbt_project_dir / "seeds",
        progress=progress_on(sys.stderr),
    )
    click.echo("First tick: computing states, deciding, writing messages to the outbox", err=True)
    progress = NodeProgress()
    with StillWorking(sys.stderr) as still_working:

        def on_node(event: NodeEvent) -> None:
            still_working.heard(event.unique_id.split(".")[2])
            progress(event)

        try:
            run_tick(settings, TickOptions(), on_node=on_node)
        finally:
            progress.close()
    click.echo(
        summary(
            settings.duckdb_path,
            namespace=settings.namespace,
            outbox=settings.outbox,
            schema_prefix=settings.schema_prefix,
            command=called_as(),
        )
    )


def refuse_unfit(settings: Settings) -> None:
    """A demo is for a file of its own: never on a shared warehouse, in production or live."""
    if not settings.is_embedded:
        raise Refused(
            f"The demo builds a DuckDB file, but MILESTONE_AGENT_TARGET is {settings.target}; "
            "unset it for the demo."
        )
    if settings.env == "prod":
        raise Refused("The demo does not run in production; unset MILESTONE_AGENT_ENV for it.")
    if settings.is_live:
        raise Refused("The demo never sends for real; unset MILESTONE_AGENT_LIVE for it.")
    marker_of(settings.duckdb_path)


def refuse_invalid_policy(settings: Settings) -> None:
    """Seeds that the first tick would refuse are refused before the former demo is replaced.

    Looked at without a warehouse: the one to come does not exist yet, and it is judged by the tick.
    """
    report = validate(replace(settings, duckdb_path=building(settings.duckdb_path)))
    errors = [str(problem) for problem in report.errors if problem.key != "MILESTONE_AGENT_DUCKDB_PATH"]
    if errors:
        raise Refused("The configuration is not valid, so nothing was done.\n" + "\n".join(errors))
