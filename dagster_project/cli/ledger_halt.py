"""`milestone-agent ledger halt` and `release`: options in, what was stopped or let go on out."""

from __future__ import annotations

import getpass
import re
from datetime import datetime, timedelta

import click

from dagster_project.cli.instants import instant as typed_instant
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import system_clock
from dagster_project.errors import Refused
from dagster_project.halting import (
    ANOMALY_RELEASE_LASTS,
    checked_scope,
    halt,
    release,
    release_all,
    release_anomaly,
    release_file,
)
from dagster_project.settings import PREFIX, Settings
from dagster_project.text_layout import instant, printable
from nudge_senders.halt_file import EVERYTHING, read_halt_file
from nudge_senders.nudge import ADDRESS_PATTERN

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=3650)


def duration(typed: str) -> timedelta:
    """`90m`, `2h`, `3d`."""
    found = re.fullmatch(r"([1-9]\d{0,6})([mhd])", typed.strip())
    if found is None:
        raise click.BadParameter(f"{typed!r} is not a duration; write it as 90m, 2h or 3d")
    lasting = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if lasting > _LONGEST:
        raise click.BadParameter(f"{typed!r} is longer than ten years; leave it out to stop for good")
    return lasting


def reason(typed: str) -> str:
    """A sentence for the record, which holds nobody's address."""
    told = " ".join(printable(typed).split())
    if not told:
        raise click.BadParameter("say why in a few words")
    if re.search(ADDRESS_PATTERN, told):
        raise click.BadParameter("holds an address, and the ledger keeps none; name the account's id")
    return told


def person(typed: str | None) -> str:
    return " ".join(printable(typed or "").split()) or getpass.getuser()


who_option = click.option("--who", help="Who answers for it (default: the user of this machine).")


@click.command("halt")
@click.option(
    "--scope",
    default=EVERYTHING,
    show_default=True,
    help="all, channel:email, destination:slack, template:KEY, tier:2, account:ID, experiment:KEY.",
)
@click.option("--for", "lasting", type=duration, metavar="2h", help="Stop for so long.")
@click.option("--until", "until_at", type=typed_instant, metavar="INSTANT", help="Stop until then, in UTC.")
@click.option("--why", required=True, type=reason, help="For those who find it stopped.")
@who_option
def halt_command(
    scope: str, lasting: timedelta | None, until_at: datetime | None, why: str, who: str | None
) -> None:
    """Stop sends at once, also while the warehouse is locked.

    Writes a file beside the warehouse, which is read before every single call, and the row in
    nudges.nudge_halts when the warehouse is free. Settling doubts and taking back in-app states go on under
    every scope but `all`.
    """
    settings = settings_from_environment()
    now = system_clock()
    if lasting is not None and until_at is not None:
        raise Refused("Give --for or --until, not both; nothing was stopped.")
    end = now + lasting if lasting is not None else until_at
    if end is not None and end <= now:
        raise Refused(f"{instant(end)} has passed already; nothing was stopped.")
    scope = checked_scope(scope, settings)
    written = halt(settings, scope=scope, until_at=end, who=person(who), why=why, clock=system_clock)
    until = f"until {instant(end)}" if end else "until somebody releases it"
    click.echo(f"Stopped: {scope}, {until} (halt {written.halt_id})")
    click.echo(f"  file  {written.file_problem or settings.halt_file}")
    click.echo(f"  row   {written.row_problem or 'written to nudge_halts'}")
    if written.row_problem:
        click.echo("The file alone stops sends; keep it until you release the halt.")
    elif written.file_problem:
        click.echo("The row alone stops sends: a batch that is leaving right now ends first.")
    click.echo(f"To end it: milestone-agent ledger release {written.halt_id}")


@click.command("release")
@click.argument("halt_id", required=False)
@click.option("--all", "is_all", is_flag=True, help="End every halt and take the halt file away.")
@click.option("--file", "is_file", is_flag=True, help="Take the halt file away; needs no warehouse.")
@click.option("--anomaly", "is_anomaly", is_flag=True, help="Let unusually many new slips through for 24 h.")
@click.option(
    "--up-to", type=click.IntRange(min=0), metavar="N", help="As long as there are at most so many."
)
@click.option("--why", type=reason, help="For the record; needed with --anomaly.")
@who_option
def release_command(
    halt_id: str | None,
    is_all: bool,
    is_file: bool,
    is_anomaly: bool,
    up_to: int | None,
    why: str | None,
    who: str | None,
) -> None:
    """Let sends go on: end one halt, all of them, or what the halt file stops.

    With --anomaly --up-to N, let a tick send although unusually many accounts slipped: for 24 hours, while
    there are at most N of them, and while the policy is the one of the last finished tick. N = 0 takes that
    back.
    """
    settings = settings_from_environment()
    chosen = [bool(halt_id), is_all, is_file, is_anomaly]
    if sum(chosen) != 1:
        raise Refused("Say what to release: a halt's id, --all, --file, or --anomaly --up-to N.")
    if is_anomaly != (up_to is not None):
        raise Refused("--anomaly and --up-to N belong together; nothing was released.")
    name, told = person(who), why or "released"
    if up_to is not None:
        if why is None:
            raise Refused("Say with --why why so many slips are right; nothing was released.")
        released = release_anomaly(settings, up_to=up_to, who=name, why=told, clock=system_clock)
        hours = int(ANOMALY_RELEASE_LASTS.total_seconds() // 3600)
        click.echo(
            f"For {hours} h, until {instant(released.until_at)}, up to {up_to} new slips are let through "
            f"under the policy {released.policy_hash}."
        )
        return
    if halt_id:
        release(settings, halt_id, who=name, why=told, clock=system_clock)
        click.echo(f"Released {halt_id}.")
    elif is_all:
        number = release_all(settings, who=name, why=told, clock=system_clock)
        click.echo(f"Released {number}." if number else "Nothing was stopped by file or row.")
    else:
        number = release_file(settings)
        click.echo(f"Took {settings.halt_file} away." if number else f"There is no {settings.halt_file}.")
        click.echo("Rows in nudge_halts stand as they are: milestone-agent ledger status")
    _say_what_stands(settings)


def _say_what_stands(settings: Settings) -> None:
    if settings.is_halted:
        click.echo(f"{PREFIX}HALT=1 is set here and still stops all sends; unset it.")
    if any(line.is_standing(system_clock()) for line in read_halt_file(settings.halt_file)):
        click.echo(f"{settings.halt_file} still stops sends: milestone-agent ledger status")
