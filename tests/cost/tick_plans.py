"""A tick's models on DuckDB, each statement explained right before it runs.

Belongs here: making such a tick and asking for its plans. Does not belong here: what a plan has to look like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.dbt_in_process import DbtCall, DbtSession
from dagster_project.settings import Settings
from nudge_senders.clock import system_clock
from nudge_senders.ledger import open_ledger
from tests.benchmarks.generated_events import World, connected
from tests.cost.raw_scans import scans_in_plan, unpruned_in_plan

ROWS, ACCOUNTS, NEW_ROWS = 600_000, 300, 2_000
_EXPLAINED = re.compile(
    r"^(with|select|insert|merge|delete|update|create( or replace)?( temporary| temp)? table)\b", re.I
)
_COMMENT = re.compile(r"^\s*(/\*.*?\*/|--[^\n]*\n)\s*", re.S)
_RAW_SCHEMAS = ("segment", "amplitude", "mixpanel")


@dataclass(frozen=True)
class TickPlans:
    """The statements of a second tick with their plans, and the warehouse as it left it."""

    path: Path
    plans: tuple[tuple[str, str], ...]

    @property
    def scans(self) -> list[tuple[str, str]]:
        """(statement, raw event table) for each scan of one."""
        return [(sql, table) for sql, plan in self.plans for table, _ in scans_in_plan(plan, _RAW_SCHEMAS)]

    def unpruned(self) -> list[tuple[str, set[str]]]:
        """Statements whose scans of raw events bear no bound, with the tables."""
        found = [(sql, unpruned_in_plan(plan)) for sql, plan in self.plans]
        return [(sql[:300], tables) for sql, tables in found if tables]

    def plan_of(self, sql: str) -> str:
        with connected(self.path) as connection:
            return _plan(connection, sql)

    def row_groups(self, view: str) -> tuple[int, int]:
        """Row groups that were read for the view, and how many its tables have."""
        with connected(self.path) as connection:
            sql = f"select count(event_name), max(occurred_at) from onboarding_intermediate.{view}"
            told = connection.execute(f"explain (analyze, format json) {sql}").fetchall()[0][1]
        query = json.loads(told)["query"]
        return query["total_row_groups_scanned"], query["total_row_groups_to_scan"]


def make_tick_plans(folder: Path) -> TickPlans:
    """Build everything, let some rows arrive, and build again with the plans written down."""
    path = folder / "warehouse.duckdb"
    world = World(ROWS, ACCOUNTS)
    world.write(path)
    settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)})
    open_ledger(path, clock=system_clock).migrate()
    dbt = DbtSession(settings)
    _run(dbt, DbtCall("seed", ("resource_type:seed",)))
    left_out = ("resource_type:unit_test", "resource_type:test", "tag:report")
    build = DbtCall("build", ("tag:tick",), exclude=left_out)
    guards = DbtCall("test", ("tag:guard",))
    _run(dbt, build)
    # The tick after a full read compares the days with what was read; the one after it is as all others.
    _run(dbt, build)
    with connected(path) as connection:
        world.append(connection, ROWS, ROWS + NEW_ROWS)
    plans: list[tuple[str, str]] = []
    with _explained(plans):
        _run(dbt, build)
        _run(dbt, guards)
    return TickPlans(path, tuple(plans))


def _run(dbt: DbtSession, call: DbtCall) -> None:
    for _ in dbt.run(call):
        pass


@contextmanager
def _explained(plans: list[tuple[str, str]]) -> Iterator[None]:
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    execute = DuckDBCursorWrapper.execute

    def explain_and_execute(self: Any, sql: str, bindings: Any = None) -> Any:
        bare = _without_comments(sql)
        if bindings is None and _EXPLAINED.match(bare):
            plans.append((bare, _plan(self._cursor, bare)))
        return execute(self, sql, bindings)

    DuckDBCursorWrapper.execute = explain_and_execute
    try:
        yield
    finally:
        DuckDBCursorWrapper.execute = execute


def _without_comments(sql: str) -> str:
    while (found := _COMMENT.match(sql)) is not None:
        sql = sql[found.end() :]
    return sql.strip()


def _plan(connection: Any, sql: str) -> str:
    rows = connection.execute(f"explain (format json) {sql}").fetchall()
    return str(rows[0][1])
