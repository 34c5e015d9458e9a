"""Named places at which a test may kill the process for real, to prove that what follows recovers.

`MILESTONE_AGENT_FAULT=after_effect` (or `after_effect:3`, the third passing) ends the process with SIGKILL
there; never when `MILESTONE_AGENT_ENV` is `prod`. Nothing else reads that variable.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping

from nudge_senders.errors import SenderMisconfigured

FaultPoint = Callable[[str], None]

#: In the order in which a tick passes them.
FAULT_POINTS: tuple[str, ...] = (
    "before_lease",
    "after_lease",
    "after_claim",
    "before_recheck",
    "before_attempting",
    "after_attempting",
    "after_effect",
    "before_outcome",
    "after_outcome",
    "before_release",
    "during_release",
)


def no_fault(point: str) -> None:
    """The fault point of every day: lets everything pass."""


def faults_from_environment(environ: Mapping[str, str]) -> FaultPoint:
    """The fault point that the environment asks for.

    Raises SenderMisconfigured for an unknown name: a kill that never happens would make a recovery test pass
    for nothing.
    """
    wanted = environ.get("MILESTONE_AGENT_FAULT", "").strip()
    if not wanted or environ.get("MILESTONE_AGENT_ENV", "").strip() == "prod":
        return no_fault
    name, _, count = wanted.partition(":")
    if name not in FAULT_POINTS or (count and not count.isdecimal()):
        raise SenderMisconfigured(
            f"MILESTONE_AGENT_FAULT={wanted!r} is not a fault point; known ones: {', '.join(FAULT_POINTS)}"
        )
    remaining = int(count or 1)

    def kill_at(point: str) -> None:
        nonlocal remaining
        if point != name:
            return
        remaining -= 1
        if remaining == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return kill_at
