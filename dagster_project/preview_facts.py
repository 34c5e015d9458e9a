"""What the warehouse knows of one nudge, wherever it stands: queued, decided, remembered or only scheduled.

Plain rows and plain columns, read in one short look. What only a tick computes for a message that leaves (the
health of the account, its failing integration) is not computed again here; those columns stay empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster_project.connection import Connection
from dagster_project.settings import Settings
from dagster_project.validation.source_shapes import Catalogue, own_schemas, read_catalogue
from dagster_project.validation.warehouse import reading

Record = Mapping[str, Any]


@dataclass(frozen=True)
class NudgeFacts:
    """Rows as the warehouse has them, none where there is none.

    `known` has the queue's columns, as far as they are known of a nudge that has a decision.
    """

    queued: Record | None
    past: Record | None
    decision: Record | None
    scheduled: Record | None
    known: Record


def nudge_facts(settings: Settings, nudge_id: str) -> NudgeFacts:
    """Everything about one nudge_id. Raises as `reading` does."""
    with reading(settings) as connection:
        look = _Look(connection, read_catalogue(connection, own_schemas(settings)), settings)
        decision = look.row("onboarding", "fct_nudge_decisions", nudge_id=nudge_id)
        return NudgeFacts(
            queued=look.row("onboarding", "sync_nudge_queue", nudge_id=nudge_id, action="deliver"),
            past=look.row("nudges", "nudge_states", nudge_id=nudge_id, action="deliver"),
            decision=decision,
            scheduled=look.row("onboarding_intermediate", "int_nudges_scheduled", nudge_id=nudge_id),
            known=_known(look, decision) if decision else {},
        )


@dataclass(frozen=True)
class _Look:
    connection: Connection
    catalogue: Catalogue
    settings: Settings

    def row(self, schema: str, name: str, **key: object) -> Record | None:
        """The first row with these values; none where there is none, or no such relation."""
        relation = self.catalogue.find(self.settings.schema(schema), name)
        if relation is None:
            return None
        where = " and ".join(f"{column} = ?" for column in key)
        found = self.connection.execute(
            f"select * from {relation.sql} where {where} limit 1", list(key.values())
        )
        columns = [str(column[0]).lower() for column in found.description or []]
        row = found.fetchone()
        return None if row is None else dict(zip(columns, row, strict=True))


def _known(look: _Look, decision: Record) -> Record:
    account_id = decision["account_id"]
    account = look.row("onboarding", "dim_accounts", account_id=account_id) or {}
    progress = look.row("onboarding", "fct_onboarding_progress", account_id=account_id) or {}
    path_key = decision.get("path_key") or progress.get("path_key")

    def milestone(key: object) -> Record:
        return (
            look.row("onboarding_intermediate", "int_critical_path", path_key=path_key, milestone_key=key)
            or {}
        )

    contact: Record = {}
    if decision.get("contact_id"):
        contact = (
            look.row(
                "onboarding_intermediate",
                "int_contacts_resolved",
                account_id=account_id,
                contact_id=decision["contact_id"],
            )
            or {}
        )
    complaint = look.row("onboarding_intermediate", "int_accounts_complained", account_id=account_id)
    due, furthest = milestone(decision["milestone_key"]), milestone(progress.get("furthest_milestone_key"))
    return {
        **decision,
        "account_name": account.get("account_name"),
        "path_key": path_key,
        "segment": account.get("segment"),
        "plan": account.get("plan"),
        "account_timezone": account.get("timezone"),
        "signed_up_at": account.get("signed_up_at"),
        "csm_name": account.get("csm_name"),
        "csm_email": account.get("csm_email"),
        "csm_slack_id": account.get("csm_slack_id"),
        "contact_name": contact.get("full_name"),
        "contact_email": contact.get("email"),
        "contact_user_id": contact.get("user_id"),
        "contact_timezone": contact.get("timezone"),
        "milestone_name": due.get("milestone_name"),
        "milestone_order": due.get("milestone_order"),
        "how_to_url": due.get("how_to_url"),
        "milestones_total": due.get("milestones_total"),
        "milestones_completed": progress.get("milestones_completed"),
        "furthest_milestone_name": furthest.get("milestone_name"),
        "next_milestone_expected_by": progress.get("next_milestone_expected_by"),
        "hours_overdue": progress.get("hours_overdue"),
        "has_complaint": complaint is not None,
        # Between now and its turn, an earlier tier may still leave.
        "earlier_nudges": "known when it leaves",
    }
