"""Slack's client asks once, directly and within bounds, whatever answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from slack_sdk.errors import SlackApiError

from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.slack_client import build_client


class _Server(ThreadingHTTPServer):
    """Answers as told and counts."""

    daemon_threads = True
    status = 200
    headers: tuple[tuple[str, str], ...] = ()
    body = b'{"ok": true}'
    is_rude = False
    count = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self.server.count += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.is_rude:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.shutdown()


def _url(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/api/"


def test_a_connection_that_breaks_after_the_request_is_doubt_and_never_repeated(server: _Server) -> None:
    server.is_rude = True
    with pytest.raises(EffectUnknown):
        build_client("xoxb-1", base_url=_url(server)).chat_postMessage(channel="C1", text="hello")
    assert server.count == 1


def test_without_a_connection_nothing_has_left() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent):
        build_client("xoxb-1", base_url=f"http://127.0.0.1:{port}/").chat_postMessage(channel="C1", text="a")


def test_the_environments_proxies_are_not_used(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert build_client("xoxb-1", base_url=_url(server)).auth_test()["ok"] is True


def test_a_redirect_is_not_followed_and_a_refusal_keeps_its_headers(server: _Server) -> None:
    server.status, server.headers, server.body = 302, (("Location", _url(server)),), b""
    with pytest.raises(SlackApiError):
        build_client("xoxb-1", base_url=_url(server)).auth_test()
    assert server.count == 1
    server.status, server.headers, server.body = (
        429,
        (("Retry-After", "7"),),
        b'{"ok": false, "error": "ratelimited"}',
    )
    with pytest.raises(SlackApiError) as refusal:
        build_client("xoxb-1", base_url=_url(server)).auth_test()
    assert (refusal.value.response.status_code, refusal.value.response.headers["retry-after"]) == (429, "7")


def test_an_answer_without_end_is_cut(server: _Server) -> None:
    server.body = b" " * (1024 * 1024 + 1)
    with pytest.raises(EffectUnknown, match="answer_too_large"):
        build_client("xoxb-1", base_url=_url(server)).auth_test()
