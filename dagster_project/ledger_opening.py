"""The ledger of the target that the settings name. What a ledger does is said in `nudge_senders`."""

from __future__ import annotations

import os

from dagster_project.clock import Clock
from dagster_project.settings import Settings
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.ledger import Ledger, open_ledger


def ledger_of(
    settings: Settings, clock: Clock, *, fault: FaultPoint = no_fault, patience_seconds: float = 60.0
) -> Ledger:
    """Opens nothing yet. Raises SenderMisconfigured for a cloud target whose extra or variable is missing."""
    return open_ledger(
        settings.duckdb_path,
        schema=settings.schema("nudges"),
        clock=clock,
        fault=fault,
        patience_seconds=patience_seconds,
        target=settings.target,
        environ=os.environ,
    )
