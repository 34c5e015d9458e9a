"""The stand-in itself: `serve` starts it on a free port of this machine and yields what a test needs of it.

Belongs here: HTTP. What a request means is `routes`'.
"""

from __future__ import annotations

import gzip
import json
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import duckdb

from tests.engines.bigquery.answers import Answer, Refusal
from tests.engines.bigquery.faults import Faults
from tests.engines.bigquery.jobs import Jobs
from tests.engines.bigquery.project import Project
from tests.engines.bigquery.routes import ReplyLost, Request, Routes
from tests.engines.bigquery.statement_log import StatementLog
from tests.engines.bigquery.tables import Tables
from tests.engines.bigquery.uploads import Uploads

PROJECT = "stand-in-project"
LOCATION = "EU"
_VERSION = "/bigquery/v2"


@dataclass
class StandIn:
    """A running stand-in. `database` is its DuckDB (take a cursor), `statements` what it was sent, `faults`
    what goes wrong next, `unserved` the requests that it has no answer to."""

    endpoint: str
    project: str
    database: duckdb.DuckDBPyConnection
    statements: StatementLog
    faults: Faults
    jobs: Jobs
    unserved: list[str] = field(default_factory=list)


@contextmanager
def serve(*, statements_file: Path | None = None, project: str = PROJECT) -> Iterator[StandIn]:
    """Start on a free port and stop at the end. `statements_file` gets a line of JSON per statement."""
    place = Project(project, LOCATION)
    faults, statements = Faults(), StatementLog(statements_file)
    jobs = Jobs(place, faults, statements)
    routes = Routes(jobs, Tables(place), Uploads(jobs))
    server = _Server(("127.0.0.1", 0), _Handler)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    stand_in = StandIn(endpoint, project, place.database, statements, faults, jobs)
    server.routes, server.stand_in = routes, stand_in
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        place.close()


class _Server(ThreadingHTTPServer):
    """Told what it serves before it begins to."""

    daemon_threads = True
    routes: Routes
    stand_in: StandIn


class _Handler(BaseHTTPRequestHandler):
    """One request at a time of a connection that stays."""

    server: _Server
    protocol_version = "HTTP/1.1"
    # A silent peer must not keep a thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        try:
            request = self._request()
            if request.path == "/token":
                self.server.stand_in.log_ins += 1
            answer = self.server.routes.answer(request)
        except ReplyLost:
            self.close_connection = True
            return
        except Refusal as refusal:
            if refusal.reason == "notImplemented":
                self.server.stand_in.unserved.append(refusal.message)
            answer = refusal.answer
        except Exception:
            # A fault of the stand-in must not look like the service's, which clients ask again for minutes.
            told = traceback.format_exc()
            self.server.stand_in.unserved.append(told)
            answer = Refusal("invalid", f"the stand-in failed: {told}").answer
        self._send(answer)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        is_json = "json" in self.headers.get("Content-Type", "") and bool(body)
        return Request(
            self.command,
            parts.path.replace(_VERSION, "", 1),
            dict(parse_qsl(parts.query)),
            self.headers,
            body,
            json.loads(body) if is_json and self.command != "PUT" else {},
            f"http://{self.headers['Host']}{self.path}",
        )

    def _send(self, answer: Answer) -> None:
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
