"""One request is one request: made once, directly, within its time and its size."""

from __future__ import annotations

import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.http_call import LARGEST_ANSWER_BYTES, HttpCaller, Patience

#: A whole answer of the peer, or what it does with the connection.
Play = bytes | Callable[[socket.socket], None]


class Peer:
    """A bare socket that accepts, reads a request and plays what it is told."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.reads_first = True
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a"

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    if self.reads_first:
                        self.requests.append(connection.recv(65536))
                    if callable(self.play):
                        self.play(connection)
                    else:
                        connection.sendall(self.play)
                except OSError:
                    continue


@pytest.fixture
def peer() -> Iterator[Callable[[Play], Peer]]:
    made: list[Peer] = []

    def make(play: Play) -> Peer:
        made.append(Peer(play))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def _dripping(start: bytes) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(3000):
            connection.sendall(b"x")
            time.sleep(0.02)

    return play


def _caller(**options: object) -> HttpCaller:
    return HttpCaller(patience=Patience(connect=2.0, wait=0.5, total=0.7), **options)


def _get(caller: HttpCaller, url: str) -> object:
    return caller.request("GET", url, headers={"Authorization": "Bearer canary"}).body


@pytest.mark.parametrize(
    "headers", ["X-Header: ", "\r\n", "Content-Length: 900\r\n\r\n"], ids=["headers", "endless body", "body"]
)
def test_an_answer_that_drips_is_cut_when_the_whole_time_is_over(
    peer: Callable[[Play], Peer], headers: str
) -> None:
    began = time.monotonic()
    with pytest.raises(EffectUnknown, match="answer_too_slow"):
        _get(_caller(), peer(_dripping(f"HTTP/1.1 200 OK\r\n{headers}".encode())).url)
    assert time.monotonic() - began < 30


def test_a_handshake_that_drips_is_cut_and_has_sent_nothing(peer: Callable[[Play], Peer]) -> None:
    there = peer(_dripping(b"\x16\x03\x03"))
    began = time.monotonic()
    with pytest.raises(NotSent, match="tls_failed"):
        _get(_caller(), there.url.replace("http:", "https:"))
    assert time.monotonic() - began < 30
    assert b"canary" not in b"".join(there.requests)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made with openssl")
def test_a_certificate_that_nobody_vouches_for_gets_no_byte_of_a_request(
    peer: Callable[[Play], Peer], tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=vendor.example", "-days", "2"]
    subprocess.run([*made, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    arrived: list[bytes] = []

    def play(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            arrived.append(secured.recv(65536))

    there = peer(play)
    there.reads_first = False
    with pytest.raises(NotSent, match="tls_failed"):
        _get(_caller(resolve=lambda host: ["127.0.0.1"]), f"https://vendor.example:{there.port}/")
    assert b"".join(arrived) == b""


def test_a_look_up_that_never_ends_is_left_alone() -> None:
    released = threading.Event()

    def stuck(host: str) -> list[str]:
        released.wait(10)
        return []

    caller = HttpCaller(patience=Patience(connect=0.1, wait=0.5, total=0.7), resolve=stuck)
    with pytest.raises(NotSent, match="name_not_resolved"):
        _get(caller, "http://vendor.example/")
    released.set()


def test_an_answer_may_be_as_large_as_the_limit_and_no_larger(peer: Callable[[Play], Peer]) -> None:
    fitting = b'"' + b"x" * (LARGEST_ANSWER_BYTES - 2) + b'"'
    assert _get(_caller(), peer(_answer(fitting)).url) == "x" * (LARGEST_ANSWER_BYTES - 2)
    with pytest.raises(EffectUnknown, match="answer_too_large"):
        _get(_caller(), peer(_answer(fitting + b" ")).url)


def test_a_packed_answer_is_read_within_the_same_limit(peer: Callable[[Play], Peer]) -> None:
    packed = _answer(gzip.compress(b'{"a": 1}'), headers="Content-Encoding: gzip\r\n")
    assert _get(_caller(), peer(packed).url) == {"a": 1}
    bomb = _answer(gzip.compress(b" " * (LARGEST_ANSWER_BYTES + 1)), headers="Content-Encoding: gzip\r\n")
    with pytest.raises(EffectUnknown, match="answer_too_large"):
        _get(_caller(), peer(bomb).url)
    for encoding in ("br", "gzip"):
        broken = _answer(b"\x01\x02", headers=f"Content-Encoding: {encoding}\r\n")
        with pytest.raises(EffectUnknown, match="answer_not_readable"):
            _get(_caller(), peer(broken).url)


def test_a_redirect_is_an_answer_and_is_not_followed(peer: Callable[[Play], Peer]) -> None:
    elsewhere = peer(_answer(b"{}"))
    there = peer(_answer(b"", status="307 Temporary Redirect", headers=f"Location: {elsewhere.url}\r\n"))
    response = _caller().request("POST", there.url, headers={}, body={"a": 1})
    assert response.status == 307
    assert elsewhere.requests == []


def test_a_request_that_breaks_is_not_repeated(peer: Callable[[Play], Peer]) -> None:
    there = peer(lambda connection: connection.shutdown(socket.SHUT_RDWR))
    with pytest.raises(EffectUnknown, match="connection_broke"):
        _caller().request("POST", there.url, headers={}, body={"a": 1})
    assert len(there.requests) == 1


def test_neither_proxy_nor_netrc_nor_log_gets_to_see_a_request(
    peer: Callable[[Play], Peer],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    proxy = peer(_answer(b'"from the proxy"'))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    caplog.set_level(logging.DEBUG)
    there = peer(_answer(b'"direct"'))
    assert _get(_caller(), there.url) == "direct"
    assert proxy.requests == []
    assert there.requests[0].count(b"uthorization:") == 1
    assert b"Basic" not in there.requests[0]
    assert caplog.text == ""


def test_the_address_that_was_judged_is_the_one_that_is_reached(peer: Callable[[Play], Peer]) -> None:
    there = peer(_answer(b'"ok"'))
    answers = iter((["127.0.0.1"], ["127.0.0.2"]))
    caller = _caller(resolve=lambda host: next(answers), may_connect=lambda address: address == "127.0.0.1")
    url = f"http://vendor.example:{there.port}/"
    assert _get(caller, url) == "ok"
    assert b"vendor.example" in there.requests[0].lower()
    with pytest.raises(NotSent, match="address_not_allowed"):
        _get(caller, url)


def test_a_name_with_a_dead_address_is_reached_by_the_next(peer: Callable[[Play], Peer]) -> None:
    there = peer(_answer(b'"ok"'))
    caller = _caller(resolve=lambda host: ["127.0.0.99", "127.0.0.1"])
    assert _get(caller, f"http://vendor.example:{there.port}/") == "ok"


def test_a_header_that_cannot_be_written_is_certain_and_is_not_told() -> None:
    with pytest.raises(NotSent, match="request_not_writable") as error:
        _caller().request("GET", "http://127.0.0.1:1/", headers={"Authorization": "canary\u2013"})
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_rehearsal_does_not_pay_for_a_client_that_it_never_uses() -> None:
    asked = (
        "import nudge_senders.registry, sys; "
        "sys.exit(bool({'httpx', 'hubspot', 'slack_sdk'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
