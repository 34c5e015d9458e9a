"""May this nudge be taken now, and as which attempt? Pure rules over one row of `nudge_states`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nudge_senders.ledger.entry import NudgeState
from nudge_senders.nudge import Nudge
from nudge_senders.reasons import USES_NO_ATTEMPT
from nudge_senders.vocabulary import Action, Kind


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A nudge taken by this tick. `seq` is that of the `claimed` entry; the next entries count on from it."""

    nudge: Nudge
    attempt: int
    seq: int
    fence: int
    #: a repeat under the provider's own key of an attempt that is in doubt
    is_repeat: bool = False
    #: of the attempt in doubt; a repeat must have the same body
    body_hash: str | None = None
    first_attempted_at: datetime | None = None
    provider_ref: str | None = None
    #: of earlier tries that certainly did not leave; the provider may take them for used
    keys_used: int = 0

    @property
    def has_last_try(self) -> bool:
        """Is it given up after so many failures? Neither a withdrawal nor what may have left already."""
        return not self.is_repeat and self.nudge.action is not Action.WITHDRAW


def claim_or_reason(
    nudge: Nudge,
    state: NudgeState | None,
    *,
    now: datetime,
    fence: int,
    destination: str,
    repeat_within: timedelta | None,
) -> Claim | str:
    """The claim that may be appended for this (actual) destination, or why not.

    `repeat_within`: for how long after the first attempt the destination's own key makes a repeat safe; None
    where it has no such key. Anything not named here is not claimable.
    """
    if state is None:
        return Claim(nudge=nudge, attempt=1, seq=1, fence=fence)
    attempt = _next_attempt(state)
    if state.state == Kind.CLAIMED:
        if state.fence >= fence:
            return "claimed_in_this_tick"
        return Claim(
            nudge=nudge,
            attempt=attempt,
            seq=state.last_seq + 1,
            fence=fence,
            first_attempted_at=state.first_attempted_at,
            keys_used=state.keys_used,
        )
    if state.state in (Kind.RETRYABLE, Kind.RESOLVED_NOT_SENT):
        if state.not_before is not None and state.not_before > now:
            return "retry_later"
        return Claim(
            nudge=nudge,
            attempt=attempt,
            seq=state.last_seq + 1,
            fence=fence,
            first_attempted_at=state.first_attempted_at,
            keys_used=state.keys_used,
        )
    if state.state == Kind.UNCERTAIN and repeat_within is not None and state.first_attempted_at is not None:
        if state.destination != destination:
            # Another provider does not know the key: for it a repeat is a second message.
            return "in_doubt_elsewhere"
        if state.provider_ref is not None:
            return "in_doubt_but_can_be_polled"
        if state.not_before is not None and state.not_before > now:
            return "retry_later"
        if now >= state.first_attempted_at + repeat_within or state.fence >= fence:
            return "in_doubt"
        return Claim(
            nudge=nudge,
            attempt=(state.last_attempt or 0) + 1,
            seq=state.last_seq + 1,
            fence=fence,
            is_repeat=True,
            body_hash=state.body_hash,
            first_attempted_at=state.first_attempted_at,
            provider_ref=state.provider_ref,
            keys_used=state.keys_used,
        )
    return f"already_{state.state}"


def _next_attempt(state: NudgeState) -> int:
    """A try that failed for reasons outside of the nudge, or never began, does not count: its number is used
    again."""
    last = state.last_attempt or 1
    if state.last_kind == Kind.CLAIMED:
        return last
    if state.last_kind == Kind.RETRYABLE and state.reason_code in USES_NO_ATTEMPT:
        return last
    return last + 1
