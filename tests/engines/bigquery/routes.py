"""Which request means what: method and path to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.engines.bigquery.answers import Answer, Refusal
from tests.engines.bigquery.jobs import Jobs, is_anonymous
from tests.engines.bigquery.tables import Tables
from tests.engines.bigquery.uploads import Uploads


class ReplyLost(Exception):
    """The connection ends without an answer."""


@dataclass(frozen=True)
class Request:
    """`path` is without the version's prefix; `query` holds the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    json: dict[str, Any]
    #: Where this very request went, with scheme and host.
    url: str


class Routes:
    """Answers requests. Raises Refusal, or ReplyLost for a fault of the network."""

    def __init__(self, jobs: Jobs, tables: Tables, uploads: Uploads) -> None:
        self._jobs = jobs
        self._tables = tables
        self._uploads = uploads
        project = r"/projects/[^/]+"
        dataset = rf"{project}/datasets/(?P<dataset>[^/]+)"
        table = rf"{dataset}/tables/(?P<table>[^/]+)"
        job = rf"{project}/jobs/(?P<job>[^/]+)"
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            (method, re.compile(pattern + r"\Z"), handler)
            for method, pattern, handler in (
                # Where a service account's key says that tokens are had.
                ("POST", "/token", lambda request: Answer({"access_token": "of no use", "expires_in": 3600})),
                ("POST", rf"/upload{project}/jobs", self._begin_upload),
                ("PUT", rf"/upload{project}/jobs", self._take_piece),
                ("POST", rf"{project}/jobs", self._insert_job),
                ("GET", rf"{project}/jobs", self._list_jobs),
                ("GET", job, self._get_job),
                ("POST", rf"{job}/cancel", self._cancel_job),
                ("POST", rf"{project}/queries", self._query),
                ("GET", rf"{project}/queries/(?P<job>[^/]+)", self._get_results),
                ("GET", rf"{project}/datasets", lambda request: Answer(tables.datasets())),
                ("POST", rf"{project}/datasets", lambda request: Answer(tables.create_dataset(request.json))),
                ("GET", dataset, lambda request, dataset: Answer(tables.dataset(dataset))),
                ("PATCH", dataset, lambda request, dataset: Answer(tables.dataset(dataset))),
                ("DELETE", dataset, self._delete_dataset),
                ("GET", rf"{dataset}/tables", lambda request, dataset: Answer(tables.tables(dataset))),
                ("POST", rf"{dataset}/tables", self._create_table),
                ("GET", rf"{dataset}/routines", lambda request, dataset: Answer({"routines": []})),
                ("GET", rf"{table}/data", self._rows),
                ("GET", table, self._get_table),
                ("DELETE", table, self._delete_table),
                ("PATCH", table, self._patch_table),
            )
        ]  # fmt: skip

    def answer(self, request: Request) -> Answer:
        for method, pattern, handler in self._routes:
            found = pattern.match(request.path)
            if method == request.method and found:
                return handler(request, **found.groupdict())
        raise Refusal("notImplemented", f"{request.method} {request.path} is not served here")

    def _insert_job(self, request: Request) -> Answer:
        record, fault = self._jobs.insert(request.json)
        if fault is not None and fault.kind in ("lost_reply", "lost_request"):
            raise ReplyLost
        return Answer(self._jobs.resource(record))

    def _list_jobs(self, request: Request) -> Answer:
        return Answer({"jobs": [self._jobs.resource(record) for record in self._jobs.all()]})

    def _get_job(self, request: Request, job: str) -> Answer:
        return Answer(self._jobs.resource(self._jobs.get(job)))

    def _cancel_job(self, request: Request, job: str) -> Answer:
        return Answer({"kind": "bigquery#jobCancelResponse", "job": self._jobs.resource(self._jobs.get(job))})

    def _query(self, request: Request) -> Answer:
        """jobs.query, which takes a query's configuration without the job around it."""
        kept = {
            name: value
            for name, value in request.json.items()
            if name not in ("labels", "dryRun", "requestId")
        }
        configuration = {"query": kept, "labels": request.json.get("labels", {})}
        record, _ = self._jobs.insert({"configuration": configuration})
        return Answer(self._jobs.results(record, start=0, limit=None))

    def _get_results(self, request: Request, job: str) -> Answer:
        start = request.query.get("pageToken") or request.query.get("startIndex") or "0"
        limit = request.query.get("maxResults")
        page = self._jobs.results(
            self._jobs.get(job), start=int(start), limit=int(limit) if limit is not None else None
        )
        if limit == "0":
            # Asked only whether it is done: an empty list of rows would be taken for the first page.
            page = {name: value for name, value in page.items() if name not in ("rows", "pageToken")}
        return Answer(page)

    def _begin_upload(self, request: Request) -> Answer:
        if request.query.get("uploadType") == "multipart":
            return self._uploads.take_multipart(request.headers, request.body)
        return self._uploads.begin(request.json, request.url)

    def _take_piece(self, request: Request) -> Answer:
        return self._uploads.take_piece(request.query["upload_id"], request.headers, request.body)

    def _delete_dataset(self, request: Request, dataset: str) -> Answer:
        self._tables.delete_dataset(dataset, with_contents=request.query.get("deleteContents") == "true")
        return Answer(None, 204)

    def _get_table(self, request: Request, dataset: str, table: str) -> Answer:
        return Answer(
            self._jobs.anonymous_table(table) if is_anonymous(dataset) else self._tables.table(dataset, table)
        )

    def _create_table(self, request: Request, dataset: str) -> Answer:
        return Answer(self._tables.create_table(dataset, request.json))

    def _patch_table(self, request: Request, dataset: str, table: str) -> Answer:
        return Answer(self._tables.patch_table(dataset, table, request.json))

    def _delete_table(self, request: Request, dataset: str, table: str) -> Answer:
        self._tables.delete_table(dataset, table)
        return Answer(None, 204)

    def _rows(self, request: Request, dataset: str, table: str) -> Answer:
        start = int(request.query.get("pageToken") or request.query.get("startIndex") or 0)
        limit = int(request.query.get("maxResults") or 10_000)
        if is_anonymous(dataset):
            return Answer(self._jobs.results(self._jobs.get(table), start=start, limit=limit))
        return Answer(self._tables.rows(dataset, table, start=start, limit=limit))
