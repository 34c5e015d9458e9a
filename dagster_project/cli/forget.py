"""`milestone-agent forget`: prints what `dagster_project.forgetting` did, relation by relation."""

from __future__ import annotations

import click

from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.forgetting import forget


@click.command("forget")
@click.argument("person")
def forget_command(person: str) -> None:
    """Forget PERSON, a contact id or an email, in everything that this pipeline keeps.

    Ids are replaced by words that lead nowhere, names and addresses go, counts stay. Raw tables are yours:
    delete there first what is printed, or the next tick reads it again. Safe to repeat.
    """
    forgotten = forget(settings_from_environment(), person)
    for change in forgotten.changes:
        click.echo(f"{change.place}: {change.number} ({change.what})")
    if not forgotten.changes:
        click.echo("Nothing about this person is kept here.")
    for rows in forgotten.raw:
        click.echo(f"Yours to delete: {rows.number} rows of {rows.table} where {rows.condition}")
    if forgotten.raw:
        click.echo(
            "While they are there, the next tick reads them again; delete them and repeat this command."
        )
