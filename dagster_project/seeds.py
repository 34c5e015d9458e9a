"""Which seeds have to be loaded again: those whose file changed since the table was written, or that have no
table.

The hash of the loaded file is kept as a comment on the table itself, so that a warehouse that was copied,
restored or deleted cannot disagree with it. Of the critical path every version is kept beside the ledger,
since a tick replaces the table. What the seeds mean belongs to dbt and to the validation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_project.settings import Settings
from dagster_project.warehouse import reading, writing

#: In the ledger's schema, though none of its own tables.
PATH_HISTORY = "path_history"
_PATH = ".critical_path"
_PATH_COLUMNS = ("path_key", "milestone_key", "event_name")


def seed_hashes(manifest: Mapping[str, Any], project_dir: Path) -> dict[str, str]:
    """Per seed (dbt's unique id): the hash of its rows and of the settings that decide its types."""
    settings_files = sorted([*(project_dir / "seeds").glob("*.yml"), project_dir / "dbt_project.yml"])
    types = b"\0".join(path.read_bytes() for path in settings_files if path.is_file())
    return {
        unique_id: hashlib.sha256(
            (project_dir / node["original_file_path"]).read_bytes() + b"\0" + types
        ).hexdigest()
        for unique_id, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "seed"
    }


def stale_seeds(settings: Settings, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The seeds to load, with the hash to remember."""
    with reading(settings) as connection:
        return {
            unique_id: wanted
            for unique_id, wanted in seed_hashes(manifest, settings.dbt_project_dir).items()
            if connection.comment_of(*_table_of(manifest, unique_id)) != wanted
        }


def remember_loaded(settings: Settings, manifest: Mapping[str, Any], hashes: Mapping[str, str]) -> None:
    with writing(settings) as connection:
        for unique_id, value in hashes.items():
            connection.comment(*_table_of(manifest, unique_id), value)
    remember_path(settings, manifest)


def remember_path(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Keep the critical path as it lies in the warehouse, unless this version of it is kept already.

    Insert-only: a milestone that is taken off its path today and comes back under another key next year would
    be nudged for again.
    """
    loaded = next(
        (name for name in manifest["nodes"] if name.startswith("seed.") and name.endswith(_PATH)), None
    )
    if loaded is None:
        return
    schema, table = _table_of(manifest, loaded)
    with writing(settings) as connection:
        if not set(_PATH_COLUMNS) <= connection.columns_of(schema, table):
            return
        columns = ", ".join(_PATH_COLUMNS)
        rows = connection.execute(
            f"select {columns} from {connection.relation(schema, table)} order by {columns}"
        ).fetchall()
        version = hashlib.sha256(repr(rows).encode()).hexdigest()[:32]
        ledger = settings.schema("nudges")
        history = connection.relation(ledger, PATH_HISTORY)
        connection.define(f"create schema if not exists {connection.schema_name(ledger)}")
        connection.define(
            f"create table if not exists {history} "
            "(version varchar, path_key varchar, milestone_key varchar, event_name varchar)",
        )
        connection.execute(
            f"insert into {history} select ?, {columns} from {connection.relation(schema, table)} "
            f"where not exists (select 1 from {history} where version = ?)",
            [version, version],
        )


def _table_of(manifest: Mapping[str, Any], unique_id: str) -> tuple[str, str]:
    node = manifest["nodes"][unique_id]
    return node["schema"], node["alias"]
