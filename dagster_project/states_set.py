"""In-app states that real messages have set and nobody has taken back: what customers still see once live is
off.

Taking them back is the senders' work, in a live tick; here they are counted and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dagster_project.errors import Refused
from dagster_project.ledger_reading import Rows, reading_ledger
from dagster_project.settings import PREFIX, Settings
from dagster_project.text_layout import instant

# What is possibly set counts: a customer may see it. The outbox shows nothing to anybody.
_STILL_SET = """
with withdrawn as (
    select nudge_id from {nudges}.nudge_states
    where namespace = $1 and action = 'withdraw' and state in ('sent', 'resolved_sent')
)

select
    destination,
    count(*) as states,
    count(distinct account_id) as accounts,
    min(coalesce(sent_at, last_attempted_at)) as oldest_at
from {nudges}.nudge_states
where namespace = $1
    and action = 'deliver'
    and channel = 'in_app'
    and destination <> 'outbox'
    and is_possibly_sent
    and nudge_id not in (select nudge_id from withdrawn)
group by destination
order by destination
"""
_LAST_NAMESPACE = """
select namespace from {nudges}.ticks order by finished_at desc, fence desc limit 1
"""


def live_namespace(settings: Settings) -> str:
    return f"{settings.env}/live"


def states_still_set(rows: Rows, settings: Settings) -> list[dict[str, Any]]:
    """Per destination: states, accounts, oldest_at, of this environment's live namespace."""
    return rows(_STILL_SET, live_namespace(settings))


def states_left_by_live(settings: Settings) -> list[dict[str, Any]]:
    """The states still set, when this is shadow and the last finished tick was a live one; else none.

    A look that fails tells nothing: whoever asks is about to do something else.
    """
    if settings.is_live or settings.is_absent:
        return []
    try:
        with reading_ledger(settings) as rows:
            last = rows(_LAST_NAMESPACE)
            if not last or last[0]["namespace"] != live_namespace(settings):
                return []
            return states_still_set(rows, settings)
    except Refused:
        return []


def states_set_lines(found: Sequence[dict[str, Any]], settings: Settings) -> Iterator[str]:
    if not found:
        yield "still set   no in-app state"
        return
    for row in found:
        yield (
            f"still set   {row['states']} in-app states at {row['destination']} in "
            f"{live_namespace(settings)}, {row['accounts']} accounts, the oldest since "
            f"{instant(row['oldest_at'])}"
        )
    if not settings.is_live:
        yield "            Customers see them until they are taken back. Live ticks do that, also with every"
        yield f"            tier switched off: {PREFIX}LIVE=1 and is_enabled = false in nudge_policy.csv"
