"""Stopping sends and letting them go on: first the halt file, which works while the warehouse is locked, then
the row in `nudge_halts`.

What a scope stops is said in `nudge_senders.halts`; how file and row are written, in `nudge_senders` too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dagster_project.clock import Clock
from dagster_project.errors import Refused, RunFailed
from dagster_project.ledger_opening import ledger_of
from dagster_project.settings import Settings
from dagster_project.validation.seed_reader import read_seed
from dagster_project.validation.seed_schema import SEEDS
from nudge_senders.errors import LedgerLocked, SenderError
from nudge_senders.halt_file import (
    EVERYTHING,
    FileHalt,
    add_to_halt_file,
    read_halt_file,
    take_from_halt_file,
)
from nudge_senders.halts import SCOPE_WORDS
from nudge_senders.ledger import Halt, Ledger
from nudge_senders.ledger.records import new_halt_id
from nudge_senders.registry import KNOWN_DESTINATIONS
from nudge_senders.vocabulary import Channel

ANOMALY_RELEASE_LASTS = timedelta(hours=24)
#: Who stops does not wait: the file stops already.
_PATIENCE_TO_HALT = 2.0
#: Who releases needs the row ended as well.
_PATIENCE_TO_RELEASE = 20.0


@dataclass(frozen=True)
class HaltWritten:
    """A halt that stands, and why it is not in both places, if so."""

    halt_id: str
    file_problem: str | None
    row_problem: str | None


def halt(
    settings: Settings, *, scope: str, until_at: datetime | None, who: str, why: str, clock: Clock
) -> HaltWritten:
    """Stop sends of a scope. Raises `RunFailed` when neither file nor row could be written."""
    halt_id = new_halt_id()
    file_problem = row_problem = None
    try:
        line = FileHalt(scope=scope, until_at=until_at, halt_id=halt_id, who=who, why=why)
        add_to_halt_file(settings.halt_file, line)
    except OSError as error:
        file_problem = f"{settings.halt_file}: {error.strerror or error}"
    try:
        ledger = _ready(settings, clock, _PATIENCE_TO_HALT)
        ledger.append_halt(scope=scope, who=who, why=why, until_at=until_at, halt_id=halt_id)
    except (SenderError, Refused) as error:
        row_problem = str(error)
    if file_problem is not None and row_problem is not None:
        is_stopped = any(each.scope == EVERYTHING for each in read_halt_file(settings.halt_file))
        told = (
            "All sends are stopped by what lies there as the halt file, but this halt was not written"
            if is_stopped
            else "NOTHING WAS STOPPED"
        )
        raise RunFailed(
            f"{told}. The file could not be written ({file_problem}), nor the row ({row_problem}). Start "
            "everything with MILESTONE_AGENT_HALT=1, or stop the schedule."
        )
    return HaltWritten(halt_id, file_problem, row_problem)


def release(settings: Settings, halt_id: str, *, who: str, why: str, clock: Clock) -> None:
    """End one halt, in file and table. Raises `Refused`, and nothing is ended, where there is none of that id
    or the warehouse is locked."""
    standing = _standing(settings, clock)
    in_file = {each.halt_id for each in read_halt_file(settings.halt_file)}
    in_table = {each.halt_id for each in standing}
    if halt_id not in in_file | in_table:
        raise Refused(f"No halt {halt_id} is in force; `milestone-agent ledger status` lists those that are.")
    # The file first: when it cannot be changed, nothing has been.
    take_from_halt_file(settings.halt_file, {halt_id})
    _end(settings, [each for each in standing if each.halt_id == halt_id], who, why, clock)


def release_all(settings: Settings, *, who: str, why: str, clock: Clock) -> int:
    """End every halt and take the file away; returns how many there were. Raises `Refused` as above."""
    standing = _standing(settings, clock)
    in_table = {each.halt_id for each in standing}
    only_in_file = [each for each in read_halt_file(settings.halt_file) if each.halt_id not in in_table]
    release_file(settings)
    _end(settings, standing, who, why, clock)
    return len(standing) + len(only_in_file)


def release_file(settings: Settings) -> int:
    """Take the halt file away, whatever is in it; returns how many stops it held. Raises OSError."""
    return take_from_halt_file(settings.halt_file, None)


def release_anomaly(settings: Settings, *, up_to: int, who: str, why: str, clock: Clock) -> Halt:
    """Let up to so many new slips through for a day, under the policy of the last finished tick: a person has
    looked at that one's anomaly."""
    ledger = _ready(settings, clock, _PATIENCE_TO_RELEASE)
    last = ledger.last_finished_tick(settings.namespace)
    if last is None or not last.policy_hash:
        raise Refused(f"No tick has finished in {settings.namespace} yet, so there is nothing to release.")
    return ledger.release_anomaly(
        up_to=up_to, policy_hash=last.policy_hash, lasting=ANOMALY_RELEASE_LASTS, who=who, why=why
    )


def checked_scope(scope: str, settings: Settings) -> str:
    """The scope, when it names something that there is. A typing error would stop everything, or, behind the
    colon, nothing."""
    word, _, named = scope.partition(":")
    if scope == EVERYTHING:
        return scope
    if word not in SCOPE_WORDS or not named:
        words = ", ".join(f"{each}:..." for each in SCOPE_WORDS)
        raise Refused(f"{scope!r} is no scope; write {EVERYTHING} or one of {words}")
    known = _known(word, settings)
    if known and named not in known:
        raise Refused(f"There is no {word} {named!r}, so nothing was stopped; known: {', '.join(known)}")
    return scope


def _known(word: str, settings: Settings) -> Sequence[str]:
    """What may stand behind the colon; empty where anything may."""
    match word:
        case "channel":
            return [each.value for each in Channel]
        case "destination":
            return sorted(KNOWN_DESTINATIONS)
        case "namespace":
            return [f"{settings.env}/live", f"{settings.env}/shadow"]
        case "template":
            return _values_of_seed(settings, "message_templates", "template_key")
        case "tier":
            return _values_of_seed(settings, "nudge_policy", "tier")
        case "experiment":
            return _values_of_seed(settings, "experiments", "experiment_key")
        case _:
            return ()


def _values_of_seed(settings: Settings, name: str, column: str) -> Sequence[str]:
    seed = read_seed(settings.dbt_project_dir / "seeds" / f"{name}.csv", SEEDS[name])
    # A policy that cannot be read is no reason not to stop.
    return sorted({row.text(column) for row in seed.rows} - {""})


def _standing(settings: Settings, clock: Clock) -> Sequence[Halt]:
    """Halts in the table; none where there is no ledger."""
    ledger = _open(settings, clock, _PATIENCE_TO_RELEASE)
    try:
        is_there = ledger.version() is not None
        if is_there and not ledger.is_migrated():
            raise Refused("The ledger is of another version; run `milestone-agent init`, then release again.")
        return ledger.halts() if is_there else ()
    except LedgerLocked as locked:
        raise Refused(
            f"Nothing was released: {locked}. `--file` alone takes the halt file away; rows stand until the "
            "warehouse is free."
        ) from locked


def _end(settings: Settings, halts: Sequence[Halt], who: str, why: str, clock: Clock) -> None:
    ledger = _open(settings, clock, _PATIENCE_TO_RELEASE)
    for each in halts:
        ledger.release_halt(each.halt_id, who=who, why=why)


def _ready(settings: Settings, clock: Clock, patience_seconds: float) -> Ledger:
    ledger = _open(settings, clock, patience_seconds)
    if not ledger.is_migrated():
        raise Refused("there is no ledger of this version yet: run `milestone-agent init`")
    return ledger


def _open(settings: Settings, clock: Clock, patience_seconds: float) -> Ledger:
    return ledger_of(settings, clock, patience_seconds=patience_seconds)
