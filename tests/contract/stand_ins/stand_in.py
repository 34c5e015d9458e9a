"""What every stand-in shares: a real socket, the log of what was asked, and the ways to misbehave.

A fault hits the requests with an effect only, or all with `hits_reads`. The ones called `after_...` deliver
first: only the count of the stand-in knows. What a vendor answers is said in its own file.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: Faults whose request the vendor carried out.
DELIVERED = (
    "after_500",
    "after_hang",
    "after_reset",
    "after_garbage",
    "after_truncated",
    "after_redirect",
    "after_endless",
    "after_bomb",
    "after_drip",
    "after_deep_json",
)
#: Faults whose request came to nothing, though its sender cannot know.
NOT_DELIVERED = ("before_500", "before_503", "before_hang", "before_reset", "before_redirect", "before_418")
#: Faults of the body alone, which leave no doubt to a sender that needs no body.
BODY_FAULTS = frozenset({"after_garbage", "after_deep_json"})


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. `body` is decoded JSON, `raw` what it was decoded from."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else None

    @property
    def first(self) -> dict[str, str]:
        return dict(reversed(self.query))


@dataclass(frozen=True)
class Answer:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """A vendor. Subclasses say who is let in, what has an effect, and what is answered."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        #: nudge_id of everything truly delivered, as often as it was
        self.delivered: list[str] = []
        self.fault: str | None = None
        self.hits_reads = False
        #: the answer to a request with an effect, instead of carrying it out
        self.refusal: Answer | None = None
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def effects(self) -> list[Seen]:
        return [seen for seen in self.seen if self.has_effect(seen)]

    # -- said by the vendor

    def is_let_in(self, seen: Seen) -> bool:
        raise NotImplementedError

    def has_effect(self, seen: Seen) -> bool:
        raise NotImplementedError

    def answer(self, seen: Seen) -> Answer:
        raise NotImplementedError

    # -- how it misbehaves

    def respond(self, handler: _Handler, seen: Seen) -> None:
        self.seen.append(seen)
        if not self.is_let_in(seen):
            handler.reply(Answer(401, {"errors": ["unauthorized"]}))
            return
        if not self.has_effect(seen) and not self.hits_reads:
            handler.reply(self.answer(seen))
            return
        if self.refusal is not None:
            handler.reply(self.refusal)
            return
        if self.fault is None:
            handler.reply(self.answer(seen))
            return
        when, how = self.fault.split("_", 1)
        answer = self.answer(seen) if when == "after" else Answer(200)
        self._misbehave(handler, how, answer)

    def _misbehave(self, handler: _Handler, how: str, answer: Answer) -> None:
        if how.isdecimal():
            handler.reply(Answer(int(how), {"message": "an error"}))
        elif how == "hang":
            self._closing.wait(5)
        elif how == "reset":
            # Unread input or not: with a linger of nothing the other side sees a reset.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        elif how == "redirect":
            handler.reply(Answer(302, None, {"Location": f"{self.base_url}/elsewhere"}))
        elif how == "garbage":
            handler.write(200, b"<html>please log in</html>")
        elif how == "deep_json":
            handler.write(200, b"[" * 200_000)
        elif how == "truncated":
            text = json.dumps(answer.body).encode()
            handler.write(200, text[: len(text) // 2], length=len(text) + 10)
        elif how == "endless":
            handler.start(200)
            handler.keep_writing(b" " * 65536, pause=None)
        elif how == "bomb":
            handler.write(200, _bomb(), encoding="gzip")
        elif how == "drip":
            handler.start(200)
            handler.keep_writing(b" ", pause=0.02)
        else:
            raise ValueError(how)

    def is_closing(self, seconds: float) -> bool:
        return self._closing.wait(seconds)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(b" " * (40 * 1024 * 1024), 1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stand_in: StandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        self.close_connection = True
        parts = urlsplit(self.path)
        seen = Seen(
            method=self.command,
            path=parts.path,
            query=parse_qsl(parts.query),
            headers={name.lower(): value for name, value in self.headers.items()},
            raw=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        self.server.stand_in.respond(self, seen)

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def reply(self, answer: Answer) -> None:
        text = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.write(answer.status, text, headers=answer.headers)

    def write(
        self,
        status: int,
        text: bytes,
        *,
        length: int | None = None,
        encoding: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(text) if length is None else length))
        self.end_headers()
        self.wfile.write(text)

    def start(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def keep_writing(self, chunk: bytes, *, pause: float | None) -> None:
        for _ in range(2000):
            self.wfile.write(chunk)
            if pause is not None and self.server.stand_in.is_closing(pause):
                return

    def log_message(self, format: str, *args: object) -> None:
        return
