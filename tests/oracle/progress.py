"""Where an account stands on its path.

Belongs here: the progress row that follows from milestones and the account's clock. Does not belong here:
nudges; `escalated_at` is handed in.
"""

from dataclasses import dataclass

from tests.oracle.accounts import Account
from tests.oracle.instants import HOUR, hours_of
from tests.oracle.milestones import MilestoneState
from tests.oracle.policy import Milestone

FIRST_VALUE_WITHIN = 336 * HOUR
ACTIVATED_WITHIN = 720 * HOUR


@dataclass(frozen=True)
class Progress:
    """The state of one account at `as_of`."""

    account_id: str
    path_key: str
    signed_up_at: int
    milestones_completed: int
    furthest_milestone_key: str | None
    last_progress_at: int
    next_milestone: Milestone | None
    next_milestone_expected_by: int | None
    slips_at: int | None
    is_slipped: bool
    hours_overdue: float | None
    first_value_at: int | None
    hours_to_first_value: float | None
    is_first_value_14d: bool | None
    is_activated_30d: bool | None


def read_progress(account: Account, states: list[MilestoneState], as_of: int) -> Progress:
    """The progress row of an account."""
    done = [state for state in states if state.status == "completed"]
    following = next((state.milestone for state in states if state.status == "next"), None)
    times = [state.completed_at for state in done if state.completed_at is not None]
    last_progress_at = max([account.signed_up_at, *times])
    first_value_at = states[-1].completed_at
    expected_by, slips_at, overdue = None, None, None
    if following is not None:
        clock = account.clock_for(following)
        expected_by = clock.deadline(last_progress_at, following.expected)
        slips_at = clock.deadline(last_progress_at, following.slip)
        overdue = 0.0 if expected_by is None else hours_of(clock.running(expected_by, as_of))
    taken = None if first_value_at is None else max(0, first_value_at - account.signed_up_at)
    return Progress(
        account_id=account.account_id,
        path_key=account.path_key,
        signed_up_at=account.signed_up_at,
        milestones_completed=len(done),
        furthest_milestone_key=done[-1].milestone.key if done else None,
        last_progress_at=last_progress_at,
        next_milestone=following,
        next_milestone_expected_by=expected_by,
        slips_at=slips_at,
        is_slipped=slips_at is not None and as_of >= slips_at,
        hours_overdue=overdue,
        first_value_at=first_value_at,
        hours_to_first_value=None if taken is None else hours_of(taken),
        is_first_value_14d=_within(account, first_value_at, FIRST_VALUE_WITHIN, as_of),
        is_activated_30d=_within(account, first_value_at, ACTIVATED_WITHIN, as_of),
    )


def _within(account: Account, first_value_at: int | None, limit: int, as_of: int) -> bool | None:
    """Whether first value came within the limit, not yet said of an account that is younger."""
    if as_of < account.signed_up_at + limit:
        return None
    return first_value_at is not None and first_value_at <= account.signed_up_at + limit
