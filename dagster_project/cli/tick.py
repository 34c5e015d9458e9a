"""`milestone-agent tick`: options in, counts out. The tick itself is `dagster_project.tick`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from dagster_project.cli.instants import instant
from dagster_project.cli.surroundings import settings_from_environment
from dagster_project.clock import isoformat_z, system_clock

if TYPE_CHECKING:
    from dagster_project.settings import Settings
    from dagster_project.tick import TickOptions, TickResult


@click.command()
@click.option(
    "--as-of",
    type=instant,
    metavar="INSTANT",
    help="Compute the state of exactly this instant, UTC. Never sends.",
)
@click.option("--full-refresh", is_flag=True, help="Build everything anew instead of adding what arrived.")
@click.option(
    "--reread-from",
    type=instant,
    metavar="DAY",
    help="Read again what was loaded since this UTC day, because raw events of it were deleted or corrected.",
)
@click.option("--dry-run", is_flag=True, help="Plan and print; write neither ledger nor outbox.")
def tick(as_of: datetime | None, full_refresh: bool, reread_from: datetime | None, dry_run: bool) -> None:
    """Run one tick: facts, decisions, messages. Safe to repeat: what was sent is not sent again."""
    from dagster_project.beginning import refuse_beforehand
    from dagster_project.cli.node_progress import NodeProgress
    from dagster_project.errors import RunFailed
    from dagster_project.states_set import states_left_by_live, states_set_lines
    from dagster_project.tick import TickOptions, run_tick
    from dagster_project.validation.source_loads import first_load_after
    from nudge_senders.errors import SenderError

    settings = settings_from_environment()
    options = TickOptions(as_of=as_of, full_refresh=full_refresh, reread_from=reread_from, dry_run=dry_run)
    click.echo(f"Tick of {settings.namespace} on {settings.place}", err=True)
    refuse_beforehand(settings, options, system_clock)
    left = states_left_by_live(settings)
    if left:
        for line in states_set_lines(left, settings):
            click.echo(line, err=True)
    progress = NodeProgress()
    try:
        result = run_tick(settings, options, on_node=progress, is_validated=True)
    except SenderError as error:
        # Outside of the steps only the lease is given back, after everything that the tick did.
        raise RunFailed(str(error)) from error
    finally:
        progress.close()
    first_load = first_load_after(settings, as_of) if as_of is not None else None
    for line in summary_lines(settings, options, result, first_load=first_load):
        click.echo(line)


def summary_lines(
    settings: Settings, options: TickOptions, result: TickResult, *, first_load: datetime | None = None
) -> list[str]:
    """What a person wants to know after a tick, decisions first. `first_load` is when the first event was
    loaded, where that is after the instant of a replay."""
    as_of = isoformat_z(result.as_of) if result.as_of else "unknown: no event source has data yet"
    lines = [f"as of {as_of}, {result.due} nudges due:"]
    if first_load is not None:
        lines.append(
            f"  no event was loaded by then: the first was loaded at {isoformat_z(first_load)}. "
            "Take a later --as-of."
        )
    width = max((len(reason) for _, reason, _ in result.decisions), default=0)
    lines += [
        f"  {decision:<8} {reason:<{width}} {number:>7}" for decision, reason, number in result.decisions
    ]
    lines += [f"note: {note}" for note in result.notes]
    lines += [f"held back: {why}" for why in result.holding]
    if options.is_sending:
        exits = {name: number for name, number in result.counts.as_dict().items() if number}
        told = ", ".join(f"{name} {number}" for name, number in exits.items()) or "nothing to send"
        lines.append(f"senders: {told}")
        if result.counts.sent and not settings.is_live:
            lines.append(f"outbox: {settings.outbox / settings.namespace}")
        if result.next_wake_at:
            lines.append(f"next look without new data: {isoformat_z(result.next_wake_at)}")
    else:
        lines.append(f"would leave now: {result.queued}. Nothing was sent; the ledger is as it was.")
    lines.append(f"done in {result.seconds:.1f} s")
    return lines
