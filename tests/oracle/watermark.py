"""Up to when the facts are complete, and whether any source is silent.

Belongs here: `as_of` of a tick and the staleness of sources at `tick_at`. Does not belong here: what is
computed from the facts.
"""

from tests.oracle.events import enabled_sources, known_events, read_events
from tests.oracle.instants import MINUTE
from tests.oracle.policy import Policy
from tests.oracle.raw import History, rows

CONTEXT_SOURCES = ("crm", "feedback")


def read_as_of(history: History, policy: Policy, tick_at: int) -> int:
    """The instant through which all sources that carry a milestone are complete, never after the tick."""
    carrying = _sources_with_milestones(history, policy, tick_at)
    ends = [tick_at]
    for source in enabled_sources(history):
        if source not in carrying:
            continue
        through = _synced_through(history, source, tick_at)
        if through is None:
            newest = _newest_received(history, source, tick_at)
            lag = int(policy.limit("completeness_lag_minutes", f"source:{source}") * MINUTE)
            through = None if newest is None else newest - lag
        if through is not None:
            ends.append(through)
    return min(ends)


def stale_sources(history: History, policy: Policy, tick_at: int) -> list[str]:
    """The sources that have not been heard of for longer than their maximum age, those that bring nothing
    left out.
    """
    carrying = _sources_with_milestones(history, policy, tick_at)
    stale = []
    for source in [*(one for one in enabled_sources(history) if one in carrying), *CONTEXT_SOURCES]:
        heard_at = _synced_through(history, source, tick_at)
        if heard_at is None and source not in CONTEXT_SOURCES:
            heard_at = _newest_received(history, source, tick_at)
        limit = int(policy.limit("max_source_age_minutes", f"source:{source}") * MINUTE)
        if heard_at is not None and tick_at - heard_at > limit:
            stale.append(source)
    return stale


def _sources_with_milestones(history: History, policy: Policy, tick_at: int) -> set[str]:
    names = {name for path in policy.paths.values() for step in path for name in step.spellings}
    return {event.source for event in known_events(history, policy, tick_at) if event.names & names}


def _synced_through(history: History, source: str, tick_at: int) -> int | None:
    known = [
        row
        for row in rows(history, "loader.heartbeats")
        if row["source_name"] == source and row["loaded_at"] <= tick_at
    ]
    latest = max(known, key=lambda row: int(row["loaded_at"]), default=None)
    return None if latest is None else latest["synced_through"]


def _newest_received(history: History, source: str, tick_at: int) -> int | None:
    return max(
        (
            event.received_at
            for event in read_events(history)
            if event.source == source
            and event.received_at is not None
            and event.loaded_at is not None
            and event.loaded_at <= tick_at
        ),
        default=None,
    )
