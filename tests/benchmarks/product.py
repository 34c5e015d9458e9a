"""The product's own models on a warehouse, with the seconds that DuckDB spends on each statement.

`python -m tests.benchmarks.product FILE full|slice milestones|tick` builds them and answers with the seconds
of SQL per model, without dbt's parsing, compiling and logging. Does not belong here: comparing.
"""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.dbt_in_process import DbtCall, DbtSession
from dagster_project.settings import Settings
from nudge_senders.clock import system_clock
from nudge_senders.ledger import open_ledger
from tests.benchmarks.machine import answer

#: What is selected: all that the milestone state needs from the raw tables on, or all models of a tick.
SELECTIONS = {"milestones": "+int_milestones_completed", "tick": "tag:tick"}
#: The models that turn raw rows into the milestone state, as a hand-written query does.
MILESTONE_MODELS = ("int_events_copied", "int_events_kept", "int_milestones_completed")
#: Models that answer other questions from all raw rows: who is behind an event, who was active when, what is
#: wrong.
OTHER_SCANS = (
    "int_identities_seen",
    "int_users_active_daily",
    "int_unusable_events_counted",
    "int_days_arriving",
)
_LEFT_OUT = ("resource_type:unit_test", "resource_type:test", "resource_type:seed", "tag:report")
#: The comment that the macro `job_labels` puts before each statement of a node.
_NODE = re.compile(r'"node": "(\w+)"')


class _OneAtATime(DbtCall):
    """One model at a time, so that the seconds of one are not those of another."""

    def arguments(self, settings: Settings) -> list[str]:
        return [*super().arguments(settings), "--threads", "1"]


def prepared(path: Path) -> DbtSession:
    """The ledger's tables and the seeds; the dbt session that made them."""
    settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)})
    open_ledger(path, clock=system_clock).migrate()
    session = DbtSession(settings)
    for _ in session.run(DbtCall("seed", ("resource_type:seed",))):
        pass
    return session


def build(session: DbtSession, selection: str, *, is_full: bool) -> dict[str, float]:
    """Seconds of SQL per model, what the model asks at compile time included."""
    call = _OneAtATime("build", (SELECTIONS[selection],), exclude=_LEFT_OUT, is_full_refresh=is_full)
    with _timed_statements() as spent:
        for _ in session.run(call):
            pass
    return dict(spent)


@contextmanager
def _timed_statements() -> Iterator[dict[str, float]]:
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    spent: dict[str, float] = defaultdict(float)
    execute = DuckDBCursorWrapper.execute

    def timed(self: Any, sql: str, bindings: Any = None) -> Any:
        began = time.perf_counter()
        try:
            return execute(self, sql, bindings)
        finally:
            found = _NODE.search(sql)
            spent[found[1] if found else "(the run)"] += time.perf_counter() - began

    DuckDBCursorWrapper.execute = timed
    try:
        yield spent
    finally:
        DuckDBCursorWrapper.execute = execute


def of_models(spent: Mapping[str, float], names: tuple[str, ...]) -> float:
    """Seconds of those models; KeyError where one of them was not seen, which is not the same as none."""
    return sum(spent[name] for name in names)


def main() -> None:
    path, how, selection = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    session = prepared(path)
    began = time.perf_counter()
    spent = build(session, selection, is_full=how == "full")
    answer(spent=spent, wall=time.perf_counter() - began)


if __name__ == "__main__":
    main()
