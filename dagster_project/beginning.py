"""How a tick begins, in this order: refuse, migrate, lease, fingerprint, settle. Nothing is planned here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dagster_project.clock import Clock, isoformat_z
from dagster_project.delivering import settle_doubts
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.initialise import initialise
from dagster_project.inputs import SourceTable, input_fingerprint
from dagster_project.ledger_opening import ledger_of
from dagster_project.session import TickOptions, TickSession
from dagster_project.settings import Settings
from dagster_project.tick_state import fail_when_facts_run_backwards, planned_at, refuse_state_later_than
from dagster_project.warehouse import reading
from nudge_senders.errors import LedgerLocked
from nudge_senders.ledger import Ledger


def refuse_impossible(settings: Settings, options: TickOptions) -> None:
    """What can be refused without looking at anything."""
    if options.as_of is not None and settings.env == "prod":
        raise Refused(
            "A replay (--as-of) rewrites the stored state, which production needs as it is. Set "
            "MILESTONE_AGENT_ENV=dev and MILESTONE_AGENT_DUCKDB_PATH to a copy of the warehouse."
        )


def refuse_invalid(settings: Settings) -> None:
    """Raise with every error that the validation finds."""
    from dagster_project.validation import require_valid

    require_valid(settings)


def refuse_future(as_of: datetime | None, now: datetime) -> None:
    """What will have happened is not known, and its state would stand in the way of every tick until then."""
    if as_of is not None and as_of > now:
        raise Refused(
            f"--as-of {isoformat_z(as_of)} is later than now, {isoformat_z(now)}. Nothing was done. Take an "
            "instant that has passed, or leave --as-of out for the present."
        )


def refuse_beforehand(settings: Settings, options: TickOptions, clock: Clock) -> None:
    """Everything that a tick refuses, for people at a prompt: nothing is loaded or written for it."""
    refuse_future(options.as_of, clock())
    ledger = ledger_of(settings, clock)
    _refuse(settings, options, ledger, clock, is_validated=False)


def begin_tick(session: TickSession, sources: Sequence[SourceTable]) -> None:
    """Raises `Refused` before the first effect; the session keeps it for whoever runs the tick in this
    process.
    """
    try:
        _begin(session, sources)
    except Refused as refused:
        session.refusal = refused
        raise


def _begin(session: TickSession, sources: Sequence[SourceTable]) -> None:
    settings, options = session.settings, session.options
    session.begin()
    _refuse(settings, options, session.ledger, session.clock, is_validated=session.is_validated)
    try:
        initialise(settings, session.ledger)
        if not options.is_sending:
            session.refuse_while_a_tick_runs()
            return
        session.take_lease()
    except LedgerLocked as locked:
        raise WarehouseBusy(f"The warehouse is locked, so nothing was done: {locked}") from locked
    session.fault("after_lease")
    # Taken before planning: what arrives from here on is new to the next tick.
    with reading(settings) as connection:
        session.fingerprint = input_fingerprint(connection, settings, sources)
    session.counts = session.counts + settle_doubts(session)


def stop_when_facts_run_backwards(session: TickSession) -> None:
    """Between planning and sending: facts older than those of the last finished tick stop the tick,
    visibly.
    """
    if session.lease is None or session.options.full_refresh:
        return
    last = session.ledger.last_finished_tick(session.settings.namespace)
    with reading(session.settings) as connection:
        planned = planned_at(connection, session.settings)
    fail_when_facts_run_backwards(planned, last.as_of if last is not None else None)


def _refuse(
    settings: Settings, options: TickOptions, ledger: Ledger, clock: Clock, *, is_validated: bool
) -> None:
    refuse_impossible(settings, options)
    if not is_validated:
        refuse_invalid(settings)
    _refuse_later_state(settings, options, clock)
    if options.is_sending:
        _refuse_untrusted(settings, ledger)


def _refuse_later_state(settings: Settings, options: TickOptions, clock: Clock) -> None:
    if options.full_refresh:
        return
    with reading(settings) as connection:
        if options.as_of is not None:
            remedy = "Add --full-refresh to build everything anew as of then."
            refuse_state_later_than(connection, settings, options.as_of, remedy=remedy)
        else:
            remedy = (
                "A replay left it there, or the clock went back; run 'milestone-agent tick --full-refresh'."
            )
            refuse_state_later_than(connection, settings, clock(), remedy=remedy)


def _refuse_untrusted(settings: Settings, ledger: Ledger) -> None:
    """A ledger that may not be sent from would stop the senders after all the planning."""
    try:
        if ledger.version() is not None:
            problems = ledger.trust_problems(settings.namespace)
        else:
            is_unopened = settings.is_live
            problems = [
                f"{settings.namespace} is not opened: run `milestone-agent ledger open`"
            ] * is_unopened
    except LedgerLocked as locked:
        raise WarehouseBusy(f"The warehouse is locked, so nothing was done: {locked}") from locked
    if problems:
        raise Refused(
            f"{'; '.join(problems)}. Nothing was done; `milestone-agent tick --dry-run` shows what would "
            "leave."
        )
