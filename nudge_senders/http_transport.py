"""How one HTTP request travels: its own connection, an address that was judged, a whole time, a largest size.

Belongs here: which failures are certain to have sent nothing (NotSent) and which are not (EffectUnknown).
Requests come from `http_call` alone, which imports this on first use.

Every call opens its own connection: on a kept one that the provider has just closed, nobody knows whether the
request arrived.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import httpcore
import httpx

from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.http_call import LARGEST_ANSWER_BYTES, MayConnect, Patience, Resolve

#: Of a name with many addresses, so many are tried.
_MOST_ADDRESSES = 3
_UNPACKERS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Line:
    """One call: patience, and where a name leads."""

    def __init__(self, patience: Patience, resolve: Resolve | None, may_connect: MayConnect) -> None:
        self._patience = patience
        self._resolve = resolve
        self._may_connect = may_connect

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: object,
        content: bytes | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and plain body of the answer. Raises NotSent and EffectUnknown."""
        with _Guard(self._patience.total) as guard:
            transport = _Transport(_Backend(self._patience, self._resolve, self._may_connect, guard), guard)
            timeout = httpx.Timeout(self._patience.wait, connect=self._patience.connect)
            with httpx.Client(
                transport=transport, timeout=timeout, trust_env=False, follow_redirects=False
            ) as client:
                try:
                    request = client.build_request(
                        method, url, headers=headers, params=params or None, json=body, content=content
                    )
                except Exception:
                    # Its text would hold what could not be written: a header, an address.
                    raise NotSent("request_not_writable") from None
                answer = client.send(request)
        return answer.status_code, answer.headers, answer.content

    def reach(self, host: str, port: int) -> None:
        """Open a connection with TLS and close it again, without a request. Raises NotSent."""
        with _Guard(self._patience.total) as guard:
            backend = _Backend(self._patience, self._resolve, self._may_connect, guard)
            stream = backend.connect_tcp(host, port, timeout=self._patience.connect)
            try:
                stream = stream.start_tls(_tls(), server_hostname=host, timeout=self._patience.connect)
            except Exception:
                raise NotSent("tls_failed") from None
            finally:
                stream.close()


class _Guard:
    """Cuts the connection once the whole time is over: a peer that sends a byte a second, in handshake,
    headers or body, outlives every timeout of a single wait."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.has_cut = False

    def __enter__(self) -> _Guard:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for held in self._sockets:
                held.close()
            self._sockets.clear()

    def watch(self, connection: socket.socket) -> None:
        # A second handle of the same connection: TLS swaps the first one for its own.
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(twin)
            is_late = self.has_cut
        if is_late:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.has_cut = True
            for held in self._sockets:
                try:
                    held.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class _Backend(httpcore.NetworkBackend):
    """Finds the address itself, so that the one that was judged is the one that is reached."""

    def __init__(
        self, patience: Patience, resolve: Resolve | None, may_connect: MayConnect, guard: _Guard
    ) -> None:
        self._patience = patience
        self._resolve = resolve or _resolve_by_system
        self._may_connect = may_connect
        self._guard = guard
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _within(self._patience.connect, lambda: self._resolve(host))
        if not all(self._may_connect(address) for address in addresses):
            # One that is not allowed makes the name untrustworthy, whatever else it leads to.
            raise NotSent("address_not_allowed")
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                stream = self._inner.connect_tcp(address, port, timeout=self._patience.connect)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            self._guard.watch(stream.get_extra_info("socket"))
            return stream
        raise NotSent("connection_failed")


class _Transport(httpx.BaseTransport):
    """One request over one connection, its answer read whole and within bounds."""

    def __init__(self, backend: _Backend, guard: _Guard) -> None:
        self._backend = backend
        self._guard = guard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        pool = httpcore.ConnectionPool(
            ssl_context=_tls() if request.url.scheme == "https" else None,
            max_connections=1,
            max_keepalive_connections=0,
            retries=0,
            network_backend=self._backend,
        )
        try:
            with pool:
                answer = pool.handle_request(asked)
                try:
                    packed = _read(answer.iter_stream())
                finally:
                    answer.close()
            headers, status = httpx.Headers(answer.headers), answer.status
        except (NotSent, EffectUnknown):
            raise
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            # The connection itself was made by the backend, so this is the handshake.
            raise NotSent("tls_failed") from None
        except httpcore.ReadTimeout:
            raise EffectUnknown("answer_too_slow") from None
        except Exception:
            # Texts of these may hold headers. Whatever it was, bytes may have left.
            raise EffectUnknown("answer_too_slow" if self._guard.has_cut else "connection_broke") from None
        if self._guard.has_cut:
            raise EffectUnknown("answer_too_slow")
        body = _unpacked(packed, headers.pop("content-encoding", "identity").strip().lower())
        headers.pop("content-length", None)
        return httpx.Response(status, headers=headers, content=body)


def _read(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise EffectUnknown("answer_too_large")
    return bytes(body)


def _unpacked(packed: bytes, encoding: str) -> bytes:
    """We ask for plain answers; one that comes packed all the same is unpacked no further than the limit."""
    if encoding in ("identity", "") or not packed:
        return packed
    if encoding not in _UNPACKERS:
        raise EffectUnknown("answer_not_readable")
    try:
        body = zlib.decompressobj(_UNPACKERS[encoding]).decompress(packed, LARGEST_ANSWER_BYTES + 1)
    except zlib.error:
        raise EffectUnknown("answer_not_readable") from None
    if len(body) > LARGEST_ANSWER_BYTES:
        raise EffectUnknown("answer_too_large")
    return body


def _resolve_by_system(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _within(seconds: float, look_up: Callable[[], Sequence[str]]) -> Sequence[str]:
    """The system's look-up takes no timeout, so it is left to itself once it has had its time."""
    found: list[Sequence[str]] = []

    def run() -> None:
        try:
            found.append(look_up())
        except (OSError, UnicodeError):
            return

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not found or not found[0]:
        raise NotSent("name_not_resolved")
    return found[0]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Made on first use: reading the certificates takes longer than building everything else."""
    return httpx.create_ssl_context(trust_env=False)
