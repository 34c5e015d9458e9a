"""What a tick costs beside a plain `dbt build` of the same nodes that finds nothing new, and where it goes.

python -m tests.benchmarks tick [--events 1000000] [--accounts 20000] [--rounds 5]
python -m tests.benchmarks tick --rows 10000000 [--accounts 100000] [--rounds 3]

Both are one process each, with everything kept from round to round: warehouse, manifest, partial parse,
Dagster home. They alternate, so that a slow phase of the machine hits both. With `--rows` the seconds of SQL
of a tick on so many raw rows are compared with those on a million rows of the same accounts. Not a test.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import history, machine

# Runs a tick as the command line does and prints when each stretch of it ended.
_ITEMISED_TICK = """
import os, sys, time
started = time.perf_counter()
print(f"  {'start of the process':<36}{time.time() - float(os.environ['STARTED_AT']):6.2f} s")
marks = []
def mark(name):
    marks.append((name, time.perf_counter()))
from dagster_project.settings import Settings
from dagster_project import beginning, tick
import dagster
mark("import dagster")
import dbt.cli.main, dagster_dbt
mark("import dbt and dagster-dbt")
from dagster_project.build import build_definitions
mark("import our packages")
settings = Settings.from_environment(os.environ)
beginning.refuse_invalid(settings)
mark("validation")
instance = tick.kept_instance(settings)
mark("open the kept Dagster home")
instance.dispose()
from dagster_project import dbt_in_process
spent = {}
def watch(name, owner, *attributes):
    spent.setdefault(name, 0.0)
    depth = [0]
    for attribute in attributes:
        work = getattr(owner, attribute)
        def timed(*arguments, _work=work, **options):
            began, depth[0] = time.perf_counter(), depth[0] + 1
            try:
                return _work(*arguments, **options)
            finally:
                depth[0] -= 1
                if not depth[0]:
                    spent[name] += time.perf_counter() - began
        setattr(owner, attribute, timed)
run_dbt = dbt_in_process._invoke
def timed_dbt(settings, arguments, **options):
    name = "dbt reading the project" if "parse" in arguments else "dbt building"
    began = time.perf_counter()
    try:
        return run_dbt(settings, arguments, **options)
    finally:
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - began
dbt_in_process._invoke = timed_dbt
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
watch("SQL of dbt (of two threads together)", DuckDBCursorWrapper, "execute")
from dagster_project import finishing, marts_copy
from dagster_project.assets import senders
from nudge_senders.ledger import Ledger
watch("senders, their ledger included", senders, "deliver_channel_of_tick")
watch("doubts settled before the plan", beginning, "settle_doubts")
public = [name for name in vars(Ledger) if not name.startswith("_") and callable(vars(Ledger)[name])]
watch("ledger", Ledger, *public)
for module in list(sys.modules.values()):
    if getattr(module, "copy_marts", None) is marts_copy.copy_marts and module is not marts_copy:
        watch("copy of the marts", module, "copy_marts")
from dagster_project.event_log import KeptConnectionsEventLogStorage as SqliteEventLogStorage
spent["Dagster event log (partly beside dbt)"] = 0.0
store = SqliteEventLogStorage.store_event
stored = []
def timed_store(self, event):
    began = time.perf_counter()
    try:
        return store(self, event)
    finally:
        stored.append(1)
        spent["Dagster event log (partly beside dbt)"] += time.perf_counter() - began
SqliteEventLogStorage.store_event = timed_store
began = time.perf_counter()
tick.run_tick(settings, is_validated=True)
mark("the tick itself")
before = started
for name, at in marks:
    print(f"  {name:<36}{at - before:6.2f} s")
    before = at
for name, seconds in spent.items():
    print(f"    of it {name:<40}{seconds:6.2f} s")
print(f"    events stored: {len(stored)}")
"""


def main() -> None:
    options = _arguments()
    _say(machine.described())
    if options.rows:
        history.measure(options.rows, options.accounts, options.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        environment = {**os.environ, "MILESTONE_AGENT_DUCKDB_PATH": str(path)}
        _say(f"generating {options.events} events of {options.accounts} accounts")
        _generate(path, options.accounts, options.events)
        _run("first tick", [*_program(), "tick"], environment)
        plain = _plain_build(path, environment)
        _run("first plain build", plain, environment)
        spent: dict[str, list[tuple[float, float]]] = {"plain": [], "tick": []}
        for round_number in range(1, options.rounds + 1):
            spent["plain"].append(_run(f"plain build {round_number}", plain, environment))
            spent["tick"].append(_run(f"tick {round_number}", [*_program(), "tick"], environment))
        for position, what in enumerate(("wall", "processor")):
            plain_seconds, tick_seconds = (
                [both[position] for both in spent[name]] for name in ("plain", "tick")
            )
            plain_median, tick_median = statistics.median(plain_seconds), statistics.median(tick_seconds)
            _say(f"{what}: plain build, median {plain_median:.2f} s of {_shown(plain_seconds)}")
            _say(f"{what}: tick, median {tick_median:.2f} s of {_shown(tick_seconds)}")
            _say(f"{what}: ratio {tick_median / plain_median:.2f}")
        _say("one tick, itemised:")
        started = {"STARTED_AT": str(time.time())}
        subprocess.run([sys.executable, "-c", _ITEMISED_TICK], env={**environment, **started}, check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, help="of the larger of two histories")
    return parser.parse_args()


def _generate(path: Path, accounts: int, events: int) -> None:
    from dagster_project.demo.generator import generate

    generate(path, now=datetime.now(UTC), accounts=accounts, events=events, cast=accounts)


def _program() -> list[str]:
    return [sys.executable, "-c", "from dagster_project.cli import main; main()"]


def _plain_build(path: Path, environment: Mapping[str, str]) -> list[str]:
    """dbt's own command line over the nodes that a tick builds and the guards that it runs, seeds
    unchanged.
    """
    from dagster_project.dbt_selection import fully_qualified, parts_of
    from dagster_project.manifest import load_manifest
    from dagster_project.settings import Settings

    settings = Settings.from_environment(environment)
    manifest = load_manifest(settings)
    plan, after, _ = parts_of(manifest)
    models = [node for node in [*plan.nodes, *after.nodes] if not node.startswith("seed.")]
    selected = fully_qualified(manifest, [*models, *plan.guards, *after.guards])
    project = str(settings.dbt_project_dir)
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build", "--quiet"]
    command += ["--project-dir", project, "--profiles-dir", project, "--indirect-selection", "empty"]
    command += ["--target-path", str(path.parent / "plain"), "--log-path", str(path.parent / "plain_logs")]
    return [*command, "--exclude", "resource_type:unit_test", "--select", *selected]


def _run(name: str, command: list[str], environment: Mapping[str, str]) -> tuple[float, float]:
    began, cpu_before = time.perf_counter(), _cpu_seconds()
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    seconds, cpu = time.perf_counter() - began, _cpu_seconds() - cpu_before
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    _say(f"{name}: {seconds:.2f} s, of it {cpu:.2f} s of processor")
    return seconds, cpu


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _shown(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in sorted(values))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
