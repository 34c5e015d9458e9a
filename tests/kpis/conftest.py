"""The story of `accounts.csv`, told once: raw rows, one tick that replays the instant, and the reports of the
night after it.

Belongs here: how the story is loaded and built. Does not belong here: what the reports should say, which is
written by hand in the other CSV files.
"""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.tick import TickOptions, run_tick
from tests.parsed_project import PARSED_FOR, SHIPPED_PROJECT, ParsedProject, only_these_settings

HERE = Path(__file__).parent

#: The week of 12 January ended 30 days before, that of 26 January 16 days before.
AS_OF = datetime(2026, 2, 18, tzinfo=UTC)

#: Who signed up a week earlier is in no arm. By the salt as shipped, half of the buckets make this treatment:
#: ember grove kelp maple nimbus river slate tundra umber willow yarrow zephyr.
EXPERIMENT_STARTS_AT = datetime(2026, 1, 12, tzinfo=UTC)
TREATMENT_SHARE = 0.5

#: Milestones of a path; enterprise has no data to upload.
MILESTONES = {
    "default": ("workspace_created", "first_data_uploaded", "first_report_generated"),
    "enterprise": ("workspace_created", "first_report_generated"),
}

_EVENTS = {
    "workspace_created": "Workspace Created",
    "first_data_uploaded": "Data Uploaded",
    "first_report_generated": "Report Generated",
}

_RAW_TABLES = """
create schema segment;
create schema crm;
create table segment.tracks (
    id varchar, event varchar, user_id varchar, context_group_id varchar,
    timestamp timestamp, received_at timestamp, uuid_ts timestamp
);
create table crm.accounts (
    account_id varchar, account_name varchar, path_key varchar, signed_up_at timestamp, is_internal boolean,
    churned_at timestamp, updated_at timestamp
);
"""


@dataclass(frozen=True)
class Told:
    """The warehouse after the story, and the project that built it, with its semantic manifest."""

    project: Path
    warehouse: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**PARSED_FOR, "MILESTONE_AGENT_DUCKDB_PATH": str(self.warehouse)}


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> Told:
    folder = tmp_path_factory.mktemp("kpis")
    story = Told(project=folder / "project", warehouse=folder / "home" / "warehouse.duckdb")
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(SHIPPED_PROJECT, story.project, ignore=ignored)
    _shorten_policy(story.project / "seeds")
    parsed_project.hand_to(story.warehouse.parent / "dbt" / "duckdb", warehouse=story.warehouse)
    _load(story.warehouse)
    with only_these_settings(story.environment):
        settings = Settings.from_environment(story.environment, project_dir=story.project)
        run_tick(settings, TickOptions(as_of=AS_OF), clock=lambda: AS_OF)
        _build_reports(story)
    return story


def _load(warehouse: Path) -> None:
    with (
        (HERE / "accounts.csv").open(encoding="utf-8") as file,
        duckdb.connect(str(warehouse)) as connection,
    ):
        connection.execute(_RAW_TABLES)
        for row in csv.DictReader(file):
            account_id, signed_up_at = row["account_id"], datetime.fromisoformat(row["signed_up_at"])
            churned_at = signed_up_at + timedelta(days=4) if row["marked"] == "churned" else None
            connection.execute(
                "insert into crm.accounts values ($1, $1, $2, $3, $4, $5, $3)",
                [account_id, row["path_key"], signed_up_at, row["marked"] == "internal", churned_at],
            )
            for milestone, event in _EVENTS.items():
                if row[milestone]:
                    occurred_at = signed_up_at + timedelta(hours=float(row[milestone]))
                    connection.execute(
                        "insert into segment.tracks values ($1 || $2, $2, 'u-' || $1, $1, $3, $3, $3)",
                        [account_id, event, occurred_at],
                    )


def _shorten_policy(seeds: Path) -> None:
    """Two paths of three milestones and of two, and an experiment with equal arms."""
    _keep(
        seeds / "critical_path.csv",
        lambda row: row["milestone_key"] in MILESTONES[row["path_key"]],
    )
    _keep(
        seeds / "message_templates.csv",
        lambda row: row["milestone_key"] in ("", *_EVENTS),
    )
    (seeds / "experiment_epochs.csv").write_text(
        "experiment_key,epoch,starts_at,treatment_share\n"
        f"ttfv_nudge,1,{EXPERIMENT_STARTS_AT:%Y-%m-%d %H:%M:%S},{TREATMENT_SHARE}\n",
        encoding="utf-8",
    )


def _keep(seed: Path, is_kept: Callable[[Mapping[str, str]], bool]) -> None:
    with seed.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if is_kept(row)]
    with seed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _build_reports(story: Told) -> None:
    """The models of the night with their tests, with what the tick's dbt knows of the project."""
    from dbt.cli.main import dbtRunner

    target = story.warehouse.parent / "dbt" / "duckdb"
    try:
        built = dbtRunner().invoke(
            [
                *("build", "--select", "tag:report", "resource_type:snapshot"),
                *("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"),
                *("--project-dir", str(story.project), "--profiles-dir", str(story.project)),
                *("--target", "duckdb", "--target-path", str(target)),
                *("--log-path", str(target / "logs"), "--quiet", "--log-level-file", "error"),
            ]
        )
    finally:
        _close_warehouse()
    assert built.success, built.exception or [
        f"{result.node.name}: {result.message}"
        for result in built.result
        if str(result.status) in ("error", "fail")
    ]
    # `mf` looks for it nowhere else.
    (story.project / "target").mkdir()
    shutil.copy(target / "semantic_manifest.json", story.project / "target")


def _close_warehouse() -> None:
    """Give the file back: dbt-duckdb would keep it open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    # The adapter annotates this method in part only.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
