"""Appending entries: the one insert into `nudge_events`, as many rows at a time as there are.

An entry that is there already (same derived entry_id) is not appended again, so a repeat after a lost commit
answer is harmless. Whether an entry may be appended at all is decided by the caller, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from nudge_senders.ledger.entry import Entry
from nudge_senders.ledger.statements import checked_identifier
from nudge_senders.ledger.warehouse import Session

_TYPES = {
    "attempt": "integer",
    "fence": "bigint",
    "seq": "integer",
    "cycle": "integer",
    "tier": "integer",
}
_ROWS_PER_INSERT = 50


def _type_of(column: str) -> str:
    if column in _TYPES:
        return _TYPES[column]
    return "timestamp" if column.endswith("_at") or column in ("not_before", "as_of") else "varchar"


def append_entries(session: Session, schema: str, entries: Sequence[Entry]) -> None:
    """Append those of the entries that the ledger does not hold yet."""
    for start in range(0, len(entries), _ROWS_PER_INSERT):
        rows = [entry.to_row() for entry in entries[start : start + _ROWS_PER_INSERT]]
        columns = list(rows[0])
        selects = [
            "select "
            + ", ".join(f"cast(:{column}_{number} as {_type_of(column)}) as {column}" for column in columns)
            for number in range(len(rows))
        ]
        table = f"{checked_identifier(schema)}.nudge_events"
        sql = (
            f"insert into {table} ({', '.join(columns)}) "
            f"select {', '.join(f'fresh.{column}' for column in columns)} "
            f"from ({' union all '.join(selects)}) as fresh "
            f"left join {table} as known on fresh.entry_id = known.entry_id "
            "where known.entry_id is null"
        )
        session.run(
            sql,
            {f"{column}_{number}": value for number, row in enumerate(rows) for column, value in row.items()},
        )
