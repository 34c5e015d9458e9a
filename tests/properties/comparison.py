"""Expected rows beside found rows.

Belongs here: turning a reading into the rows of the public relations, and a difference that a person can
read. Does not belong here: building.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.instants import instant_of, text_of
from tests.oracle.raw import COLUMNS, INSTANT, TEXT, History, Row
from tests.oracle.reading import AccountReading
from tests.properties.dbt_project_copy import DbtProjectCopy

Key = tuple[Any, ...]
Table = dict[Key, Row]

_HOURS_TOLERANCE = 0.00006
"""Hours are shown with four decimals."""

_SHOWN_ACCOUNTS = 6
_SHOWN_RAW_ROWS = 40

RELATIONS = {
    "onboarding.dim_accounts": ("account_id",),
    "onboarding.fct_account_milestones": ("account_id", "milestone_key"),
    "onboarding.fct_onboarding_progress": ("account_id",),
    "onboarding.fct_nudge_decisions": ("account_id", "milestone_key", "tier"),
}


@dataclass(frozen=True)
class Difference:
    """One cell, or one row when the column is `row`, that is not as expected."""

    relation: str
    key: Key
    column: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        cell = f"{self.relation} {self.key} {self.column}"
        return f"{cell}: expected {_shown(self.expected)}, found {_shown(self.found)}"


def expected_tables(reading: Mapping[str, AccountReading], as_of: int) -> dict[str, Table]:
    """The public relations as the slow reading has them."""
    tables: dict[str, Table] = {relation: {} for relation in RELATIONS}
    for account_id, one in reading.items():
        account, progress = one.account, one.progress
        tables["onboarding.dim_accounts"][(account_id,)] = {
            "path_key": account.path_key,
            "signed_up_at": account.signed_up_at,
            "cycle": account.cycle,
            "is_internal": account.is_internal,
            "churned_at": account.churned_at,
        }
        for state in one.milestones:
            row = {
                "path_key": account.path_key,
                "milestone_order": state.milestone.order,
                "status": state.status,
                "completed_at": state.completed_at,
            }
            if state.status == "completed":
                row["first_known_at"] = state.first_known_at
            tables["onboarding.fct_account_milestones"][(account_id, state.milestone.key)] = row
        following = progress.next_milestone
        tables["onboarding.fct_onboarding_progress"][(account_id,)] = {
            "path_key": progress.path_key,
            "signed_up_at": progress.signed_up_at,
            "milestones_completed": progress.milestones_completed,
            "furthest_milestone_key": progress.furthest_milestone_key,
            "last_progress_at": progress.last_progress_at,
            "next_milestone_key": None if following is None else following.key,
            "next_milestone_expected_by": progress.next_milestone_expected_by,
            "slips_at": progress.slips_at,
            "is_slipped": progress.is_slipped,
            "hours_overdue": progress.hours_overdue,
            "escalated_at": one.escalated_at,
            "first_value_at": progress.first_value_at,
            "hours_to_first_value": progress.hours_to_first_value,
            "is_first_value_14d": progress.is_first_value_14d,
            "is_activated_30d": progress.is_activated_30d,
            "as_of": as_of,
        }
        for decision in one.decisions:
            row = {
                "channel": decision.channel,
                "destination": decision.destination,
                "due_at": decision.due_at,
                "slips_at": decision.slips_at,
                "eligible_at": decision.eligible_at,
                "arm": decision.arm,
                "decision": decision.decision,
                "reason_code": decision.reason_code,
                "as_of": as_of,
            }
            if decision.decision == "send" and decision.channel != "human":
                row["contact_id"] = decision.contact_id
            key = (account_id, decision.milestone_key, decision.tier)
            tables["onboarding.fct_nudge_decisions"][key] = row
    return tables


def found_tables(project: DbtProjectCopy) -> dict[str, Table]:
    """The public relations as the warehouse has them."""
    tables = {}
    for relation, key in RELATIONS.items():
        rows = project.rows(f"select * from {relation}")
        table: Table = {}
        for row in rows:
            plain = {name: _plain(value) for name, value in row.items()}
            at = tuple(plain[name] for name in key)
            if at in table:
                raise AssertionError(f"{relation} has two rows for {at}")
            table[at] = plain
        tables[relation] = table
    return tables


def differences(expected: Mapping[str, Table], found: Mapping[str, Table]) -> list[Difference]:
    """Every cell that differs, over all relations that both have."""
    result = []
    for relation, rows in expected.items():
        others = found[relation]
        for key in sorted({*rows, *others}, key=repr):
            if key not in others or key not in rows:
                result.append(Difference(relation, key, "row", rows.get(key), others.get(key)))
                continue
            for column, value in rows[key].items():
                if not _are_same(column, value, others[key][column]):
                    result.append(Difference(relation, key, column, value, others[key][column]))
    return result


def assert_same(
    reading: Mapping[str, AccountReading], project: DbtProjectCopy, history: History, as_of: int
) -> None:
    """Fail with the accounts that differ, what was expected, what was found and the raw rows behind it."""
    found = differences(expected_tables(reading, as_of), found_tables(project))
    if found:
        raise AssertionError(report(found, history))


def report(found: list[Difference], history: History) -> str:
    """The differences of a few accounts with their raw rows, and a count of all."""
    by_account: dict[str, list[Difference]] = {}
    counts: dict[str, int] = {}
    for one in found:
        by_account.setdefault(one.key[0], []).append(one)
        name = f"{one.relation}.{one.column}"
        if one.column in ("reason_code", "status"):
            name += f" {one.expected} -> {one.found}"
        counts[name] = counts.get(name, 0) + 1
    lines = [f"{len(found)} differences at {len(by_account)} accounts"]
    lines += [f"  {count:6d}  {name}" for name, count in sorted(counts.items(), key=lambda item: -item[1])]
    for account_id in list(by_account)[:_SHOWN_ACCOUNTS]:
        lines.append(f"\naccount {account_id!r}")
        lines += [f"  {one}" for one in by_account[account_id][:12]]
        lines += [f"    {line}" for line in raw_rows_of(account_id, history)]
    return "\n".join(lines)


def raw_rows_of(account_id: str, history: History) -> list[str]:
    """The raw rows that name the account, an alias of it or one of its users."""
    names = {account_id}
    for _ in range(4):
        names |= {
            row["external_id"]
            for row in history.get("crm.account_aliases", [])
            if row.get("account_id") in names and row.get("external_id")
        }
    users = {row.get("user_id") for row in history.get("crm.contacts", []) if row.get("account_id") in names}
    users |= {row.get("user_id") for row in history.get("segment.groups", []) if row.get("group_id") in names}
    users -= {None, ""}
    lines = []
    for table, rows in history.items():
        kinds = COLUMNS[table]
        for row in rows:
            texts = [value for name, value in row.items() if kinds.get(name) == TEXT and value is not None]
            is_meant = any(
                value in names or value in users or (value.startswith("{") and account_id in value)
                for value in texts
            )
            if is_meant and table not in ("integrations.sync_runs",):
                cells = [
                    f"{name}={text_of(value) if kinds.get(name) == INSTANT else repr(value)}"
                    for name, value in row.items()
                    if value is not None and name in kinds
                ]
                lines.append(f"{table}: {', '.join(cells)}")
    return lines[:_SHOWN_RAW_ROWS]


def _plain(value: Any) -> Any:
    return instant_of(value) if isinstance(value, datetime) else value


def _are_same(column: str, expected: Any, found: Any) -> bool:
    if column.startswith("hours_") and expected is not None and found is not None:
        return abs(float(expected) - float(found)) <= _HOURS_TOLERANCE
    return bool(expected == found)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(one)}" for name, one in value.items()) + "}"
    is_instant = isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**11
    return text_of(value) if is_instant else repr(value)
