"""`milestone-agent preview`: prints a rendered message, or sends it as a test. Finding, rendering and sending
it is done elsewhere."""

from __future__ import annotations

import click

from dagster_project import preview as messages
from dagster_project import trial_send
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.errors import Refused, RunFailed


@click.command()
@click.argument("nudge_or_template")
@click.option(
    "--send-to",
    metavar="ADDRESS",
    help="Send the message as a test, to this recipient only: an email address, the id of a person or a "
    "channel in Slack, or a user id.",
)
@click.option("--destination", metavar="NAME", help="With --send-to: through this destination.")
def preview(nudge_or_template: str, send_to: str | None, destination: str | None) -> None:
    """Show the message of a nudge (by its nudge_id), or of a template on a sample row.

    A template is named by its template_key, with a milestone or the kind of an integration's error if wanted:
    email_how_to/integration_connected, email_how_to/unknown. The name of its file does as well.

    With --send-to the message goes to that recipient and to nobody else, through the destination of its row,
    also in shadow; the ledger knows nothing of it.
    """
    settings = settings_from_environment()
    if send_to is None and destination is not None:
        raise Refused("--destination goes with --send-to; without it nothing is sent.")
    if send_to is None:
        click.echo(messages.preview(settings, nudge_or_template))
        return
    report = trial_send.send_to(settings, nudge_or_template, send_to, destination)
    if not report.is_taken:
        raise RunFailed(report.text)
    click.echo(report.text)
