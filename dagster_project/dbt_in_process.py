"""dbt inside this process: one interpreter, one set of imports, one partial parse for all the steps of a
tick.

Knows how to call dbt and what its messages mean; which nodes belong to which step is said in `dbt_selection`,
and what Dagster makes of a result in `assets/dbt.py`. dbt itself is imported at the first call.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dagster_project.errors import RunFailed
from dagster_project.settings import PREFIX, Settings
from nudge_senders.registry import KNOWN_DESTINATIONS

_RESULTS = {"LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult", "LogUnitTestResult"}
_GOOD = {"success", "pass", "warn", "no-op"}


@dataclass(frozen=True)
class NodeStarted:
    """dbt began to work on a node: the `position`-th of `total`."""

    unique_id: str
    position: int
    total: int


@dataclass(frozen=True)
class NodeFinished:
    """dbt is done with a node; `failures` counts the rows that a test found."""

    unique_id: str
    status: str
    seconds: float
    failures: int | None
    position: int
    total: int

    @property
    def is_good(self) -> bool:
        return self.status in _GOOD


NodeEvent = NodeStarted | NodeFinished


@dataclass(frozen=True)
class DbtCall:
    """One dbt command: what is selected and how it is run. Tests run only when they are selected by name
    or tag.
    """

    command: str
    select: Sequence[str]
    exclude: Sequence[str] = ()
    is_full_refresh: bool = False
    variables: Mapping[str, str] | None = None

    def arguments(self, settings: Settings) -> list[str]:
        arguments = [
            *_common_arguments(settings),
            self.command,
            "--indirect-selection",
            "empty",
            "--no-write-json",
        ]
        arguments += ["--select", *self.select]
        if self.exclude:
            arguments += ["--exclude", *self.exclude]
        if self.is_full_refresh:
            arguments.append("--full-refresh")
        if self.variables:
            arguments += ["--vars", json.dumps(dict(self.variables))]
        return arguments


def parse_project(settings: Settings) -> None:
    """Write `manifest.json` and the partial parse; raises `RunFailed` with dbt's own sentence."""
    result = _invoke(settings, [*_common_arguments(settings), "parse"], manifest=None, callback=None)
    if not result.success:
        raise RunFailed(f"dbt could not parse {settings.dbt_project_dir}: {result.exception}")


class DbtSession:
    """The dbt calls of one run. The project is read once and kept, because each reading costs as much as
    ten models.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest: Any = None

    def run(self, call: DbtCall) -> Iterator[NodeEvent]:
        """Start and end of every node while dbt works; raises `RunFailed` at the end when a node failed.

        dbt works in a thread of its own, so that whoever consumes the events does not hold it up.
        """
        events: queue.SimpleQueue[NodeEvent | None] = queue.SimpleQueue()
        outcome: list[Any] = []

        def work() -> None:
            try:
                outcome.append(self._invoke(call, lambda message: _forward(message, events)))
            except BaseException as error:
                outcome.append(error)
            finally:
                events.put(None)

        worker = threading.Thread(target=work, name=f"dbt {call.command}", daemon=True)
        worker.start()
        try:
            while (event := events.get()) is not None:
                yield event
        except BaseException:
            _ask_to_stop(worker)
            raise
        finally:
            # However this ends, dbt must not go on writing when the lease is given back.
            worker.join()
        _raise_when_failed(call, outcome[0], self._settings)

    def _invoke(self, call: DbtCall, callback: Callable[[Any], None]) -> Any:
        if self._manifest is None:
            parsed = _invoke(
                self._settings,
                [*_common_arguments(self._settings), "parse", "--no-write-json"],
                manifest=None,
                callback=None,
            )
            if not parsed.success:
                return parsed
            self._manifest = parsed.result
        return _invoke(
            self._settings, call.arguments(self._settings), manifest=self._manifest, callback=callback
        )


def _common_arguments(settings: Settings) -> list[str]:
    return [
        "--no-send-anonymous-usage-stats",
        "--no-use-colors",
        "--log-level=none",
        "--log-level-file=info",
        f"--log-path={settings.dbt_log_dir}",
    ]


def _invoke(
    settings: Settings, arguments: list[str], *, manifest: Any, callback: Callable[[Any], None] | None
) -> Any:
    from dbt.cli.main import dbtRunner

    settings.dbt_log_dir.mkdir(parents=True, exist_ok=True)
    runner = dbtRunner(manifest=manifest, callbacks=[callback] if callback else [])
    where = [
        f"--project-dir={settings.dbt_project_dir}",
        f"--profiles-dir={settings.dbt_project_dir}",
        f"--target={settings.target}",
        f"--target-path={settings.dbt_target_dir}",
    ]
    with _environment_of_dbt(settings):
        try:
            return runner.invoke([*arguments, *where])
        finally:
            _close_warehouse()


#: What the senders read and dbt must not: the vendors' settings, and the key of the recipients' hashes.
_VENDOR_PREFIXES = (*(f"{name.upper()}_" for name in sorted(KNOWN_DESTINATIONS)), "WEBHOOK_")
_SENDERS_ONLY = frozenset({f"{PREFIX}HASH_KEY"})


@contextmanager
def _environment_of_dbt(settings: Settings) -> Iterator[None]:
    """The variables of the project set, and the senders' own out of reach of `env_var`, while dbt runs.

    The environment is the whole process's: meanwhile nothing else in it may read a vendor's variable. A tick
    is one thread of work (dbt, then senders, then dbt), and sensors and schedules run in other processes.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith(_VENDOR_PREFIXES) or name in _SENDERS_ONLY:
            del os.environ[name]
    os.environ.update(settings.dbt_environment())
    try:
        yield
    finally:
        for name in settings.dbt_environment():
            os.environ.pop(name, None)
        os.environ.update(before)


def _close_warehouse() -> None:
    """dbt-duckdb keeps the file open for the life of the process; the senders need it next."""
    manager = _duckdb_connection_manager()
    if manager is not None and manager._ENV is not None:
        manager._ENV.close()
        manager.close_all_connections()


def _ask_to_stop(worker: threading.Thread) -> None:
    """Ctrl-C as dbt knows it: it stops at the end of the node at work and cancels what is open."""
    if worker.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident), ctypes.py_object(KeyboardInterrupt)
        )


def _duckdb_connection_manager() -> Any:
    import sys

    module = sys.modules.get("dbt.adapters.duckdb.connections")
    return module.DuckDBConnectionManager if module else None


def _forward(message: Any, events: queue.SimpleQueue[NodeEvent | None]) -> None:
    name = message.info.name
    if name == "LogStartLine":
        data = message.data
        events.put(NodeStarted(data.node_info.unique_id, data.index, data.total))
    elif name in _RESULTS:
        data = message.data
        status = data.node_info.node_status.lower()
        events.put(
            NodeFinished(
                unique_id=data.node_info.unique_id,
                # Of a unit test dbt says only in another field how it went.
                status=data.status.lower() if status in {"", "none"} else status,
                seconds=float(data.execution_time),
                failures=int(data.num_failures) if name == "LogTestResult" else None,
                position=data.index,
                total=data.total if hasattr(data, "total") else data.num_models,
            )
        )


def _raise_when_failed(call: DbtCall, outcome: Any, settings: Settings) -> None:
    if isinstance(outcome, BaseException):
        raise outcome
    if outcome.success:
        return
    log = settings.dbt_log_dir / "dbt.log"
    if outcome.exception is not None:
        raise RunFailed(f"dbt {call.command} failed: {outcome.exception}. The log is {log}")
    bad = [
        result
        for result in outcome.result.results
        if str(result.status) in {"error", "fail", "runtime error"}
    ]
    lines = [f"{result.node.name}: {' '.join(str(result.message).split())}" for result in bad]
    raise RunFailed(
        f"dbt {call.command} failed at {len(bad)} of its nodes. The log is {log}\n" + "\n".join(lines)
    )
