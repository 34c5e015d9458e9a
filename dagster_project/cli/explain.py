"""`milestone-agent explain`: prints the answer that `dagster_project.explain` gathers."""

from __future__ import annotations

import click

from dagster_project.cli.called_as import called_as
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.explain import explain_account
from dagster_project.explain_text import explanation


@click.command()
@click.argument("account_id")
def explain(account_id: str) -> None:
    """Say why ACCOUNT_ID gets a nudge and why not: milestones, clocks, decisions, ledger."""
    click.echo(explanation(explain_account(settings_from_environment(), account_id, command=called_as())))
