"""`milestone-agent ledger`: the group, going live and looking at the ledger. What entries mean, nudge_senders
say; what people answer and stop is in `ledger_review` and `ledger_halt`.
"""

from __future__ import annotations

import getpass
import sys

import click

from dagster_project.cli.ledger_halt import halt_command, release_command
from dagster_project.cli.ledger_review import resolve_command, review_command
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import naive_utc, system_clock
from dagster_project.errors import Refused
from dagster_project.ledger_opening import ledger_of
from dagster_project.ledger_status import read_status, status_lines
from dagster_project.opening import Opening, prepare_opening
from dagster_project.settings import Settings
from dagster_project.text_layout import instant, table
from dagster_project.validation.warehouse import reading
from nudge_senders.ledger import Ledger


@click.group()
def ledger() -> None:
    """Go live, see what the ledger holds, answer what is in doubt, and stop sends."""


ledger.add_command(review_command)
ledger.add_command(resolve_command)
ledger.add_command(halt_command)
ledger.add_command(release_command)


@ledger.command("status")
def status() -> None:
    """Show the namespace, the nudges by state, what is in doubt or stopped, the last tick and the lease."""
    settings = settings_from_environment()
    for line in status_lines(read_status(settings, now=system_clock())):
        click.echo(line)


@ledger.command("open")
@click.option(
    "--confirm", type=int, metavar="COUNT", help="The printed number of accounts, where nobody can type it."
)
def open_live(confirm: int | None) -> None:
    """Open the live namespace: from now on nudges leave.

    Prints the accounts that have slipped already, per tier and CSM; they get nothing for where they stand.
    Asks for their number to be typed, and appends `opened` to the ledger.
    """
    settings = settings_from_environment()
    if settings.is_embedded and not settings.is_absent:
        # Says within seconds who holds the file; the ledger itself would wait for a minute.
        with reading(settings):
            pass
    book = _ledger(settings)
    opened_at = (
        book.opened_at(settings.namespace) if not settings.is_absent and book.version() is not None else None
    )
    if opened_at is not None:
        click.echo(f"{settings.namespace} is open since {instant(opened_at)}; nothing to do.")
        return
    opening = prepare_opening(settings, now=naive_utc(system_clock()))
    _print(opening)
    typed = confirm if confirm is not None else _asked(opening)
    if typed != opening.accounts:
        raise Refused(
            f"{typed} is not the number of accounts printed ({opening.accounts}); nothing was opened."
        )
    book.migrate()
    book.open_namespace(settings.namespace, who=getpass.getuser())
    click.echo(f"{settings.namespace} is open. The next tick may send.")


def _ledger(settings: Settings) -> Ledger:
    return ledger_of(settings, system_clock)


def _print(opening: Opening) -> None:
    click.echo(f"Accounts that have slipped already, as of {instant(opening.as_of)}:")
    rows = [
        (row.csm, str(row.accounts), str(row.tier_1), str(row.tier_2), str(row.tier_3))
        for row in opening.slipped
    ]
    totals = [str(sum(int(row[column]) for row in rows)) for column in range(1, 5)]
    for line in table(
        ("CSM", "accounts", "tier 1 due", "tier 2 due", "tier 3 due"), [*rows, ("all", *totals)]
    ):
        click.echo(line)
    click.echo("They get no nudge for the milestone they stand at; those that slip from now on do.")


def _asked(opening: Opening) -> int:
    if not sys.stdin.isatty():
        raise Refused(
            f"Nobody is here to type the number; to open {opening.namespace}, run "
            f"`milestone-agent ledger open --confirm {opening.accounts}`."
        )
    return int(
        click.prompt(f"Type the number of accounts ({opening.accounts} printed above) to open", type=int)
    )
