"""A process beside the UI that says when the UI answers, and ends then, or when the UI ends before.

`ui` becomes Dagster (so that signals reach it directly) and cannot watch itself. Nothing is opened.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import click

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_BETWEEN_WORDS = 15.0


def start_watcher(host: str, port: int) -> None:
    """Watch this process, which is to become the UI. Ctrl-C is for the UI alone: the watcher follows it."""
    command = [sys.executable, "-m", __name__, host, str(port), str(os.getpid())]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)


def announce(
    url: str,
    *,
    is_answering: Callable[[], bool],
    is_starting: Callable[[], bool],
    say: Callable[[str], None],
    mutter: Callable[[str], None],
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """`say` the address once it answers, `mutter` while it takes long; False when the UI ended before."""
    started_at = spoken_at = now()
    while is_starting():
        if is_answering():
            say(f"Dagster UI is ready: {url}  (Ctrl-C ends it)")
            say("The schedule is running; it looks at the warehouse at every multiple of five minutes.")
            return True
        if now() - spoken_at >= _SECONDS_BETWEEN_WORDS:
            spoken_at = now()
            mutter(f"  still starting, {spoken_at - started_at:.0f} s so far")
        sleep(_SECONDS_BETWEEN_LOOKS)
    return False


def answers(host: str, port: int) -> bool:
    """Whether Dagster itself answers there, not merely something."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/server_info")
        response = connection.getresponse()
        return response.status == 200 and b"dagster" in response.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _main(host: str, port: int, process: int) -> None:
    # A new parent means that the one which started this is gone.
    with contextlib.suppress(BrokenPipeError):
        announce(
            f"http://{host}:{port}",
            is_answering=lambda: answers(host, port),
            is_starting=lambda: os.getppid() == process,
            say=click.echo,
            mutter=partial(click.echo, err=True),
        )


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
