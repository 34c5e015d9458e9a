"""`ui` says the address when Dagster answers there, and not before."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dagster_project.cli import ui as command
from dagster_project.cli.ui_ready import announce, answers
from tests.validation.house import House

URL = "http://127.0.0.1:3000"

# Watched like the UI: a process that becomes something else, which answers after a second.
# Whoever runs the tests in the background has them ignore Ctrl-C, and children inherit that.
_UI = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
from dagster_project.cli.ui_ready import start_watcher
start_watcher("127.0.0.1", int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2], sys.argv[1]])
"""
_SERVER = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"dagster_version": "1"}')
    def log_message(self, *args): pass
time.sleep(1)
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
print("answering", flush=True)
server.serve_forever()
"""
_NEVER = "import time; print('busy', flush=True); time.sleep(600)"


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def told_until(*, ready_at: float, ended_at: float = 1e9) -> tuple[list[str], list[str]]:
    """What is said and what is muttered when Dagster answers, or ends, after so many seconds."""
    time = Time()
    said: list[str] = []
    muttered: list[str] = []
    announce(
        URL,
        is_answering=lambda: time.now >= ready_at,
        is_starting=lambda: time.now < ended_at,
        say=said.append,
        mutter=muttered.append,
        now=lambda: time.now,
        sleep=time.sleep,
    )
    return said, muttered


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


def test_the_address_is_said_once_dagster_answers() -> None:
    said, muttered = told_until(ready_at=3)
    assert said[0] == f"Dagster UI is ready: {URL}  (Ctrl-C ends it)"
    assert muttered == []


def test_a_long_start_is_not_silent() -> None:
    said, muttered = told_until(ready_at=40)
    assert muttered == ["  still starting, 15 s so far", "  still starting, 30 s so far"]
    assert len(said) == 2


def test_the_address_is_never_said_when_dagster_ended_before_it_answered() -> None:
    said, _ = told_until(ready_at=1e9, ended_at=5)
    assert said == []


class _Something(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def something_else() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Something)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_closed_port_and_a_stranger_on_it_are_not_dagster(port: int, something_else: int) -> None:
    assert not answers("127.0.0.1", port)
    assert not answers("127.0.0.1", something_else)


def test_the_watcher_speaks_after_the_ui_and_ends_with_it(port: int) -> None:
    ui = subprocess.Popen([sys.executable, "-c", _UI, str(port), _SERVER], stdout=subprocess.PIPE, text=True)
    assert ui.stdout is not None
    assert ui.stdout.readline() == "answering\n"
    assert ui.stdout.readline() == f"Dagster UI is ready: http://127.0.0.1:{port}  (Ctrl-C ends it)\n"
    ui.kill()
    assert "answering" not in ui.communicate(timeout=20)[0]


def test_the_watcher_of_a_ui_that_never_answered_ends_with_it(port: int) -> None:
    ui = subprocess.Popen([sys.executable, "-c", _UI, str(port), _NEVER], stdout=subprocess.PIPE, text=True)
    assert ui.stdout is not None and ui.stdout.readline() == "busy\n"
    ui.kill()
    # The end of the output is the end of all who could write to it.
    assert ui.communicate(timeout=20)[0] == ""


def test_control_c_ends_the_ui_and_the_watcher_follows_without_a_word(port: int) -> None:
    ui = subprocess.Popen(
        [sys.executable, "-c", _UI, str(port), _NEVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert ui.stdout is not None and ui.stdout.readline() == "busy\n"
    os.killpg(ui.pid, signal.SIGINT)
    _, errors = ui.communicate(timeout=20)
    assert "ui_ready" not in errors


@pytest.fixture
def control_c_is_ignored() -> Iterator[None]:
    """As a shell does for what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def becomes(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the command starts beside itself and what it becomes, neither of which happens."""
    started: list[list[str]] = []
    monkeypatch.setattr(command, "_prepare_manifest", lambda: None)
    monkeypatch.setattr(command, "start_watcher", lambda host, port: started.append([host, str(port)]))
    monkeypatch.setattr(command.os, "execv", lambda _, argv: started.append(argv))
    monkeypatch.setattr(command.os, "environ", dict(os.environ))
    return started


def test_a_ui_in_the_background_of_a_shell_can_be_ended(
    house: House, port: int, becomes: list[list[str]], control_c_is_ignored: None
) -> None:
    house.run("ui", "--port", str(port))

    assert len(becomes) == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_command_says_that_it_starts_and_leaves_the_address_to_the_watcher(
    house: House, port: int, becomes: list[list[str]]
) -> None:
    result = house.run("ui", "--port", str(port))

    assert result.exit_code == 0, result.output
    assert "Starting Dagster" in result.stderr
    assert "http://" not in result.output
    watcher, ui = becomes
    assert watcher == ["127.0.0.1", str(port)]
    assert ui[ui.index("-p") + 1] == str(port)
