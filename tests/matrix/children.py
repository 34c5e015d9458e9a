"""Ticks in processes that may be killed for real.

One process imports everything once and opens nothing; every tick is a fork of it, so that a kill costs
milliseconds and what dies has no thread and no connection of anybody else. `Children` is how tests ask it;
run as a module it is that process. What a tick does stands in `ticks`.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nudge_senders.errors import LeaseHeld, LeaseLost, LedgerLocked
from nudge_senders.fault import FaultPoint
from tests.matrix.http_destination import resolve_nothing_outside
from tests.matrix.ticks import Tick
from tests.nudge_senders.world import FakeClock

FINISHED, HELD_BY_ANOTHER, LOST_ITS_LEASE, FAILED = 0, 3, 4, 5
KILLED = -signal.SIGKILL
_LONGEST_SLEEP_SECONDS = 30.0


@dataclass(frozen=True)
class Fate:
    """What befalls a tick at the `passing`-th passing of a point: it is killed, or it sleeps until the file
    `wakes` exists and then finds its clock `slept` later."""

    point: str | None = None
    passing: int = 1
    sleeps_at: Path | None = None
    wakes: Path | None = None
    slept: timedelta = timedelta(0)

    def fault(self, clock: FakeClock) -> FaultPoint:
        passed = 0

        def at(point: str) -> None:
            nonlocal passed
            passed += point == self.point
            if point != self.point or passed != self.passing:
                return
            if self.sleeps_at is None or self.wakes is None:
                os.kill(os.getpid(), signal.SIGKILL)
                return
            self.sleeps_at.touch()
            wait_for(self.wakes)
            clock.pass_by(seconds=self.slept.total_seconds())

        return at


def wait_for(path: Path) -> None:
    """Until the file exists; gives up loudly."""
    until = time.monotonic() + _LONGEST_SLEEP_SECONDS
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{path.name} never came")
        time.sleep(0.005)


class Children:
    """The process that forks. Every method waits for its answer."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.matrix.children"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def run(self, *jobs: tuple[Tick, Fate]) -> list[int]:
        """Run the ticks at once, each in a process of its own; their return codes, in order."""
        self.start(*jobs)
        return self.wait()

    def start(self, *jobs: tuple[Tick, Fate]) -> None:
        """Begin; `wait` has to follow."""
        assert self._process.stdin is not None
        self._process.stdin.write(base64.b64encode(pickle.dumps(jobs)).decode() + "\n")
        self._process.stdin.flush()

    def wait(self) -> list[int]:
        assert self._process.stdout is not None
        return [int(code) for code in self._process.stdout.readline().split()]

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def _serve() -> None:
    resolve_nothing_outside()
    for line in sys.stdin:
        jobs: Sequence[tuple[Tick, Fate]] = pickle.loads(base64.b64decode(line))
        children = [_fork(*job) for job in jobs]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(" ".join(map(str, codes)) + "\n")
        sys.stdout.flush()


def _fork(tick: Tick, fate: Fate) -> int:
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        clock = FakeClock(tick.now)
        tick.run(fault=fate.fault(clock), clock=clock)
        code = FINISHED
    except (LeaseHeld, LedgerLocked):
        code = HELD_BY_ANOTHER
    except LeaseLost:
        code = LOST_ITS_LEASE
    except BaseException as error:
        sys.stderr.write(f"a tick failed: {error!r}\n")
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
