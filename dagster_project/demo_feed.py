"""Lets the demo's feeder release the next events, in a demo warehouse only, before the schedule looks.

How the demo is made and fed belongs to `demo/`.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from dagster_project.duckdb_connection import DuckDBConnection, reading_file
from dagster_project.errors import Refused
from dagster_project.settings import Settings


def feed_if_demo(settings: Settings, now: datetime) -> bool:
    """Whether there was a demo warehouse to feed; one that is busy is fed at the next evaluation."""
    if not settings.is_embedded or settings.is_absent:
        return False
    try:
        with reading_file(settings, patience_seconds=1.0) as connection:
            is_demo = bool(DuckDBConnection(connection).columns_of("planted", "marker"))
        if not is_demo:
            return False
        from dagster_project.demo.feeder import release

        release(settings.duckdb_path, now)
    except (Refused, duckdb.IOException):
        return False
    return True
