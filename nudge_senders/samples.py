"""Rows to try texts on: one with everything filled in, one with null wherever the queue may have null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from nudge_senders.nudge import Nudge
from nudge_senders.rendering import token_values
from nudge_senders.vocabulary import Channel

SAMPLE_NUDGE = Nudge(
    tick_id="sample",
    namespace="dev/shadow",
    nudge_id="sample",
    account_id="acct_42",
    milestone_key="integration_connected",
    tier=2,
    channel=Channel.EMAIL,
    destination="outbox",
    template_key="email_how_to",
    account_name="Acme & Sons",
    path_key="default",
    segment="mid_market",
    plan="growth",
    milestone_name="Integration connected",
    milestone_order=3,
    due_at=datetime(2026, 3, 4, 10, tzinfo=UTC),
    how_to_url="https://help.example.com/videos/connect-an-integration",
    contact_id="contact_7",
    contact_name="Ada Lovelace",
    contact_email="ada@acme.example",
    contact_timezone="Europe/London",
    recipient_reason="role",
    csm_name="Grace Hopper",
    csm_email="grace@example.com",
    csm_slack_id="U0123456",
    account_timezone="Europe/London",
    signed_up_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
    day_of_onboarding=4,
    milestones_completed=2,
    milestones_total=5,
    furthest_milestone_name="Team member invited",
    next_milestone_expected_by=datetime(2026, 3, 3, 9, tzinfo=UTC),
    hours_overdue=25.5,
    active_contacts_7d=3,
    last_activity_at=datetime(2026, 3, 4, 8, 30, tzinfo=UTC),
    earlier_nudges="in-app hint sent 2026-03-03 10:00 UTC",
    has_complaint=True,
    failed_integration="salesforce",
    failed_error_code="AUTH_401",
    failed_error_class="expired_credential",
    failed_error_message="token <expired> & not renewed",
    failed_proposed_fix="Connect it again with a user whose password or key is valid.",
    failed_log_url="https://logs.example.com/runs/123?a=1&b=2",
    failed_at=datetime(2026, 3, 4, 7, tzinfo=UTC),
)

_EMPTY_NUDGE = Nudge(
    tick_id="sample",
    namespace="dev/shadow",
    nudge_id="sample",
    account_id="acct_42",
    milestone_key="integration_connected",
    tier=2,
    channel=Channel.EMAIL,
    destination="outbox",
    template_key="email_how_to",
)

FULL_SAMPLE: Mapping[str, object] = MappingProxyType(token_values(SAMPLE_NUDGE))
EMPTY_SAMPLE: Mapping[str, object] = MappingProxyType(token_values(_EMPTY_NUDGE))
