"""The Dagster home beside the warehouse and its `dagster.yaml`, which nobody has to write by hand.

Rewritten whenever it differs, so that an upgrade of this package reaches an existing home.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from dagster_project.settings import Settings

_DAGSTER_YAML = """\
# Written by milestone-agent; changes made here are overwritten.
telemetry:
  enabled: false
# No invitation in front of the first page.
nux:
  enabled: false

# One writing process at a time: the pool keeps steps apart, also those of a run started from the command
# line.
concurrency:
  pools:
    default_limit: 1
    granularity: op
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: milestone_agent/writes
        limit: 1

# A killed run frees its place in the pool; zero would mean never. Ticks are not retried: the next tick is the
# retry.
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
  poll_interval_seconds: 60
  free_slots_after_run_end_seconds: 30
run_retries:
  enabled: false

# dbt writes its own log beside this folder; capturing output costs two processes per run.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager

# Events are in the UI; a terminal full of them helps nobody.
python_logs:
  python_log_level: ERROR

# The same files as Dagster's own, at a fifth of the cost per event.
event_log_storage:
  module: dagster_project.event_log
  class: KeptConnectionsEventLogStorage
  config:
    base_dir: {runs_folder}

retention:
  schedule:
    purge_after_days:
      skipped: 2
      failure: 14
      success: 14
  sensor:
    purge_after_days:
      skipped: 2
      failure: 14
      success: 14
"""


def ensure_dagster_home(settings: Settings) -> Path:
    """Create the folder and the file if need be; returns the folder, absolute as Dagster wants it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    written = home / "dagster.yaml"
    wanted = _DAGSTER_YAML.format(runs_folder=json.dumps(str(home / "history" / "runs")))
    if not written.is_file() or written.read_text(encoding="utf-8") != wanted:
        unfinished = home / f"dagster.yaml.{os.getpid()}"
        unfinished.write_text(wanted, encoding="utf-8")
        os.replace(unfinished, written)
    return home
