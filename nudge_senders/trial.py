"""A test send: one message through a real destination to one recipient whom a person has named.

Works outside of ticks and of the ledger, in shadow too. Nobody but the named recipient is written to: every
address that the nudge carried is taken out of it first. A stop of everything stops a test as well.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from nudge_senders.clock import Clock, system_clock
from nudge_senders.conversation import send
from nudge_senders.destination import Destination, make_delivery
from nudge_senders.email_address import usable_address
from nudge_senders.errors import SenderError
from nudge_senders.halts import is_stopped_outside
from nudge_senders.nudge import TRIAL_NAMESPACE, Nudge
from nudge_senders.outcome import Outcome
from nudge_senders.reasons import ATTEMPT_DEADLINE_PASSED, HALTED
from nudge_senders.rendering import render
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action, Channel

_SLACK_ID = re.compile(r"[UWCGD][A-Z0-9]{2,20}\Z")
_USER_ID = re.compile(r"[^\s@\x00-\x1f\x7f]{1,200}\Z")
_TIME = timedelta(seconds=30)


class TrialRefused(SenderError):
    """Nothing was sent: the recipient, the destination or a halt does not allow it."""


def trial_nudge(nudge: Nudge, address: str, *, env: str) -> Nudge:
    """The nudge under an id of its own, addressed to `address` and to nobody else.

    `address` is an email address for an email, the id of a person or a channel for Slack, a user id for an
    in-app message. Raises TrialRefused for anything else; the text never repeats it.
    """
    usable, what = _READINGS[nudge.channel]
    given = usable(address)
    if given is None:
        raise TrialRefused(f"--send-to has to be {what} for channel {nudge.channel}")
    nobody = replace(
        nudge,
        action=Action.DELIVER,
        tick_id="trial",
        namespace=f"{env}/{TRIAL_NAMESPACE}",
        nudge_id=f"trial-{secrets.token_hex(12)}",
        digest_key=None,
        deadline_at=None,
        contact_id=None,
        contact_email=None,
        contact_user_id=None,
        csm_email=None,
        csm_slack_id=None,
    )
    match nudge.channel:
        case Channel.EMAIL:
            return replace(nobody, contact_email=given)
        case Channel.HUMAN:
            return replace(nobody, csm_slack_id=given)
        case Channel.IN_APP:
            return replace(nobody, contact_user_id=given)


def send_trial(
    nudge: Nudge, destination: Destination, settings: SenderSettings, *, clock: Clock = system_clock
) -> Outcome:
    """What came of sending a `trial_nudge`. Raises TemplateBroken, UnusableQueueRow and TrialRefused."""
    if nudge.channel not in destination.channels:
        raise TrialRefused(f"{destination.name} does not carry channel {nudge.channel}")
    if is_stopped_outside(settings):
        raise TrialRefused("sends are halted; release the halt first")
    now = clock()
    delivery = make_delivery(
        [nudge],
        {nudge.nudge_id: render(nudge)},
        attempt=1,
        first_attempted_at=now,
        deadline_at=now + _TIME,
    )

    def may_go_on() -> str | None:
        if is_stopped_outside(settings):
            return HALTED
        return ATTEMPT_DEADLINE_PASSED if clock() >= delivery.deadline_at else None

    return send(destination, delivery, destination.build_request(delivery), may_go_on).of(nudge.nudge_id)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.match(text) else None


_READINGS: dict[Channel, tuple[Callable[[str], str | None], str]] = {
    Channel.EMAIL: (usable_address, "an email address"),
    Channel.HUMAN: (_matching(_SLACK_ID), "the Slack id of a person or a channel, such as U0123456"),
    Channel.IN_APP: (_matching(_USER_ID), "a user id"),
}
