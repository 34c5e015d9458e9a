"""One plain sentence for every reason code of a decision and of a ledger entry, for people who ask why.

Which reason applies is decided in SQL (decisions) and by the senders (ledger); nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

# In the order in which decisions walk them.
DECISIONS: Mapping[str, str] = {
    "already_sent": "It was sent before; nothing is sent twice.",
    "in_doubt": "An earlier attempt may have arrived, and nothing is sent again until that is known.",
    "needs_review": "An earlier attempt may have arrived and nobody can find out; a person has to decide.",
    "escalated": "The CSM has been told; until there is progress the customer hears nothing more from us.",
    "internal": "The account is one of our own.",
    "churned": "The account has churned.",
    "not_enrolled": "The account signed up before the experiment's first epoch, so it is not managed.",
    "control": "The account is in the control arm, which is never nudged.",
    "on_hold": "The account is on hold; its clock stands still until the hold ends.",
    "with_csm": "Somebody is in touch with the account, or has snoozed it; the nudge waits.",
    "handled_by_csm": "The CSM marked the account as handled, and there was no progress or hand-back since.",
    "not_relevant": "The CSM marked this as not relevant, and there was no progress or hand-back since.",
    "milestone_resolved": "The milestone, or a later one, is already completed in newer data.",
    "ledger_not_open": "The live ledger has not been opened yet: milestone-agent ledger open.",
    "slipped_before_opening": "The milestone slipped before the live ledger was opened.",
    "window_over": "The onboarding window of the account is over.",
    "dead": "Every attempt was refused for good, so it is not tried again.",
    "closed_at_recheck": "Right before it was to leave, newer facts stood against it; the nudge is closed.",
    "expired": "It waited longer than a nudge may; by now it would be noise.",
    "tier_disabled": "The tier, or its text, is switched off in the policy.",
    "handed_to_csm": "Nobody recognises the integration's error, so the CSM is told at once instead.",
    "complaint": "Somebody at the account complained, so customers there get no more messages.",
    "no_reachable_contact": "No contact of the account can be reached on this channel.",
    "consent_missing": "No contact with an address has given consent to emails.",
    "consent_withdrawn": "The contact has unsubscribed or withdrawn consent.",
    "bounced": "Emails to the contact's address bounce.",
    "recipient_not_allowed": "Live outside prod writes to addresses at the allowed domains only.",
    "source_stale": "A source was silent for too long; missing data must not look like a stuck customer.",
    "source_volume_low": "A source brought far fewer rows than usual on a day; some may still be missing.",
    "retry_later": "An attempt failed for the moment; it is tried again later.",
    "earlier_tier_open": "An earlier tier of the same milestone has still to leave.",
    "earlier_tier_too_recent": "The earlier tier left too recently; this one waits for its turn.",
    "quiet_hours": "It is night, a weekend or a holiday where the recipient is; it waits for the day.",
    "account_cap": "The account has had as many messages as it may get within a day or a week; it waits.",
    "person_cap": "The person has had as many messages as one may get within a day or a week; it waits.",
    "email_without_feedback": "Nobody tells us of complaints, so few emails leave in a day; it waits.",
    "csm_over_capacity": "The CSM has had as many messages as one reads in a day; a digest follows.",
    "halted": "What it belongs to was stopped by a halt: milestone-agent ledger status.",
    "policy_changed": "The policy is new and its first tick only looks; see int_anomalies_checked.",
    "anomaly_tripped": "Something is out of the ordinary, so nothing leaves; see int_anomalies_checked.",
    "template_halted": "Its text brought too many complaints or the like; see int_templates_watched.",
    "over_ceiling": "As many messages as may leave for now have left; it waits for its turn.",
    "send": "Nothing stands against it: it leaves in the tick that decided this.",
}

# Given by the senders, on top of those above (a re-check answers with the same codes).
DELIVERIES: Mapping[str, str] = {
    "claim_abandoned": "The tick that had claimed it ended before sending; the next one takes it up.",
    "recheck_missing": "Right before sending, the nudge was no longer among those that may leave.",
    "recheck_failed": "The facts could not be read again right before sending.",
    "recheck_too_old": "The facts read right before sending had become too old; they are read again.",
    "attempt_deadline_passed": "The time in which the call may start had passed; it is tried again.",
    "lease_ending": "The tick had too little time left to send it.",
    "destination_resting": "The destination kept failing, so it was left in peace for the rest of the tick.",
    "destination_failing": "Several calls in a row failed, so the destination is left in peace for a while.",
    "destination_unavailable": "The destination of this tier cannot deliver from here yet.",
    "render_failed": "The text could not be rendered; see milestone-agent validate.",
    "credentials_rejected": "The provider rejected our credentials.",
    "account_suspended": "The provider has suspended our account.",
    "quota_exhausted": "Our quota at the provider is used up.",
    "settings_missing": "A setting of the destination is missing; see milestone-agent validate.",
    "endpoint_gone": "The address that the destination sends to does not exist any more.",
    "rate_limited": "The provider asked us to wait; it is tried again then.",
    "connection_failed": "The provider could not be reached; it is tried again.",
    "connection_broke": "The connection broke, so it is not known whether the message left.",
    "server_error": "The provider failed during the call, so it is not known whether the message left.",
    "accepted_not_confirmed": "The provider has accepted the message and has not said yet that it left.",
    "request_rejected": "The provider refuses the request for what is in it.",
    "key_conflict": "The provider knows the nudge's key from another message; a person has to look.",
    "vendor_template_unusable": "The email at the provider is missing, cancelled or cannot be filled in.",
    "header_unusable": "The subject holds a line break, which could smuggle in a recipient.",
    "recipient_unusable": "The address is not exactly one plain address, or the provider calls it invalid.",
    "recipient_unknown": "The provider does not know the recipient.",
    "recipient_ambiguous": "The provider knows several people under what is known of the recipient.",
    "recipient_unreachable": "The provider knows the recipient or channel, and we may not write there.",
    "not_read_back": "What was set could not be read back from the provider yet.",
    "already_in_cadence": "Somebody else has put the person on the cadence already.",
    "do_not_contact": "The provider holds the person as one who is not to be contacted.",
    "opted_out": "The provider knows that the recipient has opted out.",
    "complained": "The provider knows that the recipient has complained about us.",
    "not_engaged": "The provider holds emails back from who never opens any.",
    "recipient_fatigue": "The provider says that the recipient has had enough emails for now.",
    "not_marketable": "The provider does not let us write to this contact.",
    "consent_not_confirmed": "The recipient has not confirmed an opt-in that the provider requires.",
    "address_blocked": "The provider has blocked or quarantined the address.",
    "address_only_in_production": "The provider writes to this address from a production account only.",
    "cancelled_by_provider": "The provider cancelled the message before it left.",
    "ignored_by_mail_server": "A mail server took the email and may have dropped it; a person has to look.",
    "send_result_unknown": "The provider gave a result that this version does not know.",
    "attempts_exhausted": "Every allowed attempt has failed.",
    "action_unsupported": "The destination cannot do what was asked of it.",
    "request_impossible": "No request could be made of the nudge for this destination.",
    "body_changed": "The text is not that of the first attempt any more, so its key cannot be used again.",
    "no_outcome_recorded": "The tick ended during the call, so it is not known whether the message left.",
    "call_failed": "The call broke off, so it is not known whether the message left.",
    "answer_not_understood": "The answer was not understood; it is not known whether the message left.",
    "too_many_steps": "The provider asked for more steps than a delivery may take.",
    "late_outcome": "The outcome came after another tick had taken over.",
    "no_way_to_settle": "The destination cannot be asked whether the message left; a person has to decide.",
    "key_too_old": "The provider has forgotten the key of the attempt, so repeating it could send twice.",
    "key_spent": "A repeat was taken and not sent, and an earlier try may have left; a person has to look.",
    "never_settled": "Asking the provider did not settle whether the message left; a person has to decide.",
    "found_by_inquiry": "The provider was asked and has the message.",
    "not_found_by_inquiry": "The provider was asked and does not have the message.",
    "resolved_by_person": "A person has looked at the provider's and answered.",
    "completed": "The path was completed meanwhile.",
    "milestone_completed": "The milestone was completed meanwhile.",
    "first_value_reached": "First value was reached meanwhile.",
    "name_not_resolved": "The provider's name could not be resolved; it is tried again.",
    "tls_failed": "No secure connection to the provider came about; it is tried again.",
    "address_not_allowed": "The webhook's host leads to an address that is not public, so nothing was sent.",
    "request_not_writable": "A setting holds characters that no request can carry, so nothing was sent.",
    "redirected": "The provider pointed elsewhere, and redirects are not followed.",
    "answer_too_slow": "The answer took too long, so it is not known whether the message left.",
    "answer_too_large": "The answer was too large to be read, so it is not known whether the message left.",
    "answer_not_readable": "The answer was packed unreadably; it is not known whether the message left.",
    "inquiry_refused": "The provider did not answer whether it has the message; it is asked again.",
}

# Why something that shows is taken back, on top of the reasons of decisions.
WITHDRAWALS: Mapping[str, str] = {
    "experiment_harmful": "The experiment was found harmful and is halted.",
    "shown_long_enough": "It has shown for as long as a hint may; see in_app_max_hours.",
}

SENTENCES: Mapping[str, str] = {**DECISIONS, **DELIVERIES, **WITHDRAWALS}


def sentence(code: str | None) -> str:
    """The sentence of a code; a code of a newer version reads as itself."""
    if not code:
        return ""
    return SENTENCES.get(code, f"Reason code {code}.")
