"""The closed words of the ledger: kinds, actions, channels. No behaviour belongs here.

An entry whose kind is not one of these was written by something newer or by hand; the senders then send
nothing.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a ledger entry says. One paragraph each on how an entry of the kind comes to be."""

    #: A person opened a live namespace. Belongs to the namespace and not to a nudge.
    OPENED = "opened"
    #: A tick has taken the nudge. Nothing left; a claim of a dead tick is handed back by `settle`.
    CLAIMED = "claimed"
    #: Committed before the first byte leaves. Without an outcome it means "possibly sent", whatever its age.
    ATTEMPTING = "attempting"
    #: The provider vouches for it. Absorbing: no later entry makes the nudge sendable again.
    SENT = "sent"
    #: Certain not to have left, worth another try at `not_before`.
    RETRYABLE = "retryable"
    #: Certain not to have left, and no other try will help.
    DEAD = "dead"
    #: May have left. Settled by the strategy that the destination declares; also "accepted, ask again" with a
    #: `provider_ref` and a `next_check_at`.
    UNCERTAIN = "uncertain"
    #: May have left and no machine can find out. Only a person's answer ends it.
    NEEDS_REVIEW = "needs_review"
    #: Certain not to have left: this recipient may not be written to. Only after a claim.
    SUPPRESSED = "suppressed"
    #: No longer wanted. Only after a claim; after an `attempting` without certain outcome it is possibly
    #: sent.
    CANCELLED = "cancelled"
    #: A person says it left / did not leave.
    RESOLVED_SENT = "resolved_sent"
    RESOLVED_NOT_SENT = "resolved_not_sent"


#: States that only a later answer ends.
IN_DOUBT: frozenset[str] = frozenset({Kind.UNCERTAIN, Kind.NEEDS_REVIEW})


class Action(StrEnum):
    """What is asked of a destination: bring the nudge to the recipient, or take back what shows it."""

    DELIVER = "deliver"
    WITHDRAW = "withdraw"


class Channel(StrEnum):
    """Ways to reach a person; `human` is the customer's CSM."""

    IN_APP = "in_app"
    EMAIL = "email"
    HUMAN = "human"
