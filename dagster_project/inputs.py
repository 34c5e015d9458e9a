"""What a tick's result depends on besides the passing of time, as one fingerprint that is cheap to take.

Two equal fingerprints mean that nothing arrived and nobody changed anything in between. When time alone
changes a decision is said in `wake_up`; what follows from both is said in `should_tick`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nudge_senders
from dagster_project.connection import Connection
from dagster_project.manifest import hash_of_files, project_files
from dagster_project.settings import Settings
from nudge_senders.halt_file import read_halt_file

# Append-only tables may be large: a count and the newest load show every arrival. Rows of all other tables
# change in place, and those are small enough to be hashed whole.
_LOAD_COLUMNS = {
    ("segment", "tracks"): ("uuid_ts", "received_at"),
    ("segment", "groups"): ("received_at",),
    ("amplitude", "events"): ("loaded_at", "server_upload_time"),
    ("mixpanel", "events"): ("loaded_at", "mp_processing_time_ms"),
    ("integrations", "sync_runs"): ("loaded_at", "finished_at"),
    ("feedback", "message_events"): ("loaded_at", "occurred_at"),
}
_KINDS_ENTERED_BY_PEOPLE = ("opened", "resolved_sent", "resolved_not_sent")


@dataclass(frozen=True)
class SourceTable:
    """A raw table as the dbt project names it, and where it is."""

    source: str
    name: str
    schema: str
    identifier: str


def source_tables(manifest: Mapping[str, Any]) -> tuple[SourceTable, ...]:
    """Every raw table that the project reads; the ledger is none of them."""
    return tuple(
        SourceTable(source["source_name"], source["name"], source["schema"], source["identifier"])
        for _, source in sorted(manifest["sources"].items())
        if source["source_name"] != "nudges"
    )


def input_fingerprint(connection: Connection, settings: Settings, sources: Sequence[SourceTable]) -> str:
    """A hash over sources, ledger entries by people, halts, project and sender code."""
    facts = {
        "sources": [fact for table in sources if (fact := _watermark(connection, table)) is not None],
        "people": _entries_by_people(connection, settings.schema("nudges")),
        "halted": [settings.is_halted, read_halt_file(settings.halt_file)],
        "code": code_hash(settings.dbt_project_dir),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def code_hash(project_dir: Path) -> str:
    """Seeds, models, macros, templates and sender code."""
    senders = Path(nudge_senders.__file__).parent
    sender_files = sorted(p for p in senders.rglob("*") if p.suffix in {".py", ".j2", ".sql"} and p.is_file())
    return hash_of_files(project_files(project_dir), relative_to=project_dir) + hash_of_files(
        sender_files, relative_to=senders
    )


def _watermark(connection: Connection, table: SourceTable) -> list[object] | None:
    columns = connection.columns_of(table.schema, table.identifier)
    if not columns:
        return None
    load_columns = _LOAD_COLUMNS.get((table.source, table.name))
    if load_columns is not None:
        newest = next((column for column in load_columns if column in columns), None)
        return [table.source, table.name, connection.arrivals(table.schema, table.identifier, newest)]
    rows = connection.whole(table.schema, table.identifier)
    hashed = connection.execute(f"select count(*), {connection.hash_of_rows('t')} from {rows} as t")
    return [table.source, table.name, hashed.fetchone()]


def _entries_by_people(connection: Connection, schema: str) -> list[object]:
    present = set(connection.relations_of(schema))
    facts: list[object] = []
    if "nudge_events" in present:
        kinds = ", ".join(f"'{kind}'" for kind in _KINDS_ENTERED_BY_PEOPLE)
        facts.append(
            connection.execute(
                f"select count(*) from {connection.relation(schema, 'nudge_events')} where kind in ({kinds})"
            ).fetchone()
        )
    if "nudge_halts" in present:
        facts.append(
            connection.execute(
                f"select count(*) from {connection.relation(schema, 'nudge_halts')}"
            ).fetchone()
        )
    return facts
