"""`preview --send-to`: which nudge, through which destination, and what is told of it.

How a test send goes is said in `nudge_senders.trial`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from dagster_project.errors import Refused
from dagster_project.preview import nudge_to_try
from dagster_project.settings import Settings
from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import StateSet
from nudge_senders.errors import TemplateBroken, UnusableQueueRow
from nudge_senders.outcome import Dead, NeedsReview, Outcome, Pending, Retryable, Sent, Suppressed, Uncertain
from nudge_senders.registry import build_destination
from nudge_senders.settings import SenderSettings
from nudge_senders.trial import send_trial, trial_nudge


@dataclass(frozen=True)
class TrialReport:
    """What is told, and whether the provider has taken the message."""

    text: str
    is_taken: bool


def send_to(
    settings: Settings, name: str, address: str, destination_name: str | None, *, clock: Clock = system_clock
) -> TrialReport:
    """Send the message of `name` (see `preview`) to `address` only. Raises Refused and SenderError before
    anything is sent."""
    nudge = nudge_to_try(settings, name, destination_name)
    sender_settings = SenderSettings(
        namespace=settings.namespace,
        home=settings.home,
        env=settings.env,
        is_halted=settings.is_halted,
        environ=dict(os.environ),
        outbox=settings.outbox,
    )
    trial = trial_nudge(nudge, address, env=settings.env)
    destination = build_destination(trial.destination, sender_settings)
    try:
        outcome = send_trial(trial, destination, sender_settings, clock=clock)
    except (TemplateBroken, UnusableQueueRow) as error:
        raise Refused(f"{error}.") from error
    is_taken = isinstance(outcome, (Sent, Pending))
    told = f"{_told(outcome)} (test {trial.nudge_id}, through {destination.name})"
    if isinstance(destination.settlement, StateSet) and isinstance(outcome, (Sent, Pending, Uncertain)):
        # Only what stands in the ledger is ever withdrawn, and a test does not.
        told += f"\nNo tick takes this back: it shows until you clear it for this user in {destination.name}."
    return TrialReport(told, is_taken)


def _told(outcome: Outcome) -> str:
    match outcome:
        case Sent(provider_ref=reference):
            return "Sent" + (f", receipt {reference}" if reference else "")
        case Pending(provider_ref=reference, provider_status=status):
            return f"Accepted, not yet sent: {status or 'pending'}, {reference}"
        case Retryable(reason_code=reason, provider_status=status):
            return f"Not sent, may be tried again: {_why(reason, status)}"
        case Dead(reason_code=reason, provider_status=status):
            return f"Not sent: {_why(reason, status)}"
        case Suppressed(reason_code=reason, provider_status=status):
            return f"Not sent, this recipient may not be written to: {_why(reason, status)}"
        case Uncertain(reason_code=reason, provider_status=status):
            return f"It may have been sent, look before you repeat it: {_why(reason, status)}"
        case NeedsReview(reason_code=reason, provider_status=status):
            return f"Nobody can tell whether it was sent: {_why(reason, status)}"


def _why(reason: str, status: str | None) -> str:
    return f"{reason} ({status})" if status and status != reason else reason
