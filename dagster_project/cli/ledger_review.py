"""`milestone-agent ledger review` and `resolve`: what is in doubt, and a person's answer to it."""

from __future__ import annotations

import click

from dagster_project.cli.ledger_halt import person, reason, who_option
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import system_clock
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.ledger_opening import ledger_of
from dagster_project.ledger_review import actions_in_doubt, read_review, review_lines
from nudge_senders.errors import LeaseHeld
from nudge_senders.resolving import resolve
from nudge_senders.vocabulary import Action


@click.command("review")
def review_command() -> None:
    """List the nudges that may or may not have left: where to look, and the command that answers."""
    for line in review_lines(read_review(settings_from_environment())):
        click.echo(line)


@click.command("resolve")
@click.argument("nudge_id")
@click.option("--sent/--not-sent", "is_sent", default=None, help="It left, or it did not.")
@click.option("--why", required=True, type=reason, help="What you saw at the vendor's.")
@click.option(
    "--action",
    type=click.Choice([each.value for each in Action]),
    help="Which of the two is meant, where both are in doubt.",
)
@who_option
def resolve_command(
    nudge_id: str, is_sent: bool | None, why: str, action: str | None, who: str | None
) -> None:
    """Answer for a nudge in doubt. Sent: it is never sent again. Not sent: the next tick may send it."""
    settings = settings_from_environment()
    if is_sent is None:
        raise Refused("Say --sent or --not-sent; nothing was resolved.")
    doubts = actions_in_doubt(read_review(settings), nudge_id)
    if action is None and len(doubts) > 1:
        raise Refused(
            f"Of {nudge_id} both are in doubt; say --action {' or --action '.join(sorted(doubts))}."
        )
    meant = Action(action or (doubts[0] if doubts else Action.DELIVER))
    ledger = ledger_of(settings, system_clock)
    if not ledger.is_migrated():
        raise Refused("The ledger is of an older version; run `milestone-agent init` first.")
    try:
        resolve(
            ledger,
            namespace=settings.namespace,
            nudge_id=nudge_id,
            action=meant,
            is_sent=is_sent,
            who=person(who),
            why=why,
        )
    except LeaseHeld as held:
        raise WarehouseBusy(f"A tick is running, and nothing was resolved: {held}. Try again.") from held
    ending = "is never repeated" if is_sent else "may be tried again by the next tick"
    click.echo(f"To {meant} {nudge_id} is resolved as {'sent' if is_sent else 'not sent'} and {ending}.")
