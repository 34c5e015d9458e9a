"""Is this the ledger that we think it is? Pure judgement; a "no" stops all sends of the namespace,
visibly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nudge_senders.ledger.memory import Memory, recall
from nudge_senders.ledger.warehouse import Row


def problems_of(
    *, namespace: str, home: Path, seen: Memory, opened_at: datetime | None, strange: Sequence[Row]
) -> list[str]:
    """Sentences with what is wrong and what to do; empty when the ledger may be sent from.

    Entries that nobody knows stop every namespace. Whether the ledger is the remembered one matters only
    where real messages leave: a rehearsal may start over at any time.
    """
    problems = [
        f"{row['number_of_entries']} ledger entries have kind {row['kind']!r}, action {row['action']!r} and "
        f"ledger_id {row['ledger_id']!r}, which this version did not write: upgrade, or find out who did"
        for row in strange
    ]
    if not namespace.endswith("/live"):
        return problems
    if opened_at is None:
        problems.append(f"{namespace} is not opened: run `milestone-agent ledger open`")
    try:
        remembered = recall(home, namespace)
    except ValueError as error:
        return [*problems, f"{error}: restore it, or open the namespace again"]
    if remembered is None:
        return problems
    if remembered.ledger_id != seen.ledger_id:
        problems.append(
            f"this ledger ({seen.ledger_id}) is not the one last seen for {namespace} "
            f"({remembered.ledger_id}): point to the right warehouse, or run `milestone-agent ledger open` "
            "to go on with this one"
        )
    elif seen.entries < remembered.entries or seen.fence < remembered.fence:
        problems.append(
            f"the ledger holds {seen.entries} entries of {namespace}, fewer than the {remembered.entries} "
            "last seen: a backup was restored or its log is lost; restore the newer one, or run "
            "`milestone-agent ledger open`"
        )
    return problems
