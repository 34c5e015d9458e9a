"""What a person has to look at: nudges that may have left and that nobody knows of, with all that is needed
to answer.

Read from nudge_senders' view; answering is `nudge_senders.resolving`. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_project.ledger_reading import reading_ledger
from dagster_project.reasons import sentence
from dagster_project.settings import Settings
from dagster_project.text_layout import instant, paragraph, printable
from dagster_project.vendor_traces import what_to_look_for

_IN_DOUBT = """
select * from {nudges}.nudge_states
where namespace = ? and state in ('uncertain', 'needs_review')
order by case state when 'needs_review' then 0 else 1 end, state_at, nudge_id, action
"""


@dataclass(frozen=True)
class Review:
    """Rows of `nudge_states` in doubt, those that only a person can settle first."""

    namespace: str
    doubts: Sequence[Mapping[str, Any]]


def read_review(settings: Settings) -> Review:
    """Raises `Refused` where there is no ledger yet."""
    with reading_ledger(settings) as rows:
        return Review(settings.namespace, rows(_IN_DOUBT, settings.namespace))


def actions_in_doubt(review: Review, nudge_id: str) -> list[str]:
    return [str(row["action"]) for row in review.doubts if row["nudge_id"] == nudge_id]


def review_lines(review: Review) -> Iterator[str]:
    """The review as a person reads it, at most 100 columns."""
    if not review.doubts:
        yield f"Nothing is in doubt in {review.namespace}."
        return
    waiting = sum(row["state"] == "needs_review" for row in review.doubts)
    yield (
        f"{review.namespace}: {waiting} wait for a person, {len(review.doubts) - waiting} are still being "
        "settled without one."
    )
    for row in review.doubts:
        yield ""
        yield from _doubt(row, needs_action=len(actions_in_doubt(review, str(row["nudge_id"]))) > 1)


def _doubt(row: Mapping[str, Any], *, needs_action: bool) -> Iterator[str]:
    what = "" if row["action"] == "deliver" else "withdrawal, "
    yield f"{row['nudge_id']}  {what}{row['state']} since {instant(row['state_at'])}"
    told = (
        f"account {row['account_id']}, {row['milestone_key']}, tier {row['tier']} by {row['channel']} "
        f"to {row['destination']}, attempts {row['attempts']}"
    )
    yield from paragraph(printable(told), indent=4)
    status = f" The provider said {row['provider_status']}." if row["provider_status"] else ""
    yield from paragraph(
        f"Why: {sentence(row['reason_code']) or 'no outcome was recorded.'}{status}", indent=4
    )
    yield from paragraph(f"Look: {printable(what_to_look_for(row))}", indent=4)
    if row["state"] == "uncertain":
        asked = instant(row["next_check_at"]) if row["next_check_at"] else "at the next tick"
        yield f"    Asked again without you: {asked}"
    action = f" --action {row['action']}" if needs_action or row["action"] != "deliver" else ""
    yield f"    milestone-agent ledger resolve {row['nudge_id']} --sent{action} --why '...'"
    yield f"    milestone-agent ledger resolve {row['nudge_id']} --not-sent{action} --why '...'"
