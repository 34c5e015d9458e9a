"""`milestone-agent init`."""

from __future__ import annotations

import click

from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import system_clock
from dagster_project.errors import Refused


@click.command()
def init() -> None:
    """Prepare the home folder and the ledger with its migrations. Everything that needs it runs it by
    itself.
    """
    from dagster_project.beginning import refuse_impossible
    from dagster_project.dagster_home import ensure_dagster_home
    from dagster_project.initialise import initialise
    from dagster_project.ledger_opening import ledger_of
    from dagster_project.session import TickOptions
    from dagster_project.validation.environment import check_warehouse_place

    settings = settings_from_environment()
    refuse_impossible(settings, TickOptions())
    misplaced = [str(problem) for problem in check_warehouse_place(settings)]
    if misplaced:
        raise Refused("\n".join(misplaced))
    ledger = ledger_of(settings, system_clock)
    changed = initialise(settings, ledger)
    ensure_dagster_home(settings)
    click.echo(f"{'Prepared' if changed else 'Already prepared'}: {settings.place}")
