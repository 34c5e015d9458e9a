"""When a destination is left in peace: the rule over what its calls of one tick came to. Pure; setting the
halt is the caller's."""

from __future__ import annotations

from nudge_senders.outcome import Outcome, Retryable, Uncertain
from nudge_senders.reasons import DESTINATION_FAILING, PROVIDER_WIDE, USES_NO_ATTEMPT

#: Calls that fail one after the other before the destination itself is taken to be failing.
FAILURES_BORNE = 5


def is_answer(outcome: Outcome) -> bool:
    """Did the destination do its work? A refusal of this one nudge is an answer too."""
    return not isinstance(outcome, (Retryable, Uncertain))


def failures_after(before: int, outcome: Outcome) -> int:
    """How many calls have now failed in a row. What we stopped ourselves says nothing about the
    destination."""
    if not isinstance(outcome, (Retryable, Uncertain)):
        return 0
    is_ours = outcome.reason_code in USES_NO_ATTEMPT - PROVIDER_WIDE
    return before if is_ours else before + 1


def rest_reason(outcome: Outcome, failures: int, *, is_probe: bool) -> str | None:
    """Why the destination rests after this outcome, the last of so many `failures` in a row; None to go on.

    What it says about our account with it needs no second call. A probe, which is all that goes out after a
    rest until something was sent, has none either.
    """
    if isinstance(outcome, Retryable) and outcome.reason_code in PROVIDER_WIDE:
        return outcome.reason_code
    return DESTINATION_FAILING if failures >= (1 if is_probe else FAILURES_BORNE) else None
