"""Appending entries: the one insert into `nudge_events`, as many rows at a time as there are.

An entry that is there already (same derived entry_id) is not appended again, so a repeat after a lost commit
answer is harmless. Whether an entry may be appended at all is decided by the caller, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from nudge_senders.ledger.entry import Entry
from nudge_senders.ledger.statements import checked_identifier
from nudge_senders.ledger.warehouse import Session

_NUMBERS = {"attempt": "integer", "fence": "bigint", "seq": "integer", "cycle": "integer", "tier": "integer"}


def _type_of(column: str) -> str:
    is_time = column.endswith("_at") or column in ("not_before", "as_of")
    return _NUMBERS.get(column, "timestamp" if is_time else "varchar")


_COLUMNS = {column.name: _type_of(column.name) for column in fields(Entry)}


def append_entries(session: Session, schema: str, entries: Sequence[Entry]) -> None:
    """Append those of the entries that the ledger does not hold yet."""
    session.append_new(
        f"{checked_identifier(schema)}.nudge_events",
        columns=_COLUMNS,
        key="entry_id",
        rows=[entry.to_row() for entry in entries],
    )
