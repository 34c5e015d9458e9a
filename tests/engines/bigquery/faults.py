"""What goes wrong on purpose: switched on by a test, taken once per matching request.

Belongs here: the faults of the service. Faults of SQL come from the SQL itself.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Literal

#: `lost_reply`: the job runs, the connection ends without an answer. `lost_request`: it ends before that.
#: `backendError`: 503 before the job runs. `rateLimitExceeded`, `quotaExceeded`: 403 before it runs.
#: `failed_job`: the job is taken and ends as failed with `reason`.
FaultKind = Literal[
    "lost_reply", "lost_request", "backendError", "rateLimitExceeded", "quotaExceeded", "failed_job"
]


@dataclass
class Fault:
    """A fault for the next `times` jobs whose text matches `when`."""

    kind: FaultKind
    when: str = ""
    times: int = 1
    reason: str = "backendError"

    def fits(self, sql: str) -> bool:
        return self.times > 0 and re.search(self.when, sql, re.IGNORECASE) is not None


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def add(self, kind: FaultKind, when: str = "", *, times: int = 1, reason: str = "backendError") -> Fault:
        """`when` is a pattern searched for in the SQL."""
        fault = Fault(kind, when, times, reason)
        with self._lock:
            self._on.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._on.clear()

    def take(self, sql: str) -> Fault | None:
        """The fault that befalls this job, one time less of it left."""
        with self._lock:
            for fault in self._on:
                if fault.fits(sql):
                    fault.times -= 1
                    return fault
        return None
