"""Stand-ins for BigQuery and Snowflake at the boundary of their libraries, over an in-memory DuckDB.

They speak the ledger's SQL as it reaches the engine and nothing more; what real engines do about locks and
cost is not shown by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import duckdb

from nudge_senders.ledger.bigquery_warehouse import Job, JobExists, JobFailed, JobResult, JobUnanswered

_CONFLICT = "Transaction is aborted due to concurrent update against table nudges.nudge_lease"


@dataclass
class FakeBigQuery:
    """`bigquery_warehouse.Jobs`: runs each id once, in sessions that hold a transaction."""

    database: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    jobs: list[Job] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    #: Called with the number of the request (from 1) before a job runs and after it ran; may raise.
    before: Callable[[int], None] = lambda number: None
    after: Callable[[int], None] = lambda number: None
    _known: dict[str, JobResult | JobFailed] = field(default_factory=dict)
    _sessions: dict[str, duckdb.DuckDBPyConnection] = field(default_factory=dict)
    _requests: int = 0

    def dataset_exists(self) -> bool:
        found = self.database.cursor().execute(
            "select count(*) from information_schema.schemata where schema_name = 'nudges'"
        )
        return found.fetchall() != [(0,)]

    def insert(self, job: Job) -> JobResult:
        self._requests += 1
        self.before(self._requests)
        if job.job_id in self._known:
            raise JobExists(job.job_id)
        self.jobs.append(job)
        try:
            self._known[job.job_id] = self._run(job)
        except duckdb.Error as error:
            is_conflict = isinstance(error, duckdb.TransactionException)
            self._known[job.job_id] = JobFailed(_CONFLICT if is_conflict else str(error))
        self.after(self._requests)
        return self._outcome(job)

    def adopt(self, job: Job) -> JobResult:
        self.adopted.append(job.job_id)
        return self._outcome(job)

    def _outcome(self, job: Job) -> JobResult:
        known = self._known[job.job_id]
        if isinstance(known, JobFailed):
            raise known
        return known

    def _run(self, job: Job) -> JobResult:
        if job.begins_session:
            session = f"session-{len(self._sessions)}"
            self._sessions[session] = self.database.cursor()
            self._sessions[session].execute("begin transaction")
            return JobResult([], [], 0, session)
        connection = self._sessions[job.session_id] if job.session_id else self.database.cursor()
        if job.sql == "call BQ.ABORT_SESSION()":
            connection.close()
            return JobResult([], [], 0, None)
        if job.sql in ("commit transaction", "rollback transaction"):
            connection.execute(job.sql.split()[0])
            return JobResult([], [], 0, None)
        sql = re.sub(r"\w+\.INFORMATION_SCHEMA\.TABLES", "information_schema.tables", job.sql)
        sql = sql.replace(
            "unnest(@fresh_rows) as fresh", "(select unnest(@fresh_rows, recursive := true)) as fresh"
        )
        # DuckDB has no partitions.
        sql = sql.partition("\npartition by")[0]
        values = {name: _plain(value) for name, (_, value) in job.parameters.items()}
        found = connection.execute(re.sub(r"@(\w+)", r"$\1", sql), values or None)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
        is_change = names == ["Count"]
        if is_change:
            return JobResult([], [], int(rows[0][0]) if rows else 0, None)
        return JobResult(names, rows, 0, None)


def lost(at: int) -> Callable[[int], None]:
    """Raises for one request: nobody hears of it."""

    def raise_at(number: int) -> None:
        if number == at:
            raise JobUnanswered("ConnectionError")

    return raise_at


def _plain(value: Any) -> Any:
    """DuckDB takes lists of structs as they are, but not instants with a zone where the table has none."""
    if isinstance(value, list):
        return [{name: _plain(cell) for name, cell in row.items()} for row in value]
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


@dataclass
class FakeSnowflake:
    """Connections of the connector. `statements` holds what each was asked to run."""

    database: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    statements: list[str] = field(default_factory=list)
    failing: Callable[[str], None] = lambda sql: None

    def connect(self) -> _FakeConnection:
        return _FakeConnection(self, self.database.cursor())


class _FakeConnection:
    def __init__(self, engine: FakeSnowflake, own: duckdb.DuckDBPyConnection) -> None:
        self.engine = engine
        self.own = own

    def cursor(self) -> _FakeCursor:
        return _FakeCursor(self)

    def commit(self) -> None:
        # As with the connector, there need not be a transaction.
        with suppress(duckdb.TransactionException):
            self.own.execute("commit")

    def rollback(self) -> None:
        self.own.execute("rollback")

    def close(self) -> None:
        self.own.close()


class _FakeCursor:
    def __init__(self, connection: _FakeConnection) -> None:
        self._connection = connection
        self.description: Sequence[tuple[Any, ...]] = ()
        self.rowcount: int | None = None
        self._rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> _FakeCursor:
        return self

    def __exit__(self, *arguments: object) -> None:
        pass

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        engine = self._connection.engine
        engine.statements.append(sql)
        engine.failing(sql)
        text = re.sub(r"%\((\w+)\)s", r"$\1", sql).replace("%%", "%")
        text = text.replace("timestamp_ntz", "timestamp").replace("number(38, 0)", "bigint")
        text = text.replace(
            "table(flatten(input => parse_json($fresh_rows))) as item",
            """(select unnest(from_json($fresh_rows, '["json"]')) as value) as item""",
        )
        text = re.sub(r'item\.value:"(\w+)"::(\w+)', r"cast(item.value ->> '\1' as \2)", text)
        found = self._connection.own.execute(text, dict(parameters or {}) or None)
        names = [column[0] for column in found.description or []]
        self._rows = found.fetchall()
        self.description = [(name.upper(),) for name in names]
        self.rowcount = int(self._rows[0][0]) if names == ["Count"] and self._rows else len(self._rows)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows
