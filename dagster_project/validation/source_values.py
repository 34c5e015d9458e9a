"""Values of the CRM that read as nothing although they say something: flags and dates that are none.

The pipeline takes them as not there, as it does everywhere; only how many there are is told, with examples
that cannot be a name or an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dagster_project.connection import Connection
from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.source_contract import CRM_ACCOUNTS, CRM_CONTACTS, CRM_HOLDS, SourceTable
from dagster_project.validation.source_shapes import Catalogue, Relation, shown

_EXAMPLES = 3
_LONGEST_EXAMPLE = 40
# Of a column full of free text the most frequent values are looked at.
_MOST_VALUES = 200

# A value is quoted only when it consists of these words, digits and punctuation: anything else may be a name.
_WORDS = """
    accepted active agreed all allow allowed blocked cancelled churned closed confirmed consent
    consented customer date day days declined default demo denied disabled double employee enabled end
    ended expired explicit external false forever given granted implicit in inactive indefinite infinity
    internal ja left live maybe mql na nan nein never no none not now null off on only open opt opted
    ours out partner pending permanent permission rejected revoked single soft soon staff still
    subscribed tba tbc tbd test today trial true unconfirmed undefined unknown unsubscribed until us utc
    vendor withdrawn yes yesterday
"""


@dataclass(frozen=True)
class _Checked:
    """A column that is read as a flag or an instant, and what an unreadable value counts as."""

    table: SourceTable
    column: str
    is_flag: bool
    consequence: str


_COLUMNS = (
    _Checked(CRM_ACCOUNTS, "signed_up_at", False, "the accounts sign up with their earliest event"),
    _Checked(CRM_ACCOUNTS, "churned_at", False, "the accounts are nudged like customers"),
    _Checked(CRM_ACCOUNTS, "is_internal", True, "the accounts are nudged like customers"),
    _Checked(
        CRM_CONTACTS, "email_consent", True, "no consent is known, so no email leaves (consent_missing)"
    ),
    _Checked(CRM_CONTACTS, "unsubscribed_at", False, "the opt-outs are not known"),
    _Checked(CRM_HOLDS, "held_from", False, "the holds do not count"),
    _Checked(CRM_HOLDS, "held_until", False, "the holds are open-ended"),
)


def check_values(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    """Per column, a warning with the number of values that read as nothing."""
    for checked in _COLUMNS:
        relation = catalogue.locate(variables, checked.table)
        if relation is None or (unreadable := _unreadable(connection, relation, checked)) is None:
            continue
        found = connection.execute(
            "select told, count(*) as row_count, sum(count(*)) over () as all_rows "
            f"from ({unreadable}) as unreadable "
            f"group by told order by row_count desc, told limit {_MOST_VALUES}"
        ).fetchall()
        if not found:
            continue
        rows = int(found[0][2])
        kind = "flag" if checked.is_flag else "date"
        form = "true or false" if checked.is_flag else "2026-01-31 or 2026-01-31T09:30:00Z"
        article = "an" if checked.column[0] in "aeio" else "a"
        where = f"of {shown(variables, checked.table)}"
        have = f"row {where} has" if rows == 1 else f"rows {where} have"
        examples = _examples([str(text) for text, *_ in found])
        yield Problem(
            Severity.WARNING,
            warehouse,
            None,
            f"{checked.table.key}.{checked.column}",
            f"{rows} {have} {article} {checked.column} that is no {kind} ({examples})",
            f"it is read as empty: {checked.consequence}; write {form}, best in a view",
        )


def _unreadable(connection: Connection, relation: Relation, checked: _Checked) -> str | None:
    """A query for the texts that the pipeline cannot read; None where the column has a type that it can."""
    column = relation.column(checked.column)
    stored = relation.types.get(checked.column, "")
    if column is None or not stored.startswith(("VARCHAR", "TEXT", "ENUM", "JSON")):
        return None
    read = connection.cast_or_null("told", "boolean" if checked.is_flag else "timestamp")
    texts = f"select cast({column} as varchar) as told from {relation.sql}"
    return f"select told from ({texts}) as texts where trim(told) <> '' and {read} is null"


def _examples(values: list[str]) -> str:
    told = [repr(value) for value in values if _is_anonymous(value)]
    if not told:
        return "not quoted here, because they may be names"
    return ", ".join(told[:_EXAMPLES])


def _is_anonymous(value: str) -> bool:
    """Whether nobody can be meant: only words of the list, single letters, digits and punctuation."""
    words = re.findall(r"[^\W\d_]{2,}", value.casefold())
    return len(value) <= _LONGEST_EXAMPLE and "@" not in value and set(_WORDS.split()).issuperset(words)
