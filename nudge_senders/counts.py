"""How many nudges left a step by which exit. Every exit has a field; nothing is dropped without being
counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from nudge_senders.vocabulary import Action, Kind


@dataclass(frozen=True)
class DeliveryCounts:
    """Nudges per exit. Of one `deliver_channel`: queued = claimed + skipped, and claimed = the sum of the
    other exits."""

    #: rows of this tick and channel in the queue
    queued: int = 0
    claimed: int = 0
    sent: int = 0
    retryable: int = 0
    dead: int = 0
    uncertain: int = 0
    needs_review: int = 0
    suppressed: int = 0
    cancelled: int = 0
    #: not taken: halted, already closed, in doubt, not yet to be retried, unusable row, resting destination
    skipped: int = 0
    #: how many of `sent` took something back, and are no message
    withdrawn: int = 0

    def __add__(self, other: DeliveryCounts) -> DeliveryCounts:
        mine, theirs = asdict(self), asdict(other)
        return DeliveryCounts(**{name: mine[name] + theirs[name] for name in mine})

    def plus(self, exit_name: str, number: int = 1) -> DeliveryCounts:
        """These counts with `number` more nudges gone by the exit (a field's name)."""
        return self + DeliveryCounts(**{exit_name: number})

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def with_entries(self, entries: Iterable[tuple[str, str | None]]) -> DeliveryCounts:
        """These counts and the outcomes of entries, (kind, action) each. Raises ValueError for a kind that
        nobody knows."""
        counts = self
        for (kind, action), number in Counter(entries).items():
            counts = counts.plus(Kind(kind).value, number)
            if kind == Kind.SENT and action == Action.WITHDRAW:
                counts = counts.plus("withdrawn", number)
        return counts
