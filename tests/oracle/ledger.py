"""What the ledger knows of a nudge, as the decisions see it.

Belongs here: the state of a nudge and of a namespace as plain values. Does not belong here: how entries
become states.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

NudgeKey = tuple[str, int, str, int]
"""Account, cycle, milestone, tier."""


@dataclass(frozen=True)
class NudgeState:
    """The state of one nudge's delivery."""

    account_id: str
    cycle: int
    milestone_key: str
    tier: int
    state: str
    claimed_at: int | None = None
    attempted_at: int | None = None
    sent_at: int | None = None
    not_before: int | None = None
    contact_id: str | None = None
    nudge_id: str | None = None
    channel: str | None = None

    @property
    def is_sent(self) -> bool:
        """Whether it has certainly left."""
        return self.state in ("sent", "resolved_sent")

    @property
    def is_possibly_sent(self) -> bool:
        """Whether it may have left."""
        is_doubtful = self.state in ("uncertain", "needs_review")
        was_given_up = self.state == "cancelled" and self.attempted_at is not None
        return self.is_sent or is_doubtful or was_given_up


@dataclass(frozen=True)
class Ledger:
    """The states of one namespace; a shadow namespace needs no opening. `halts` are the scopes in force."""

    states: dict[NudgeKey, NudgeState]
    is_live: bool = False
    opened_at: int | None = None
    halts: frozenset[str] = frozenset()

    @property
    def namespace(self) -> str:
        """Of whom nudges, caps and plans are."""
        return "dev/live" if self.is_live else "dev/shadow"

    @property
    def writes_to_everybody(self) -> bool:
        """Whether no recipient is left out: a rehearsal reaches nobody. The ledgers here are not of prod."""
        return not self.is_live

    def state_of(self, account_id: str, cycle: int, milestone_key: str, tier: int) -> NudgeState | None:
        """What is known of a nudge, nothing when it was never claimed."""
        return self.states.get((account_id, cycle, milestone_key, tier))

    def followed(self, account_of: Callable[[str], str | None]) -> "Ledger":
        """The same states under the accounts that theirs have become by merging. Of several that are now one
        nudge, what may have arrived counts most, then what happened last.
        """
        found: dict[NudgeKey, NudgeState] = {}
        for state in sorted(self.states.values(), key=_strength):
            account_id = account_of(state.account_id) or state.account_id
            # A provider knows the key of the id under which it was tried; under another nothing is repeated.
            is_known_there = account_id == state.account_id or state.state != "uncertain"
            present = state if is_known_there else replace(state, not_before=None)
            found[(account_id, state.cycle, state.milestone_key, state.tier)] = present
        return replace(self, states=found)

    def account_of(self, nudge_id: str | None) -> str | None:
        """The account a nudge was for."""
        return next(
            (state.account_id for state in self.states.values() if nudge_id and state.nudge_id == nudge_id),
            None,
        )


def _strength(state: NudgeState) -> tuple[int, int]:
    happened_at = state.sent_at or state.attempted_at or state.claimed_at or 0
    return 2 if state.is_sent else 1 if state.is_possibly_sent else 0, happened_at


def ledger_of(states: Iterable[NudgeState], *, is_live: bool = False, opened_at: int | None = None) -> Ledger:
    """The ledger that holds these states."""
    return Ledger(
        {(one.account_id, one.cycle, one.milestone_key, one.tier): one for one in states}, is_live, opened_at
    )
