"""What an account has completed.

Belongs here: `completed_at`, `first_known_at` and the status of each milestone. Does not belong here:
clocks.
"""

from dataclasses import dataclass

from tests.oracle.accounts import Account
from tests.oracle.policy import Milestone


@dataclass(frozen=True)
class MilestoneState:
    """One milestone of an account; `known_completed_at` may lie after `as_of`."""

    milestone: Milestone
    status: str
    completed_at: int | None
    first_known_at: int | None
    known_completed_at: int | None


def read_milestones(account: Account, as_of: int) -> list[MilestoneState]:
    """The account's path in order, each milestone with its status."""
    completed: dict[str, int] = {}
    known: dict[str, int] = {}
    first_known: dict[str, int] = {}
    for milestone in account.path:
        matching = [event for event in account.events if event.names & milestone.spellings]
        if not matching:
            continue
        known[milestone.key] = min(event.occurred_at for event in matching if event.occurred_at is not None)
        first_known[milestone.key] = min(event.loaded_at for event in matching if event.loaded_at is not None)
        if known[milestone.key] <= as_of:
            completed[milestone.key] = known[milestone.key]

    furthest = max((one.order for one in account.path if one.key in completed), default=None)
    states = []
    is_next_given = False
    for milestone in account.path:
        if milestone.key in completed:
            status = "completed"
        elif furthest is not None and milestone.order < furthest:
            status = "obsolete"
        elif not is_next_given:
            status, is_next_given = "next", True
        else:
            status = "upcoming"
        is_completed = status == "completed"
        states.append(
            MilestoneState(
                milestone=milestone,
                status=status,
                completed_at=completed.get(milestone.key),
                first_known_at=first_known[milestone.key] if is_completed else None,
                known_completed_at=known.get(milestone.key),
            )
        )
    return states
