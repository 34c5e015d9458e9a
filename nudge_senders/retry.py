"""When a failed nudge is tried again: pure arithmetic on attempt number and nudge id. Nobody sleeps here."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

MAX_ATTEMPTS = 4
#: after the first, second, third attempt
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=25))
#: a provider that asks for more patience than this is asked again anyway
LONGEST_WAIT = timedelta(hours=1)
#: share of the backoff by which nudges that failed together are spread
JITTER_SHARE = 0.5


def retry_not_before(
    nudge_id: str, attempt: int, now: datetime, retry_at: datetime | None = None
) -> datetime | None:
    """Earliest instant of the next try after the `attempt`-th (1-based) one failed; None when there is none
    left.

    The provider's own `retry_at` wins (at most an hour ahead, never in the past). Otherwise the backoff plus
    up to half of it, the extra derived from the nudge id, so that a replay gives the same instant.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    if retry_at is not None:
        return min(max(retry_at, now), now + LONGEST_WAIT)
    base = BACKOFF[max(attempt, 1) - 1]
    digest = hashlib.sha256(f"{nudge_id}|{attempt}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return now + base + base * (JITTER_SHARE * share)


def repeat_not_before(nudge_id: str, attempt: int, now: datetime) -> datetime:
    """Earliest instant of a repeat, under the provider's own key, of the `attempt`-th try that is in doubt.

    As for a retry, but without a last one: what ends repeats is the life of the key.
    """
    return retry_not_before(nudge_id, attempt, now) or now + LONGEST_WAIT
