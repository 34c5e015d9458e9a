"""The stories, each told once: raw rows, what a tick builds of them at the instant, and the reports of the
night after it. Here that of `accounts.csv`; the other one is told in `care`.

Belongs here: how the story is loaded and built. Does not belong here: what the reports should say, which is
written by hand in the other CSV files.
"""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.kpis.care import story
from tests.oracle.instants import instant_of
from tests.parsed_project import ParsedProject
from tests.properties import ledger_rows
from tests.properties.dbt_project_copy import DbtProjectCopy

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


#: Reports of the night that need no message.
REPORTS = ("rpt_ttfv_weekly", "rpt_activation_30d_weekly")


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> DbtProjectCopy:
    DbtProjectCopy.parsed = parsed_project
    project = DbtProjectCopy(tmp_path_factory.mktemp("kpis"))
    _shorten_policy(project.folder / "seeds")
    _load(project.warehouse)
    ledger_rows.migrate(project)
    as_of = instant_of(AS_OF)
    project.build(as_of=as_of)
    upstream = [f"tag:report,+{report}" for report in REPORTS]
    project.build_at_night(*upstream, as_of=as_of, is_tested=True)
    return project


@pytest.fixture(scope="session")
def told_of_care(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> DbtProjectCopy:
    """The story of `care`, with the reports on CSMs and on messages."""
    DbtProjectCopy.parsed = parsed_project
    return story.tell(tmp_path_factory.mktemp("care"))


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
