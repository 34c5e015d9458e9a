"""What came of asking a provider: a closed set of frozen types, the same for a send and for a later inquiry.

A destination returns these; only `delivery` and `settlement` turn them into ledger entries. No vendor
knowledge and no retry arithmetic belongs here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Sent:
    """The provider vouches for it, now or from an earlier request with the same key; nothing more to ask.

    `provider_ref` is the receipt (channel and timestamp, dispatch id, membership id): an opaque id, never an
    address.
    """

    provider_ref: str | None = None
    provider_status: str | None = None


@dataclass(frozen=True)
class Pending:
    """Accepted, not yet sent: ask again at `check_at` with `provider_ref`. Possibly sent until then."""

    provider_ref: str
    check_at: datetime
    provider_status: str | None = None


@dataclass(frozen=True)
class Retryable:
    """Certain not to have left, worth another try; `retry_at` is the provider's own word and wins over our
    backoff. What concerns the destination rather than this nudge has a reason of `PROVIDER_WIDE`.

    `provider_ref`: where the provider had accepted the request under it first and then said that nothing
    left. The key of such a request may count as used, so that the next try has another one.
    """

    reason_code: str
    retry_at: datetime | None = None
    provider_status: str | None = None
    provider_ref: str | None = None


@dataclass(frozen=True)
class Dead:
    """Certain not to have left, and another try cannot help."""

    reason_code: str
    provider_status: str | None = None


@dataclass(frozen=True)
class Suppressed:
    """Certain not to have left: the provider may not or will not write to this recipient."""

    reason_code: str
    provider_status: str | None = None


@dataclass(frozen=True)
class Uncertain:
    """May have left: timeout, broken or meaningless answer, a provider's internal error."""

    reason_code: str
    provider_ref: str | None = None
    provider_status: str | None = None


@dataclass(frozen=True)
class NeedsReview:
    """A contradiction that only a person can read, such as one key used for two bodies."""

    reason_code: str
    provider_ref: str | None = None
    provider_status: str | None = None


Outcome = Sent | Pending | Retryable | Dead | Suppressed | Uncertain | NeedsReview


@dataclass(frozen=True)
class Verdict:
    """The outcome of one delivery, which may carry many nudges.

    A digest stands or falls as a whole (`all_nudges` alone); a batch call that a provider accepts in part
    names the exceptions in `by_nudge` (nudge_id -> outcome).
    """

    all_nudges: Outcome
    by_nudge: Mapping[str, Outcome] = field(default_factory=dict)

    def of(self, nudge_id: str) -> Outcome:
        return self.by_nudge.get(nudge_id, self.all_nudges)
