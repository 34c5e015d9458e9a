"""A provider on 127.0.0.1 that counts what was truly delivered and misbehaves as told.

Raw sockets, one thread per connection, in the process of the tests, so that it survives the death of a tick.
It offers one way in for each settlement strategy:

* `POST /keyed`, once per `Idempotency-Key`; the same key with another body is a conflict (409)
* `PUT /values/<contact>`, an absolute value, and `GET` of it
* `POST /members`, an effect each time, `GET /members/<key>` and `DELETE /members/<key>`
* `POST /plain`, an effect each time and no question to ask

A fault holds until it is lifted, for every request or for those alone that have an effect.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from types import TracebackType

#: Every way in which it can fail. The three before a request can be read are made by where one connects to.
FAULTS: tuple[str, ...] = (
    "ok",
    "connection_refused",
    "name_not_found",
    "tls_failure",
    "too_many_requests",
    "bad_request",
    "unauthorized",
    "error_before_effect",
    "error_after_effect",
    "hang_before_effect",
    "hang_after_effect",
    "reset_before_effect",
    "reset_after_effect",
    "garbage_after_effect",
)
RETRY_AFTER_SECONDS = 60
_LONGEST_HANG_SECONDS = 10.0
_TLS_HANDSHAKE = 0x16
#: Closing with this sends a reset instead of an end.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _Heard:
    """One request as it came in."""

    method: str
    path: str
    key: str
    body: bytes


class StandIn:
    """See the module's docstring."""

    def __init__(self) -> None:
        #: (nudge or delivery) key -> how often it was truly delivered
        self.deliveries: Counter[str] = Counter()
        #: contact -> the value that is set, None where it was cleared
        self.values: dict[str, str | None] = {}
        self.members: Counter[str] = Counter()
        self.fault = "ok"
        self.are_reads_faulty = True
        self.requests_heard = 0
        self._bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # Bound and never listening: whoever connects is refused, and nobody else gets the port.
        self._deaf = socket.socket()
        self._deaf.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A blocked accept() does not notice that its socket was closed; a connection wakes it.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._deaf.close()
        self._thread.join(timeout=5)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def refusing_port(self) -> int:
        return int(self._deaf.getsockname()[1])

    def forget(self) -> None:
        """Begin anew, without a fault."""
        with self._lock:
            self.deliveries, self.members = Counter(), Counter()
            self.values, self._bodies = {}, {}
            self.fault, self.requests_heard = "ok", 0

    # -- connections

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            connection.settimeout(_LONGEST_HANG_SECONDS)
            heard = _read_request(connection)
            if heard is None:
                return
            with self._lock:
                self.requests_heard += 1
                fault = "ok" if heard.method == "GET" and not self.are_reads_faulty else self.fault
            _FAULTS.get(fault, _behave)(connection, lambda: self._do(heard))

    # -- effects

    def _do(self, heard: _Heard) -> tuple[int, dict[str, object]]:
        """Status and body of a request, with its effect."""
        with self._lock:
            place, _, name = heard.path.strip("/").partition("/")
            return getattr(self, f"_{heard.method.lower()}_{place}")(heard, name)

    def _post_keyed(self, heard: _Heard, _: str) -> tuple[int, dict[str, object]]:
        known = self._bodies.setdefault(heard.key, heard.body)
        if known != heard.body:
            return 409, {"error": "this key was used for another body"}
        if heard.key not in self.deliveries:
            self.deliveries[heard.key] += 1
        return 200, {"id": heard.key}

    def _post_members(self, heard: _Heard, _: str) -> tuple[int, dict[str, object]]:
        self.deliveries[heard.key] += 1
        self.members[heard.key] += 1
        return 200, {"id": heard.key}

    def _get_members(self, heard: _Heard, name: str) -> tuple[int, dict[str, object]]:
        return 200, {"is_member": self.members[name] > 0}

    def _delete_members(self, heard: _Heard, name: str) -> tuple[int, dict[str, object]]:
        self.members[name] = 0
        return 200, {"id": name}

    def _post_plain(self, heard: _Heard, _: str) -> tuple[int, dict[str, object]]:
        self.deliveries[heard.key] += 1
        return 200, {"id": heard.key}

    def _put_values(self, heard: _Heard, name: str) -> tuple[int, dict[str, object]]:
        value = json.loads(heard.body)["value"]
        if value is not None and self.values.get(name) != value:
            # The same value again shows nothing anew.
            self.deliveries[value] += 1
        self.values[name] = value
        return 200, {"id": name}

    def _get_values(self, heard: _Heard, name: str) -> tuple[int, dict[str, object]]:
        return 200, {"value": self.values.get(name)}


# -- behaviours: each gets the connection and what would be the effect


def _behave(connection: socket.socket, effect: Callable[[], tuple[int, dict[str, object]]]) -> None:
    _answer(connection, *effect())


def _refusal(status: int, *headers: str) -> Callable[..., None]:
    def refuse(connection: socket.socket, effect: object) -> None:
        _answer(connection, status, {"error": str(status)}, *headers)

    return refuse


def _error_after(connection: socket.socket, effect: Callable[[], object]) -> None:
    effect()
    _answer(connection, 500, {"error": "500"})


def _hang(connection: socket.socket, effect: object) -> None:
    """Say nothing until the other side goes."""
    connection.recv(1)


def _hang_after(connection: socket.socket, effect: Callable[[], object]) -> None:
    effect()
    connection.recv(1)


def _reset(connection: socket.socket, effect: object) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _reset_after(connection: socket.socket, effect: Callable[[], object]) -> None:
    effect()
    _reset(connection, effect)


def _garbage_after(connection: socket.socket, effect: Callable[[], object]) -> None:
    effect()
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"id": "ha')


_FAULTS: dict[str, Callable[..., None]] = {
    "too_many_requests": _refusal(429, f"Retry-After: {RETRY_AFTER_SECONDS}"),
    "bad_request": _refusal(400),
    "unauthorized": _refusal(401),
    "error_before_effect": _refusal(500),
    "error_after_effect": _error_after,
    "hang_before_effect": _hang,
    "hang_after_effect": _hang_after,
    "reset_before_effect": _reset,
    "reset_after_effect": _reset_after,
    "garbage_after_effect": _garbage_after,
}


def _answer(connection: socket.socket, status: int, body: dict[str, object], *headers: str) -> None:
    data = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(data)}", "Connection: close", *headers]
    connection.sendall("\r\n".join([*head, "", ""]).encode() + data)


def _read_request(connection: socket.socket) -> _Heard | None:
    """None when what came was no request: TLS is answered in plain text, half a request not at all."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
        if data[0] == _TLS_HANDSHAKE:
            connection.sendall(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    while len(body) < int(headers.get("content-length", "0")):
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    method, path, _ = first.split(" ")
    return _Heard(method, path, headers.get("idempotency-key", ""), body)
