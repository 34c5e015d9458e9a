"""What the warehouse knows about one account, gathered in one short read: facts, decisions, history, ledger.

Only reading and finding the account; how it is told belongs to explain_text, why it is so to SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_project.connection import Connection
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.validation.source_shapes import Catalogue, Relation, own_schemas, read_catalogue
from dagster_project.validation.warehouse import reading

Record = Mapping[str, Any]


@dataclass(frozen=True)
class AccountFacts:
    """Rows as the warehouse has them, keyed by column; empty where there are none. Times are naive UTC."""

    account_id: str
    namespace: str
    as_of: Record
    account: Record
    progress: Record
    milestones: Sequence[Record]
    assignments: Sequence[Record]
    holds: Sequence[Record]
    #: what stops the clock: holds and, on a business clock, days off, where they overlap as one
    merged_holds: Sequence[Record]
    touches: Sequence[Record]
    #: what the touches come to
    touched: Record
    contacts: Sequence[Record]
    decisions: Sequence[Record]
    scheduled: Sequence[Record]
    changes: Sequence[Record]
    #: what still shows, and the causes for which some of it is to be taken back
    shown: Sequence[Record]
    withdrawals: Sequence[Record]
    ledger: Sequence[Record]
    #: the policy of the account's path, per tier
    tiers: Sequence[Record]
    #: what the caps say of the nudges that nothing else stands against
    limited: Sequence[Record] = ()
    #: the zones in the account's country, and when the day begins there
    quiet_hours: Sequence[Record] = ()


def explain_account(settings: Settings, account_id: str, *, command: str = "milestone-agent") -> AccountFacts:
    """Everything about one account. Raises `Refused` for one that no tick has seen, naming close ids and what
    to run, `command` being how this program was called.
    """
    with reading(settings) as connection:
        catalogue = read_catalogue(connection, own_schemas(settings))
        reader = _Reader(connection, catalogue, settings, command)
        progress = reader.of_account("onboarding", "fct_onboarding_progress", account_id)
        accounts = reader.of_account("onboarding", "dim_accounts", account_id)
        if not progress and not accounts:
            raise Refused(reader.why_unknown(account_id))
        as_of = reader.rows("onboarding_intermediate", "int_as_of")
        touched = reader.of_account("onboarding_intermediate", "int_accounts_touched", account_id)
        path_key = (progress or accounts)[0].get("path_key")
        return AccountFacts(
            account_id=account_id,
            namespace=settings.namespace,
            as_of=as_of[0] if as_of else {},
            account=accounts[0] if accounts else {},
            progress=progress[0] if progress else {},
            milestones=reader.of_account(
                "onboarding", "fct_account_milestones", account_id, order_by=("milestone_order",)
            ),
            assignments=reader.of_account("onboarding", "fct_experiment_assignments", account_id),
            holds=reader.of_account(
                "onboarding_intermediate", "int_crm_holds_resolved", account_id, order_by=("held_from",)
            ),
            merged_holds=reader.of_account(
                "onboarding_intermediate", "int_holds_merged", account_id, order_by=("held_from",)
            ),
            touches=reader.of_account(
                "onboarding_intermediate", "int_touches_resolved", account_id, order_by=("occurred_at",)
            ),
            touched=touched[0] if touched else {},
            contacts=reader.of_account(
                "onboarding_intermediate", "int_contacts_resolved", account_id, order_by=("contact_id",)
            ),
            decisions=reader.of_account(
                "onboarding", "fct_nudge_decisions", account_id, order_by=("milestone_key", "tier")
            ),
            scheduled=reader.of_account(
                "onboarding_intermediate", "int_nudges_scheduled", account_id, order_by=("due_at", "tier")
            ),
            changes=reader.of_account(
                "onboarding", "fct_nudge_decision_changes", account_id, order_by=("tick_at", "tier")
            ),
            shown=reader.of_account(
                "onboarding_intermediate", "int_nudges_set", account_id, order_by=("set_at", "nudge_id")
            ),
            withdrawals=reader.of_account("onboarding_intermediate", "int_nudges_withdrawn", account_id),
            ledger=reader.of_account(
                "nudges", "nudge_events", account_id, order_by=("recorded_at", "fence", "seq")
            ),
            tiers=reader.rows("onboarding_intermediate", "int_nudge_policy", "path_key = ?", [path_key]),
            limited=reader.of_account("onboarding_intermediate", "int_sends_limited", account_id),
            quiet_hours=reader.rows(
                "onboarding_intermediate",
                "int_quiet_hours",
                "country_code = ?",
                [(accounts[0].get("country_code") if accounts else None) or ""],
            ),
        )


@dataclass(frozen=True)
class _Reader:
    connection: Connection
    catalogue: Catalogue
    settings: Settings
    command: str

    def _find(self, schema: str, name: str) -> Relation | None:
        return self.catalogue.find(self.settings.schema(schema), name)

    def rows(
        self,
        schema: str,
        name: str,
        where: str = "1 = 1",
        values: Sequence[object] = (),
        order_by: Sequence[str] = (),
    ) -> list[Record]:
        """Rows of a relation as mappings; none where it does not exist yet."""
        relation = self._find(schema, name)
        if relation is None:
            return []
        order = [column for column in order_by if column in relation.columns]
        ordering = f" order by {', '.join(order)}" if order else ""
        found = self.connection.execute(f"select * from {relation.sql} where {where}{ordering}", list(values))
        columns = [str(column[0]).lower() for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    def of_account(
        self, schema: str, name: str, account_id: str, order_by: Sequence[str] = ()
    ) -> list[Record]:
        return self.rows(schema, name, "account_id = ?", [account_id], order_by)

    def why_unknown(self, account_id: str) -> str:
        """The message for an id that has no row: no tick yet, an alias, not there yet, or a misspelling."""
        if self._find("onboarding", "dim_accounts") is None:
            return f"No tick has run here yet, so no account is known; run `{self.command} tick --dry-run`."
        merged = self.rows(
            "onboarding_intermediate", "int_account_ids_resolved", "external_id = ?", [account_id]
        )
        heirs = sorted({str(row["account_id"]) for row in merged} - {account_id})
        if heirs:
            commands = ", ".join(f"`{self.command} explain {heir}`" for heir in heirs)
            return f"'{account_id}' is another id of account {', '.join(heirs)}; run {commands}."
        if self.rows("onboarding_staging", "stg_crm__accounts", "account_id = ?", [account_id]):
            return (
                f"Account '{account_id}' is in the CRM but does not exist for the pipeline yet: it signs up "
                "later than the last tick's as_of, or has neither a sign-up date nor a usable event."
            )
        near = self._near(account_id)
        hint = f"did you mean {', '.join(near)}?" if near else "ids are compared exactly, case included."
        return f"There is no account '{account_id}'; {hint}"

    def _near(self, account_id: str) -> list[str]:
        """Up to three ids: those of an account of that name, then the nearest spellings."""
        relation = self._find("onboarding", "dim_accounts")
        if relation is None or not account_id:
            return []
        distance = self.connection.edit_distance("lower(account_id)", "lower($1)")
        found = self.connection.execute(
            f"""
            select account_id
            from {relation.sql}
            where lower(account_name) = lower($1)
                or substr(lower(account_id), 1, length($1)) = lower($1)
                or {distance} <= $2
            order by
                case when lower(account_name) = lower($1) then 0 else 1 end,
                {distance},
                account_id
            limit 3
            """,
            [account_id, max(1, len(account_id) // 3)],
        ).fetchall()
        return [str(near) for (near,) in found]
