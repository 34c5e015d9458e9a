"""BigQuery's own client as the ledger uses it, against a stand-in for its REST interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nudge_senders.ledger.bigquery_jobs import MOST_BYTES_BILLED, BigQueryJobs
from nudge_senders.ledger.bigquery_warehouse import Job, JobExists, JobFailed, JobUnanswered

bigquery = pytest.importorskip("google.cloud.bigquery", reason="the extra `bigquery` is not installed")
credentials = pytest.importorskip("google.auth.credentials")

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
JOB = Job(
    job_id="milestone_agent_1",
    sql="insert into nudges.nudge_events select fresh.entry_id from unnest(@fresh_rows) as fresh",
    parameters={
        "fence": ("INT64", 3),
        "now": ("TIMESTAMP", AT),
        "until_at": ("STRING", None),
        "fresh_rows": (
            {"entry_id": "STRING", "recorded_at": "TIMESTAMP", "tier": "INT64"},
            [{"entry_id": "e1", "recorded_at": AT, "tier": None}],
        ),
    },
    session_id="session-1",
    labels={"product": "milestone_agent"},
)


@dataclass
class Service:
    """What it was asked, and how it answers the next request for a job: normally, with a status, or never."""

    url: str = ""
    inserted: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    next_answer: int | str | None = None


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.requests.append(f"POST {self.path}")
            job_id = body["jobReference"]["jobId"]
            how, made.next_answer = made.next_answer, None
            if isinstance(how, int):
                self._say(how, {"error": {"message": "cannot", "errors": [{"reason": "backendError"}]}})
                return
            if job_id in made.inserted:
                self._say(409, {"error": {"message": f"Already Exists: Job {job_id}", "errors": []}})
                return
            made.inserted[job_id] = body
            if how == "silent":
                self.close_connection = True
                return
            self._say(200, _resource(body))

        def do_GET(self) -> None:
            made.requests.append(f"GET {self.path}")
            path = self.path.partition("?")[0]
            if "/datasets/" in path:
                self._say(
                    200, {"datasetReference": {"datasetId": "nudges", "projectId": "p"}, "location": "EU"}
                )
            elif "/queries/" in path:
                self._say(200, {"jobComplete": True, "numDmlAffectedRows": "1", "schema": {"fields": []}})
            else:
                self._say(200, _resource(made.inserted[path.rpartition("/")[2]]))

        def _say(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def _resource(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "jobReference": {**body["jobReference"], "projectId": "p", "location": "EU"},
        "configuration": body["configuration"],
        "status": {"state": "DONE"},
        "statistics": {
            "query": {"statementType": "INSERT", "numDmlAffectedRows": "1"},
            "sessionInfo": {"sessionId": "session-1"},
        },
    }


@pytest.fixture
def jobs(service: Service) -> BigQueryJobs:
    client = bigquery.Client(
        project="p",
        credentials=credentials.AnonymousCredentials(),
        client_options={"api_endpoint": service.url},
    )
    return BigQueryJobs(client, "nudges")


def test_a_job_travels_with_its_id_place_price_and_typed_values(service: Service, jobs: BigQueryJobs) -> None:
    assert jobs.dataset_exists()
    result = jobs.insert(JOB)
    assert (result.changed_rows, result.session_id) == (1, "session-1")
    body = service.inserted[JOB.job_id]
    assert body["jobReference"] == {"jobId": JOB.job_id, "projectId": "p", "location": "EU"}
    configuration = body["configuration"]
    assert configuration["labels"] == {"product": "milestone_agent"}
    query = configuration["query"]
    assert query["maximumBytesBilled"] == str(MOST_BYTES_BILLED)
    assert query["connectionProperties"] == [{"key": "session_id", "value": "session-1"}]
    fence, now, until_at, rows = query["queryParameters"]
    assert (fence["parameterType"]["type"], fence["parameterValue"]["value"]) == ("INT64", "3")
    assert datetime.fromisoformat(now["parameterValue"]["value"]) == AT
    assert until_at["parameterValue"]["value"] is None
    struct = {
        each["name"]: each["type"]["type"] for each in rows["parameterType"]["arrayType"]["structTypes"]
    }
    assert struct == {"entry_id": "STRING", "recorded_at": "TIMESTAMP", "tier": "INT64"}
    [row] = rows["parameterValue"]["arrayValues"]
    assert row["structValues"]["tier"]["value"] is None


def test_each_request_is_made_once_and_a_known_id_is_adopted(service: Service, jobs: BigQueryJobs) -> None:
    service.next_answer = "silent"
    with pytest.raises(JobUnanswered):
        jobs.insert(JOB)
    with pytest.raises(JobExists):
        jobs.insert(JOB)
    assert sum(request.startswith("POST") for request in service.requests) == 2
    assert jobs.adopt(JOB).changed_rows == 1


@pytest.mark.parametrize(("status", "error"), [(503, JobUnanswered), (500, JobUnanswered), (400, JobFailed)])
def test_an_error_says_whether_the_job_may_have_run(
    service: Service, jobs: BigQueryJobs, status: int, error: type[Exception]
) -> None:
    service.next_answer = status
    with pytest.raises(error):
        jobs.insert(JOB)
    assert sum(request.startswith("POST") for request in service.requests) == 1
