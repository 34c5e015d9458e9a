"""`milestone-agent validate`: prints what the validation found. The checks stand in `validation`."""

from __future__ import annotations

import click

from dagster_project import validation
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.validation.seed_reader import shown_path


@click.command()
@click.option("--destinations", is_flag=True, help="Ask the destinations as well whether they could deliver.")
@click.pass_context
def validate(context: click.Context, destinations: bool) -> None:
    """Check seeds, templates, environment and sources; touch nothing.

    With --destinations every destination is listed with the settings that it lacks, or with what its provider
    answers to a harmless question; nothing is sent.

    Exit code 2 when anything is wrong, with one line for each problem: file, line, what, and how to mend it.
    """
    settings = settings_from_environment()
    report = validation.validate(settings, destinations=destinations)
    for problem in report.errors:
        click.echo(str(problem), err=True)
    for problem in report.warnings:
        click.echo(str(problem))
    if report.switched_off:
        click.echo("Switched off, because a table or column is not there:")
        for off in report.switched_off:
            click.echo(f"  {off}")
    if report.destinations:
        click.echo("Destinations:")
        for answer in report.destinations:
            click.echo(f"  {answer}")
    for note in report.notes:
        click.echo(f"Note: {note}")
    found = f"{_counted(len(report.errors), 'error')}, {_counted(len(report.warnings), 'warning')}"
    if report.is_only_locked:
        click.echo("The warehouse is locked, so its tables were not checked. Nothing was touched.", err=True)
        context.exit(2)
    if report.is_refused:
        click.echo(f"Not valid: {found}. Nothing was touched.", err=True)
        context.exit(2)
    place = shown_path(settings.duckdb_path) if settings.is_embedded else settings.target
    click.echo(f"Valid: {found}. Namespace {settings.namespace}, warehouse {place}.")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
