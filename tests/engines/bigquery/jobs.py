"""Jobs: taken once per id, run at once, and remembered with their outcome.

Belongs here: query, copy and load jobs as resources. What a statement does is `project`'s, how a file arrives
`uploads`'.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.cells import parameter_value, row_of
from tests.engines.bigquery.column_types import parameter_type
from tests.engines.bigquery.dialect import kind_of, parsed
from tests.engines.bigquery.faults import Fault, Faults
from tests.engines.bigquery.load import load_file
from tests.engines.bigquery.project import Outcome, Project
from tests.engines.bigquery.statement_log import SentStatement, StatementLog

_ANONYMOUS = "_anonymous"
_PAGE_ROWS = 10_000


@dataclass
class JobRecord:
    """A job that was run."""

    job_id: str
    configuration: dict[str, Any]
    outcome: Outcome = field(default_factory=lambda: Outcome("SELECT"))
    failure: Refusal | None = None
    session_id: str | None = None
    begun_ms: int = 0


class Jobs:
    """The jobs of one project."""

    def __init__(self, project: Project, faults: Faults, statements: StatementLog) -> None:
        self._project = project
        self._faults = faults
        self._statements = statements
        self._known: dict[str, JobRecord] = {}
        self._lock = threading.Lock()

    def insert(
        self, resource: dict[str, Any], content: bytes | None = None
    ) -> tuple[JobRecord, Fault | None]:
        """Take a job and run it. Raises Refusal when it is not taken; the fault is the caller's to play
        out."""
        configuration = resource["configuration"]
        job_id = resource.get("jobReference", {}).get("jobId") or f"job_{uuid.uuid4().hex}"
        fault = self._faults.take(configuration.get("query", {}).get("query", "load"))
        if fault is not None and fault.kind in ("backendError", "rateLimitExceeded", "quotaExceeded"):
            raise Refusal(fault.kind, f"{fault.kind} was switched on")
        record = JobRecord(job_id, configuration, begun_ms=int(time.time() * 1000))
        if fault is not None and fault.kind == "lost_request":
            return record, fault
        with self._lock:
            if job_id in self._known:
                raise Refusal(
                    "duplicate", f"Already Exists: Job {self._project.name}:{self._project.location}.{job_id}"
                )
            self._known[job_id] = record
        try:
            if fault is not None and fault.kind == "failed_job":
                raise Refusal(fault.reason, f"{fault.reason} was switched on")
            self._run(record, content)
        except Refusal as refusal:
            record.failure = refusal
        if "query" in configuration:
            self._log(record, configuration["query"])
        return record, fault

    def get(self, job_id: str) -> JobRecord:
        with self._lock:
            if job_id not in self._known:
                raise Refusal("notFound", f"Not found: Job {self._project.name}:{job_id}")
            return self._known[job_id]

    def all(self) -> list[JobRecord]:
        with self._lock:
            return list(self._known.values())

    def _run(self, record: JobRecord, content: bytes | None) -> None:
        configuration = record.configuration
        if "load" in configuration:
            load_file(self._project, configuration["load"], content or b"")
            record.outcome = Outcome("LOAD")
        elif "copy" in configuration:
            record.outcome = self._copy(configuration["copy"])
        else:
            self._run_query(record, configuration["query"])

    def _run_query(self, record: JobRecord, query: dict[str, Any]) -> None:
        session_id = _session_of(query)
        if query["query"].strip().lower().startswith("call bq.abort_session"):
            record.outcome = Outcome("CALL")
            self._project.end_session(session_id or "")
            return
        trees = parsed(query["query"])
        record.outcome.kind = kind_of(trees[0]) if len(trees) == 1 else "SCRIPT"
        if record.configuration.get("dryRun"):
            return
        if query.get("createSession"):
            session_id = record.session_id = self._project.begin_session()
        given = query.get("queryParameters", [])
        types = {each["name"]: parameter_type(each["parameterType"]) for each in given}
        values = {
            each["name"]: parameter_value(each["parameterType"], each["parameterValue"]) for each in given
        }
        for tree in trees:
            record.outcome = self._project.run(tree, values, types, session_id)
        if len(trees) > 1:
            record.outcome.kind = "SCRIPT"

    def _log(self, record: JobRecord, query: dict[str, Any]) -> None:
        failure = record.failure
        rest = {name: value for name, value in query.items() if name != "query"}
        self._statements.add(
            SentStatement(
                query["query"],
                record.job_id,
                record.outcome.kind,
                record.session_id or _session_of(query),
                record.configuration.get("labels", {}),
                {**{name: value for name, value in record.configuration.items() if name != "query"}, **rest},
                f"{failure.reason}: {failure.message}" if failure else None,
            )
        )

    def _copy(self, copy: dict[str, Any]) -> Outcome:
        sources = copy.get("sourceTables") or [copy["sourceTable"]]
        target = copy["destinationTable"]
        union = " union all ".join(
            f"select * from `{each['datasetId']}`.`{each['tableId']}`" for each in sources
        )
        is_new = copy.get("writeDisposition") != "WRITE_APPEND"
        verb = "create or replace table {} as" if is_new else "insert into {}"
        place = f"`{target['datasetId']}`.`{target['tableId']}`"
        return self._project.run(parsed(f"{verb.format(place)} {union}")[0], {}, {}, None)

    def resource(self, record: JobRecord) -> dict[str, Any]:
        """The Job, done."""
        query = dict(record.configuration.get("query", {}))
        configuration = {
            **record.configuration,
            "jobType": "LOAD" if "load" in record.configuration else "QUERY",
        }
        if query:
            query["destinationTable"] = self._destination(record)
            configuration["query"] = query
        statistics: dict[str, Any] = {
            "creationTime": str(record.begun_ms),
            "startTime": str(record.begun_ms),
            "endTime": str(int(time.time() * 1000)),
            "totalBytesProcessed": "0",
            "query": {
                "statementType": record.outcome.kind,
                "totalBytesProcessed": "0",
                "totalBytesBilled": "0",
                "cacheHit": False,
            },
        }
        if record.outcome.changed_rows is not None:
            statistics["query"]["numDmlAffectedRows"] = str(record.outcome.changed_rows)
        session_id = record.session_id or _session_of(query)
        if session_id is not None:
            statistics["sessionInfo"] = {"sessionId": session_id}
        status: dict[str, Any] = {"state": "DONE"}
        if record.failure is not None:
            status |= {"errorResult": record.failure.proto, "errors": [record.failure.proto]}
        return {
            "kind": "bigquery#job",
            "id": f"{self._project.name}:{self._project.location}.{record.job_id}",
            "jobReference": self._reference(record),
            "configuration": configuration,
            "status": status,
            "statistics": statistics,
        }

    def results(self, record: JobRecord, *, start: int, limit: int | None) -> dict[str, Any]:
        """A page of the rows, from `start` on. Raises the job's own Refusal."""
        if record.failure is not None:
            raise record.failure
        outcome = record.outcome
        page = outcome.rows[start : start + min(limit or _PAGE_ROWS, _PAGE_ROWS)]
        told: dict[str, Any] = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self._reference(record),
            "jobComplete": True,
            "totalRows": str(len(outcome.rows)),
            "totalBytesProcessed": "0",
            "cacheHit": False,
        }
        if outcome.kind == "SELECT":
            told["schema"] = {"fields": outcome.fields}
            told["rows"] = [row_of(row, outcome.fields) for row in page]
            if start + len(page) < len(outcome.rows):
                told["pageToken"] = str(start + len(page))
        if outcome.changed_rows is not None:
            told["numDmlAffectedRows"] = str(outcome.changed_rows)
        return told

    def _reference(self, record: JobRecord) -> dict[str, str]:
        return {"projectId": self._project.name, "jobId": record.job_id, "location": self._project.location}

    def _destination(self, record: JobRecord) -> dict[str, str]:
        dataset, table = record.outcome.target or (_ANONYMOUS, record.job_id)
        return {"projectId": self._project.name, "datasetId": dataset, "tableId": table}

    def anonymous_table(self, job_id: str) -> dict[str, Any]:
        """The table that holds a query's result."""
        record = self.get(job_id)
        return {
            "kind": "bigquery#table",
            "tableReference": self._destination(record),
            "type": "TABLE",
            "numRows": str(len(record.outcome.rows)),
            "schema": {"fields": record.outcome.fields},
        }


def is_anonymous(dataset: str) -> bool:
    return dataset == _ANONYMOUS


def _session_of(query: dict[str, Any]) -> str | None:
    for each in query.get("connectionProperties", []):
        if each["key"] == "session_id":
            return str(each["value"])
    return None
