"""What stands in for a destination whose settings are missing: it holds every nudge back and loses none.

The refusal is the destination's and not the nudge's: it uses up no attempt, and the nudge leaves once
somebody has set the variables. A live run is refused before it comes to this, unless a variable goes missing
later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    Lookup,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.errors import NotSent
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Uncertain, Verdict
from nudge_senders.reasons import ANSWER_NOT_UNDERSTOOD, SETTINGS_MISSING
from nudge_senders.vocabulary import Action, Channel


class NotConfigured:
    """See the module's docstring. `problem` names the variables, never their values."""

    channels = frozenset(Channel)
    actions = frozenset(Action)
    #: What is in doubt waits until it can be asked about; no strategy lets anything be repeated meanwhile.
    settlement: Settlement = Lookup(settling_time=timedelta(0), batch_size=1)
    minimum_interval = timedelta(0)

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        return Request(operation="not configured", payload={}, has_effect=False)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        return Verdict(Uncertain(ANSWER_NOT_UNDERSTOOD))

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        return None

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        return Verdict(Uncertain(ANSWER_NOT_UNDERSTOOD))

    def check(self) -> CheckAnswer:
        return CheckAnswer(False, self.problem)

    def call(self, request: Request) -> Response:
        raise NotSent(SETTINGS_MISSING)
