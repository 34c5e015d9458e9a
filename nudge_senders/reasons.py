"""Reason codes that the senders write into the ledger, and what a re-check's reason means for a claimed
nudge.

The reasons of planning are dbt's; here stand only the ones that concern a nudge on its way out.
"""

from __future__ import annotations

from datetime import timedelta

from nudge_senders.vocabulary import Kind

# -- certain non-delivery for a cause outside of the nudge

CLAIM_ABANDONED = "claim_abandoned"
RECHECK_MISSING = "recheck_missing"
RECHECK_FAILED = "recheck_failed"
RECHECK_TOO_OLD = "recheck_too_old"
ATTEMPT_DEADLINE_PASSED = "attempt_deadline_passed"
LEASE_ENDING = "lease_ending"
HALTED = "halted"
DESTINATION_RESTING = "destination_resting"
DESTINATION_FAILING = "destination_failing"
RENDER_FAILED = "render_failed"
SETTINGS_MISSING = "settings_missing"
CREDENTIALS_REJECTED = "credentials_rejected"
ACCOUNT_SUSPENDED = "account_suspended"
QUOTA_EXHAUSTED = "quota_exhausted"
ENDPOINT_GONE = "endpoint_gone"

#: What concerns a destination or our account with it, and not the nudge.
PROVIDER_WIDE = frozenset(
    {SETTINGS_MISSING, CREDENTIALS_REJECTED, ACCOUNT_SUSPENDED, QUOTA_EXHAUSTED, ENDPOINT_GONE}
)

# -- other reasons that are ours

ATTEMPTS_EXHAUSTED = "attempts_exhausted"
DESTINATION_UNAVAILABLE = "destination_unavailable"
ACTION_UNSUPPORTED = "action_unsupported"
REQUEST_IMPOSSIBLE = "request_impossible"
RECIPIENT_UNUSABLE = "recipient_unusable"
HEADER_UNUSABLE = "header_unusable"
EXPIRED = "expired"
BODY_CHANGED = "body_changed"
CRASHED = "no_outcome_recorded"
CALL_FAILED = "call_failed"
ANSWER_NOT_UNDERSTOOD = "answer_not_understood"
TOO_MANY_STEPS = "too_many_steps"
LATE_OUTCOME = "late_outcome"
NO_WAY_TO_SETTLE = "no_way_to_settle"
KEY_TOO_OLD = "key_too_old"
KEY_SPENT = "key_spent"
NEVER_SETTLED = "never_settled"
FOUND_BY_INQUIRY = "found_by_inquiry"
NOT_FOUND_BY_INQUIRY = "not_found_by_inquiry"
NOT_READ_BACK = "not_read_back"
RECIPIENT_UNKNOWN = "recipient_unknown"
RECIPIENT_AMBIGUOUS = "recipient_ambiguous"
ALREADY_IN_CADENCE = "already_in_cadence"
DO_NOT_CONTACT = "do_not_contact"
RESOLVED_BY_PERSON = "resolved_by_person"

# -- the re-check

#: The milestone needs no nudge any more.
_NO_LONGER_WANTED = frozenset(
    {
        "completed",
        "milestone_completed",
        "milestone_resolved",
        "first_value_reached",
        "already_sent",
        "escalated",
        "handled_by_csm",
        "not_relevant",
        "window_over",
        EXPIRED,
        "tier_disabled",
        "slipped_before_opening",
    }
)
#: This account or person is not to be written to.
_NOT_TO_BE_WRITTEN_TO = frozenset(
    {
        "internal",
        "churned",
        "not_enrolled",
        "control",
        "complaint",
        "no_reachable_contact",
        "consent_missing",
        "consent_withdrawn",
        "bounced",
    }
)

#: Re-check reasons after which nobody will ask for the nudge again.
FINISHED_MEANWHILE = frozenset(
    {"completed", "milestone_completed", "milestone_resolved", "first_value_reached", "churned"}
)

#: How long a nudge rests that was held back for a reason that may pass.
REST_AFTER_HOLDING_BACK = timedelta(minutes=5)
REST_AFTER_RENDER_FAILURE = timedelta(hours=1)
#: How long a destination is left in peace that fails, or that refuses us altogether.
PROVIDER_REST = timedelta(minutes=15)

_NOT_NOW = frozenset(
    {"on_hold", "with_csm", "source_stale", "retry_later", "earlier_tier_open", "earlier_tier_too_recent"}
)

USES_NO_ATTEMPT = (
    frozenset(
        {
            CLAIM_ABANDONED,
            RECHECK_MISSING,
            RECHECK_FAILED,
            RECHECK_TOO_OLD,
            ATTEMPT_DEADLINE_PASSED,
            LEASE_ENDING,
            HALTED,
            DESTINATION_RESTING,
            RENDER_FAILED,
        }
    )
    | PROVIDER_WIDE
    | _NOT_NOW
)


def kind_after_recheck(reason_code: str) -> Kind:
    """What becomes of a claimed nudge whose re-check said no.

    A reason that nobody knows here only holds the nudge back: dbt, which wrote it, decides again on the next
    tick.
    """
    if reason_code in _NO_LONGER_WANTED:
        return Kind.CANCELLED
    if reason_code in _NOT_TO_BE_WRITTEN_TO:
        return Kind.SUPPRESSED
    return Kind.RETRYABLE
