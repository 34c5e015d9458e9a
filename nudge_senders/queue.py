"""What the senders read from dbt: the queue of their own tick, and the re-check on fresh facts.

Two relations and nothing else. Both are read in one short transaction each; the ledger is not touched here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nudge_senders.ledger.backends import warehouse_of
from nudge_senders.ledger.statements import checked_identifier
from nudge_senders.ledger.warehouse import Warehouse

#: As many as the senders ask about in one round: the re-check costs the same for one and for many.
_IDS_PER_QUERY = 2000
#: For another process's lock on a file.
_PATIENCE_SECONDS = 60.0
_QUEUE = """
select * from {schema}.sync_nudge_queue
where tick_id = :tick_id and namespace = :namespace and channel = :channel
order by due_at, nudge_id
"""
_RECHECK = """
select nudge_id, is_allowed, reason_code from {schema}.int_nudges_rechecked where nudge_id in (:nudge_ids_in)
"""


@dataclass(frozen=True)
class RecheckAnswer:
    """May this nudge leave, judged on facts of this moment? `reason_code` says why not."""

    is_allowed: bool
    reason_code: str | None = None


class QueueReader(Protocol):
    """Where a tick's nudges come from."""

    def rows(self, *, tick_id: str, namespace: str, channel: str) -> Sequence[Mapping[str, Any]]:
        """The queue's rows of this tick, namespace and channel, oldest due first."""


#: nudge ids -> answers. A nudge without an answer is not allowed to leave.
Recheck = Callable[[Sequence[str]], Mapping[str, RecheckAnswer]]


class WarehouseQueue:
    """The queue in a warehouse. See `QueueReader`."""

    def __init__(self, warehouse: Warehouse, schema: str) -> None:
        self._warehouse = warehouse
        self._sql = _QUEUE.replace("{schema}", checked_identifier(schema))

    def rows(self, *, tick_id: str, namespace: str, channel: str) -> Sequence[Mapping[str, Any]]:
        with self._warehouse.reading() as session:
            return session.run(self._sql, {"tick_id": tick_id, "namespace": namespace, "channel": channel})


def open_queue(
    duckdb_path: Path,
    *,
    schema: str = "onboarding",
    target: str = "duckdb",
    environ: Mapping[str, str] | None = None,
) -> QueueReader:
    """`<schema>.sync_nudge_queue` of this target, as `open_ledger` has it. Opens nothing yet."""
    return WarehouseQueue(_warehouse(target, duckdb_path, schema, environ), schema)


def warehouse_recheck(warehouse: Warehouse, schema: str) -> Recheck:
    """The re-check through `<schema>.int_nudges_rechecked`, a view over facts as they are when it is read."""
    sql = _RECHECK.replace("{schema}", checked_identifier(schema))

    def recheck(nudge_ids: Sequence[str]) -> Mapping[str, RecheckAnswer]:
        answers: dict[str, RecheckAnswer] = {}
        with warehouse.reading() as session:
            for start in range(0, len(nudge_ids), _IDS_PER_QUERY):
                chunk = list(nudge_ids[start : start + _IDS_PER_QUERY])
                for row in session.run(sql, {"nudge_ids_in": chunk}):
                    is_allowed = row["is_allowed"] is True
                    # Two answers that differ, or an answer that is null, are a "no".
                    known = answers.get(row["nudge_id"])
                    if known is None or known.is_allowed:
                        answers[row["nudge_id"]] = RecheckAnswer(is_allowed, row["reason_code"])
        return answers

    return recheck


def open_recheck(
    duckdb_path: Path,
    *,
    schema: str = "onboarding_intermediate",
    target: str = "duckdb",
    environ: Mapping[str, str] | None = None,
) -> Recheck:
    """The re-check of this target, as above. Opens nothing yet."""
    return warehouse_recheck(_warehouse(target, duckdb_path, schema, environ), schema)


def _warehouse(target: str, duckdb_path: Path, schema: str, environ: Mapping[str, str] | None) -> Warehouse:
    return warehouse_of(
        target,
        duckdb_path=duckdb_path,
        patience_seconds=_PATIENCE_SECONDS,
        schema=schema,
        environ=environ or {},
    )
