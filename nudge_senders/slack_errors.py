"""What Slack's words for a refusal mean: the table over `error` of an answer that is not `ok`.

Which request was refused, and when it is asked again, is the destination's to judge. A word that is not here
has no meaning, and the answer is doubt.
"""

from __future__ import annotations

from collections.abc import Mapping

from nudge_senders.outcome import Dead, Retryable
from nudge_senders.reasons import ACCOUNT_SUSPENDED, CREDENTIALS_REJECTED

#: Who is asked for is not there, or may not be written to by an app: the next one is tried.
NOT_THIS_PERSON = frozenset(
    {
        "users_not_found",
        "user_not_found",
        "user_not_visible",
        "user_disabled",
        "users_list_not_supplied",
        "cannot_dm_bot",
        "invalid_user_combination",
        "method_not_supported_for_channel_type",
    }
)
#: `ok: false` of every method -> what it means. One that is not here may have had its effect.
MEANINGS: Mapping[str, Retryable | Dead] = {
    error: meaning
    for meaning, errors in (
        (
            Retryable(CREDENTIALS_REJECTED),
            "not_authed invalid_auth token_revoked token_expired missing_scope no_permission access_denied "
            "not_allowed_token_type org_login_required team_access_not_granted accesslimited "
            "two_factor_setup_required enterprise_is_restricted as_user_not_supported",
        ),
        (Retryable(ACCOUNT_SUSPENDED), "account_inactive ekm_access_denied"),
        (Retryable("rate_limited"), "ratelimited rate_limited message_limit_exceeded"),
        # Refused before anything was done.
        (Retryable("not_processed"), "request_timeout team_added_to_org upgrade_required"),
        (
            Dead("recipient_unreachable"),
            "channel_not_found not_in_channel is_archived user_not_found user_disabled user_not_visible "
            "cannot_dm_bot messages_tab_disabled restricted_action restricted_action_read_only_channel "
            "restricted_action_thread_only_channel restricted_action_non_threadable_channel "
            "method_not_supported_for_channel_type",
        ),
        (
            Dead("request_rejected"),
            "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text "
            "too_many_attachments metadata_too_large metadata_must_be_sent_from_app "
            "invalid_metadata_format invalid_metadata_schema markdown_text_conflict "
            "invalid_arg_name invalid_arguments invalid_array_arg invalid_charset invalid_form_data "
            "invalid_json invalid_post_type json_not_object missing_post_type missing_charset "
            "method_deprecated deprecated_endpoint unknown_method",
        ),
    )
    for error in errors.split()
}
