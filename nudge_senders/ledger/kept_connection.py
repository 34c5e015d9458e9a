"""One connection for many short transactions: a log-in takes a second, and a tick has dozens of transactions.

It is lent to one transaction at a time and kept after a good one; whoever comes meanwhile gets another.
What is said over it, and when it is rolled back, is the warehouse's.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: A session that nobody used for so long may be gone at the other end.
_IDLE_SECONDS_AT_MOST = 300.0


class KeptConnection:
    """`connect` makes a connection with `close()`. What is kept is closed with the process at the latest."""

    def __init__(
        self, connect: Callable[[], Any], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: Any = None
        self._used_at = 0.0
        self._process = os.getpid()
        atexit.register(self.close)

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """The connection, for one transaction. After an error it is closed, as its state is not known."""
        connection = self._taken()
        try:
            yield connection
        except BaseException:
            _close(connection)
            raise
        self._given_back(connection)

    def close(self) -> None:
        with self._lock:
            kept, self._idle = self._idle, None
        if kept is not None and self._process == os.getpid():
            _close(kept)

    def _taken(self) -> Any:
        with self._lock:
            kept, self._idle = self._idle, None
        if self._process != os.getpid():
            # The parent's; what is said over it would be heard by two.
            kept, self._process = None, os.getpid()
        if kept is not None and self._monotonic() - self._used_at > _IDLE_SECONDS_AT_MOST:
            _close(kept)
            kept = None
        return kept if kept is not None else self._connect()

    def _given_back(self, connection: Any) -> None:
        with self._lock:
            is_kept = self._idle is None
            if is_kept:
                self._idle, self._used_at = connection, self._monotonic()
        if not is_kept:
            _close(connection)


def _close(connection: Any) -> None:
    # One that is gone already is closed enough.
    with suppress(Exception):
        connection.close()
