"""The ledger on BigQuery: one transaction is one session, each statement a job with an id that we chose.

Why our own ids: a request whose answer was lost may have run. Asked again under the same id, BigQuery says
that it has the job (409), and its outcome is read instead of running the statement twice. The ids carry a
token of the transaction, because a job of one that was rolled back must never be taken for one of the next.
Should a whole transaction be repeated after all, `append_new` and the derived entry ids make that harmless.

Rows are inserted by DML only: what is streamed cannot be updated for an hour, and duplicates there are real.
How a job travels is `bigquery_jobs`' business; what the ledger says in SQL lies elsewhere.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from nudge_senders.errors import LedgerUnreadable
from nudge_senders.ledger.dialects import bigquery_type, for_bigquery, laid_out_for_bigquery
from nudge_senders.ledger.statements import bind, checked_identifier
from nudge_senders.ledger.warehouse import CollidedTransaction, Row

#: Reasons for which BigQuery takes no job: too many at once, or too many today.
QUOTA_REASONS = frozenset({"rateLimitExceeded", "jobRateLimitExceeded", "quotaExceeded"})
_TRIES = 4
_FIRST_WAIT_SECONDS = 1.0
#: Reasons for which a job fails through no fault of its own. Its id is used up, so it is asked for under
#: another.
_PASSING = frozenset({"backendError", "internalError", "jobBackendError", "jobInternalError", *QUOTA_REASONS})
#: How BigQuery says that two transactions met.
_COLLISION = re.compile(r"concurrent update|aborted due to concurrent|could not serialize", re.IGNORECASE)

#: name -> (type, value), or for the rows of an insert (columns with types, rows).
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A statement to run. `session_id` is that of the transaction it belongs to."""

    job_id: str
    sql: str
    parameters: Parameters
    session_id: str | None = None
    begins_session: bool = False
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True)
class JobResult:
    """What became of a job: its columns and rows, the rows it changed, and the session that it began."""

    names: Sequence[str]
    values: Sequence[tuple[Any, ...]]
    changed_rows: int
    session_id: str | None


class JobExists(Exception):
    """A job of that id is there already (409)."""


class JobUnanswered(Exception):
    """Nobody knows whether the request arrived: no answer, or one of the server's own failures."""


class JobPutOff(Exception):
    """BigQuery would not take the job now, for a quota or its own load: it did not run. The text is the
    reason."""


class JobFailed(Exception):
    """The job ran and failed, and changed nothing; the text is BigQuery's first line, `reason` its word for
    it."""

    def __init__(self, told: str, reason: str = "") -> None:
        super().__init__(told)
        self.reason = reason


class Jobs(Protocol):
    """BigQuery as the ledger uses it."""

    def dataset_exists(self) -> bool:
        """Raises JobPutOff, JobUnanswered or JobFailed when nobody says."""

    def insert(self, job: Job) -> JobResult:
        """Run the job and wait for it. Raises JobExists, JobPutOff, JobUnanswered or JobFailed."""

    def adopt(self, job: Job) -> JobResult:
        """Wait for the job that has this id already. Raises JobPutOff, JobUnanswered or JobFailed."""


class BigQuerySession:
    """See `warehouse.Session`."""

    def __init__(self, run: Callable[[str, Parameters], JobResult], dataset: str) -> None:
        self._run = run
        self._dataset = dataset

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        names, rows = self.named_rows(sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def named_rows(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        found = self._query(sql, parameters)
        return list(found.names), list(found.values)

    def changed_rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        return self._query(sql, parameters).changed_rows

    def append(self, table: str, *, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        self._append(table, columns, rows, where="true")

    def append_new(
        self, table: str, *, columns: Mapping[str, str], key: str, rows: Sequence[Mapping[str, object]]
    ) -> None:
        unknown = f"not exists (select 1 from {table} as known where known.{key} = fresh.{key})"
        self._append(table, columns, rows, where=unknown)

    def _append(
        self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]], where: str
    ) -> None:
        names = ", ".join(columns)
        fresh = ", ".join(f"fresh.{name}" for name in columns)
        typed = {name: bigquery_type(kind) for name, kind in columns.items()}
        values = [{name: _in_utc(row[name]) for name in columns} for row in rows]
        self._run(
            f"insert into {table} ({names}) select {fresh} from unnest(@fresh_rows) as fresh where {where}",
            {"fresh_rows": (typed, values)},
        )

    def _query(self, sql: str, parameters: Mapping[str, object] | None) -> JobResult:
        text, values = bind(sql, parameters or {}, "@")
        typed = {name: (_type_of(value), _in_utc(value)) for name, value in values.items()}
        return self._run(for_bigquery(text, self._dataset), typed)


class BigQueryWarehouse:
    """See `warehouse.Warehouse`. `dataset` is the ledger's."""

    def __init__(self, jobs: Jobs, dataset: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._jobs = jobs
        self._dataset = checked_identifier(dataset)
        self._sleep = sleep
        self._is_there = False

    def exists(self) -> bool:
        # Asked before every transaction, and a dataset stays once it is there.
        try:
            self._is_there = self._is_there or self._jobs.dataset_exists()
        except (JobFailed, JobPutOff, JobUnanswered) as error:
            raise LedgerUnreadable(
                f"BigQuery did not say whether the dataset {self._dataset} is there: {error}"
            ) from error
        return self._is_there

    @contextmanager
    def transaction(self) -> Iterator[BigQuerySession]:
        ids = _job_ids()
        session_id: str | None = None

        def run(sql: str, parameters: Parameters) -> JobResult:
            return self._settled(_job(next(ids), sql, parameters, session_id=session_id))

        begun = self._settled(_job(next(ids), "begin transaction", {}, begins_session=True))
        session_id = begun.session_id
        try:
            yield BigQuerySession(run, self._dataset)
            run("commit transaction", {})
        except BaseException:
            # What was not committed is gone with the session in any case.
            with suppress(CollidedTransaction, LedgerUnreadable):
                run("rollback transaction", {})
            raise
        finally:
            with suppress(CollidedTransaction, LedgerUnreadable):
                run("call BQ.ABORT_SESSION()", {})

    @contextmanager
    def reading(self) -> Iterator[BigQuerySession]:
        """Each statement a job of its own: a transaction around one that only reads costs three jobs more."""
        ids = _job_ids()
        yield BigQuerySession(
            lambda sql, parameters: self._settled(_job(next(ids), sql, parameters)), self._dataset
        )

    def run_definitions(self, statements: list[str]) -> None:
        # Each is repeatable as it stands, and BigQuery has no definitions within transactions.
        ids = _job_ids()
        for text in statements:
            definition = laid_out_for_bigquery(for_bigquery(text, self._dataset))
            self._settled(_job(next(ids), definition, {}))

    def _settled(self, job: Job) -> JobResult:
        """The outcome of a job that ran once, however often it had to be asked for."""
        wait, ask = _FIRST_WAIT_SECONDS, self._jobs.insert
        for is_last in [False] * (_TRIES - 1) + [True]:
            try:
                return ask(job)
            except JobExists:
                ask = self._jobs.adopt
                continue
            except JobFailed as error:
                if _COLLISION.search(str(error)):
                    raise CollidedTransaction(str(error)) from error
                if is_last or error.reason not in _PASSING or job.session_id is not None:
                    # Within a transaction one statement is not repeated: the whole of it is rolled back.
                    raise LedgerUnreadable(f"BigQuery refused a statement of the ledger: {error}") from error
                job, ask = _anew(job), self._jobs.insert
            except JobPutOff as error:
                if is_last:
                    raise LedgerUnreadable(
                        f"BigQuery put job {job.job_id} off in {_TRIES} tries ({error}), and it did not run: "
                        "a quota of the project is used up; see its quotas page, and let the next tick try "
                        "again"
                    ) from error
            except JobUnanswered as error:
                if is_last:
                    raise LedgerUnreadable(
                        f"BigQuery gave no answer to job {job.job_id} in {_TRIES} tries ({error}); look it "
                        "up there before you run anything by hand"
                    ) from error
            self._sleep(wait)
            wait *= 2
        return ask(job)


def _anew(job: Job) -> Job:
    return replace(job, job_id=f"{job.job_id}_{uuid.uuid4().hex[:8]}")


def _job_ids() -> Iterator[str]:
    """Ids of one transaction, in its order."""
    token = uuid.uuid4().hex
    number = 0
    while True:
        number += 1
        yield f"milestone_agent_{token}_{number:03}"


def _job(
    job_id: str,
    sql: str,
    parameters: Parameters,
    *,
    session_id: str | None = None,
    begins_session: bool = False,
) -> Job:
    """The id and the labels tell who looks at the bill what a job was: tick, fence and kind of statement."""
    purpose = re.sub(r"[^a-z]+", "_", " ".join(sql.split()[:2]).lower()).strip("_")
    fence = parameters["fence"][1] if "fence" in parameters else None
    labels = {"product": "milestone_agent", "purpose": purpose}
    if fence is not None:
        labels["fence"] = str(fence)
        job_id = f"{job_id}_f{fence}"
    return Job(f"{job_id}_{purpose}", sql, parameters, session_id, begins_session, labels)


def _type_of(value: object) -> str:
    match value:
        case bool():
            return "BOOL"
        case int():
            return "INT64"
        case float():
            return "FLOAT64"
        case datetime():
            return "TIMESTAMP"
        case _:
            # A null too: it stands within a cast wherever the statements allow one.
            return "STRING"


def _in_utc(value: object) -> object:
    """The ledger holds naive UTC; BigQuery's instants carry their zone."""
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and is_naive else value
