"""What leaves together: which nudges of a queue are ours, which of them are asked about in one round, and
which deliveries of a round are in doubt together when the process dies.

Pure. How a round leaves is the business of `delivery`, what one destination takes in one call of its `group`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from nudge_senders.destination import Destination, StateSet
from nudge_senders.errors import UnusableQueueRow
from nudge_senders.ledger import Claim, Lease
from nudge_senders.nudge import Nudge
from nudge_senders.vocabulary import Channel

_log = logging.getLogger("nudge_senders")

#: One call of a destination, before and after its nudges are claimed.
Group = tuple[Nudge, ...]
ClaimedGroup = tuple[Claim, ...]
_Member = TypeVar("_Member")

#: Nudges that are claimed and asked about together. A re-check costs seconds on a large warehouse, however
#: few nudges it is about.
NUDGES_PER_ROUND = 2000


def usable_nudges(rows: Iterable[Mapping[str, Any]], lease: Lease, channel: Channel) -> list[Nudge]:
    """Nudges of this very tick and channel, each once; whatever else the queue hands out is left out."""
    nudges: dict[tuple[str, str], Nudge] = {}
    for row in rows:
        try:
            nudge = Nudge.from_row(row)
        except UnusableQueueRow as error:
            _log.error("queue row skipped: %s", error)
            continue
        # The reader asks for these three; that a plan of another tick never leaves must not hang on one
        # query.
        is_own = (nudge.tick_id, nudge.namespace) == (lease.tick_id, lease.namespace)
        if is_own and nudge.channel is channel:
            nudges.setdefault((nudge.nudge_id, nudge.action), nudge)
    return list(nudges.values())


def newest_wanted(destination: Destination, nudges: Sequence[Nudge]) -> Sequence[Nudge]:
    """Where a value is set, only the newest one per contact is written; the others wait for a later plan."""
    if not isinstance(destination.settlement, StateSet):
        return nudges
    newest: dict[str, Nudge] = {}
    for nudge in nudges:
        key = nudge.contact_id or nudge.nudge_id
        if key not in newest or _age_key(newest[key]) < _age_key(nudge):
            newest[key] = nudge
    return list(newest.values())


def rounds(groups: Iterable[Group]) -> Iterator[list[Group]]:
    """Groups that are claimed and asked about together."""
    return _packed(groups, NUDGES_PER_ROUND)


def batches(
    destination: Destination, groups: Iterable[ClaimedGroup], *, within: timedelta
) -> Iterator[list[ClaimedGroup]]:
    """Groups that are committed as `attempting` together: as many as may be in doubt together after a crash,
    and no more than the destination's own pace lets begin `within` the time that an attempt has."""
    largest = destination.settlement.batch_size
    pace = destination.minimum_interval
    if pace > timedelta(0):
        # Half, because a call takes its time as well; and as if all went to one place, which they may.
        largest = min(largest, max(1, within // (2 * pace)))
    return _packed(groups, largest)


def _packed(groups: Iterable[tuple[_Member, ...]], largest: int) -> Iterator[list[tuple[_Member, ...]]]:
    """The groups in order, so many at a time that they hold at most `largest` members; never half a group."""
    pack: list[tuple[_Member, ...]] = []
    held = 0
    for group in groups:
        if pack and held + len(group) > largest:
            yield pack
            pack, held = [], 0
        pack.append(group)
        held += len(group)
    if pack:
        yield pack


def _age_key(nudge: Nudge) -> tuple[bool, float, str]:
    return (nudge.due_at is not None, nudge.due_at.timestamp() if nudge.due_at else 0.0, nudge.nudge_id)
