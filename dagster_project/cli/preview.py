"""`milestone-agent preview`: prints a rendered message. Finding and rendering it is done elsewhere."""

from __future__ import annotations

import click

from dagster_project import preview as messages
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.errors import Refused


@click.command()
@click.argument("nudge_or_template")
@click.option("--send-to", metavar="ADDRESS", help="Send the message as a test to this address.")
def preview(nudge_or_template: str, send_to: str | None) -> None:
    """Show the message of a nudge (by its nudge_id), or of a template on a sample row.

    A template is named by its template_key, with a milestone or the kind of an integration's error if wanted:
    email_how_to/integration_connected, email_how_to/unknown. The name of its file does as well.
    """
    settings = settings_from_environment()
    if send_to is not None:
        raise Refused(
            "No destination can send a test message yet, so nothing was sent; "
            "leave --send-to out to see the message here."
        )
    click.echo(messages.preview(settings, nudge_or_template))
