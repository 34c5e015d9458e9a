"""`python -m tests.cost.offline_compile ENGINE FOLDER`: the project compiled for an engine that is not there.

dbt's own adapter for the engine writes the SQL; what it would ask the warehouse (which relations and columns
there are, how far raw tables were read) is answered from here. Writes FOLDER/compiled.json, model -> its kind
and its SQL. A process of its own, because it changes the adapter.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import agate
from dbt.adapters.base.column import Column
from dbt.adapters.contracts.connection import AdapterResponse

from tests.parsed_project import SHIPPED_PROJECT

#: raw table -> its columns; instants as a timestamp without zone, in the engine's own words
_RAW = {
    "tracks": ("id", "event", "user_id", "context_group_id", "timestamp", "received_at", "uuid_ts"),
    "groups": ("id", "user_id", "group_id", "timestamp", "received_at", "uuid_ts"),
    "events": ("uuid", "insert_id", "user_id", "event_type", "event_time", "server_upload_time", "groups",
               "event", "distinct_id", "time", "properties", "loaded_at"),
    "accounts": ("account_id", "account_name", "signed_up_at"),
}  # fmt: skip
_INSTANTS = frozenset({"timestamp", "received_at", "uuid_ts", "event_time", "server_upload_time", "time",
                       "loaded_at", "signed_up_at"})  # fmt: skip
_TYPES = {"bigquery": ("STRING", "TIMESTAMP"), "snowflake": ("TEXT", "TIMESTAMP_NTZ")}
_READ_FROM = "2026-01-05T00:00:00.000000Z"


def _answer(sql: str) -> Any:
    """What the warehouse would say: the state after one complete read of Segment, Amplitude and Mixpanel."""
    sources = ("segment", "amplitude", "mixpanel")
    if "int_slices_loaded" in sql:
        return _table(
            [(name, _READ_FROM, _READ_FROM, _READ_FROM) for name in sources],
            "source_name", "read_from", "received_through", "nearly_all_read_until",
        )  # fmt: skip
    if "events_by_day" in sql:
        return _table([(name, _READ_FROM) for name in sources], "source_name", "read_from")
    if "max(kept.loaded_at)" in sql:
        return _table([(_READ_FROM,)], "read_from")
    if "such_rows" in sql:
        return agate.Table([(1,)], ["such_rows"], [agate.Number()])
    if "began_on" in sql:
        return _table([("2026-01-01",)], "began_on")
    return _table([], "event_name")


def _table(rows: list[tuple[str, ...]], *columns: str) -> Any:
    return agate.Table(rows, columns, [agate.Text()] * len(columns))


def _answer_from_here(adapter_class: Any, engine: str) -> None:
    text, instant = _TYPES[engine]

    def get_relation(self: Any, database: str, schema: str, identifier: str) -> Any:
        return self.Relation.create(database=database, schema=schema, identifier=identifier, type="table")

    def get_columns_in_relation(self: Any, relation: Any) -> list[Column]:
        names = _RAW.get(relation.identifier, ())
        return [Column(name, instant if name in _INSTANTS else text) for name in names]

    def execute(self: Any, sql: str, *_: Any, **__: Any) -> tuple[AdapterResponse, Any]:
        return AdapterResponse("from here"), _answer(sql)

    adapter_class.get_relation = get_relation
    adapter_class.get_columns_in_relation = get_columns_in_relation
    adapter_class.execute = execute
    adapter_class.set_relations_cache = lambda *_, **__: None
    adapter_class.ConnectionManager.release = lambda _: None
    adapter_class.ConnectionManager.close = classmethod(lambda _, connection: connection)
    adapter_class.ConnectionManager.open = classmethod(lambda _, connection: connection)


def compile_for(engine: str, folder: Path) -> None:
    """Write `compiled.json`; raises what dbt raises."""
    from dbt.adapters.factory import get_adapter_class_by_name, load_plugin
    from dbt.cli.main import dbtRunner

    load_plugin(engine)
    _answer_from_here(get_adapter_class_by_name(engine), engine)
    os.environ.update({"MILESTONE_AGENT_TARGET": engine, "MILESTONE_AGENT_BIGQUERY_PROJECT": "p"})
    project = folder / "dbt_project"
    shutil.copytree(SHIPPED_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--target", engine]
    where += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), "--quiet"]
    outcome = dbtRunner().invoke(["compile", *where, "--select", "resource_type:model"])
    if not outcome.success:
        raise SystemExit(
            f"dbt could not compile for {engine}: {outcome.exception or _failures(outcome.result)}"
        )
    compiled = {
        result.node.name: {
            "materialized": result.node.config.materialized,
            "is_in_tick": "tick" in result.node.tags and "report" not in result.node.tags,
            "sql": result.node.compiled_code,
        }
        for result in outcome.result.results
    }
    (folder / "compiled.json").write_text(json.dumps(compiled), encoding="utf-8")


def _failures(result: Any) -> str:
    return "\n".join(f"{each.node.name}: {each.message}" for each in result.results if each.status == "error")


if __name__ == "__main__":
    compile_for(sys.argv[1], Path(sys.argv[2]))
