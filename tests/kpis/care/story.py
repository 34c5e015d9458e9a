"""The story of the CSV files beside this module, told to a warehouse.

Belongs here: raw rows, the ledger, the nights of the snapshot and the build of the reports. Does not belong
here: what the reports should say.
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from tests.oracle.generator.load import load
from tests.oracle.instants import at
from tests.oracle.raw import Row
from tests.properties import ledger_rows
from tests.properties.dbt_project_copy import DbtProjectCopy

HERE = Path(__file__).parent

#: A Wednesday noon: the week of 16 February is over, and that of 9 February for more than seven days.
AS_OF = "2026-02-25 12:00"

#: What the night of 18 February sees for the first time.
HANDED_OVER_AT = "2026-02-18 03:00"

REPORTS = ("rpt_csm_efficiency_weekly", "rpt_negative_sentiment_weekly")

_REPORTED = (
    "int_first_message_dated",
    "int_escalations_sent",
    "int_stalls_escalated",
    "int_account_owners_dated",
    *REPORTS,
)
_EVENTS = {"workspace_created": "Workspace Created", "report_generated": "Report Generated"}
_SNAPSHOT = "onboarding_snapshots.snp_crm_accounts"


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the story."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tell(folder: Path) -> DbtProjectCopy:
    """A warehouse at `AS_OF` with the reports of its night."""
    project = DbtProjectCopy(folder)
    epoch = {"experiment_key": "ttfv_nudge", "epoch": "1", "starts_at": "2000-01-01 00:00:00"}
    project.write_seeds({**project.seeds, "experiment_epochs": [{**epoch, "treatment_share": "0.5"}]})
    accounts = rows_of("accounts")
    history = {
        "segment.tracks": [event for row in accounts for event in _events_of(row)],
        "crm.accounts": [_account(row, row["csm_email_until_18_february"]) for row in accounts],
        "feedback.message_events": [_feedback(row, place) for place, row in enumerate(rows_of("feedback"))],
    }
    load(project.warehouse, history)
    ledger_rows.migrate(project)
    _enter_messages(project)
    project.build(as_of=at(AS_OF), is_live=True)

    # One night takes the owners of before, the next those of today; then the nights are given their dates.
    project.build_at_night("snp_crm_accounts", as_of=at(AS_OF), is_live=True)
    _date_first_versions(project, accounts)
    load(project.warehouse, {"crm.accounts": [_account(row) for row in accounts]})
    project.build_at_night("snp_crm_accounts", "int_accounts_resolved", as_of=at(AS_OF), is_live=True)
    _date_second_versions(project)
    project.build_at_night(*_REPORTED, as_of=at(AS_OF), is_live=True)
    return project


def _account(row: dict[str, str], csm_email: str = "") -> Row:
    signed_up_at = at(row["signed_up_at"])
    return {
        "account_id": row["account_id"],
        "account_name": row["account_id"].title(),
        "signed_up_at": signed_up_at,
        "csm_email": csm_email or row["csm_email"],
        "is_internal": row["is_internal"] == "yes",
        "churned_at": at(row["churned_at"]) if row["churned_at"] else None,
        "updated_at": signed_up_at,
    }


def _events_of(row: dict[str, str]) -> list[Row]:
    return [
        {
            "id": f"{row['account_id']} {milestone}",
            "event": event,
            "user_id": f"u-{row['account_id']}",
            "context_group_id": row["account_id"],
            "timestamp": at(row[milestone]),
            "received_at": at(row[milestone]),
            "uuid_ts": at(row[milestone]),
        }
        for milestone, event in _EVENTS.items()
        if row[milestone]
    ]


def _feedback(row: dict[str, str], place: int) -> Row:
    return {
        "event_id": str(place),
        "nudge_id": row["nudge_id"] or None,
        "provider_message_id": row["provider_message_id"] or None,
        "event_type": row["event_type"],
        "occurred_at": at(row["occurred_at"]),
        "loaded_at": at(row["loaded_at"]),
    }


def _enter_messages(project: DbtProjectCopy) -> None:
    with duckdb.connect(str(project.warehouse)) as connection:
        for row in rows_of("messages"):
            for place, kind in enumerate(("claimed", "attempting", *row["kinds"].split())):
                connection.execute(
                    "insert into nudges.nudge_events (entry_id, ledger_id, namespace, nudge_id, "
                    "delivery_id, action, kind, attempt, fence, seq, tick_id, recorded_at, account_id, "
                    "cycle, milestone_key, tier, channel, destination, template_key, provider_ref) "
                    "select $1 || '-' || $2, ledger_id, $3, $1, $1, 'deliver', $4, 1, 0, $2, 'earlier', $5, "
                    "$6, 1, $7, $8, $9, 'outbox', $10, $11 from nudges.ledger_meta",
                    [
                        row["nudge_id"],
                        place,
                        row["namespace"],
                        kind,
                        datetime.fromisoformat(row["attempted_at"]),
                        row["account_id"],
                        row["milestone_key"],
                        int(row["tier"]),
                        row["channel"],
                        row["template_key"],
                        (row["provider_ref"] or None) if kind == "sent" else None,
                    ],
                )


def _date_first_versions(project: DbtProjectCopy, accounts: list[dict[str, str]]) -> None:
    with duckdb.connect(str(project.warehouse)) as connection:
        for row in accounts:
            if not row["first_seen_on"]:
                connection.execute(f"delete from {_SNAPSHOT} where account_id = ?", [row["account_id"]])
                continue
            seen_at = datetime.fromisoformat(row["first_seen_on"]) + timedelta(hours=3)
            connection.execute(
                f"update {_SNAPSHOT} set dbt_valid_from = $1, dbt_updated_at = $1 where account_id = $2",
                [seen_at, row["account_id"]],
            )


def _date_second_versions(project: DbtProjectCopy) -> None:
    """What the second night added; whom no night had seen by `AS_OF` is not in the snapshot."""
    unseen = [row["account_id"] for row in rows_of("accounts") if not row["first_seen_on"]]
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(f"delete from {_SNAPSHOT} where account_id in (select unnest(?))", [unseen])
        handed_over_at = datetime.fromisoformat(HANDED_OVER_AT)
        connection.execute(
            f"update {_SNAPSHOT} set dbt_valid_to = ? where dbt_valid_to is not null", [handed_over_at]
        )
        connection.execute(
            f"update {_SNAPSHOT} set dbt_valid_from = $1, dbt_updated_at = $1 where dbt_valid_to is null "
            f"and account_id in (select account_id from {_SNAPSHOT} where dbt_valid_to is not null)",
            [handed_over_at],
        )
