"""The generated world is believable, complete and repeatable."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.demo.generator import SEEDS_DIR, generate
from dagster_project.errors import Refused
from tests.demo.conftest import NOW

PRESENT = NOW.replace(tzinfo=None)
EVENT_TABLES = {
    "segment.tracks": ("id", "coalesce(event_text, event)", "uuid_ts", "received_at"),
    "amplitude.events": ("insert_id", "event_type", "loaded_at", "server_upload_time"),
    "mixpanel.events": ("insert_id", "event", "loaded_at", "make_timestamp(mp_processing_time_ms * 1000)"),
}
RAW_TABLES = (
    *EVENT_TABLES,
    "segment.groups",
    "crm.accounts",
    "crm.account_aliases",
    "crm.contacts",
    "crm.account_holds",
    "crm.account_touches",
    "integrations.sync_runs",
    "feedback.message_events",
    "loader.heartbeats",
)


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def milestone_names() -> set[str]:
    with (SEEDS_DIR / "critical_path.csv").open(encoding="utf-8") as lines:
        return {name for row in csv.DictReader(lines) for name in row["event_name"].split("|")}


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in stored order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by 1"
        ).fetchall()
        return {table: connection.execute(f"select * from {table}").fetchall() for (table,) in tables}


def test_every_table_of_the_raw_contract_has_rows(reading: duckdb.DuckDBPyConnection) -> None:
    assert {
        table: one(reading, f"select count(*) > 0 from {table}") for table in RAW_TABLES
    } == dict.fromkeys(RAW_TABLES, True)


def test_the_crm_has_as_many_accounts_as_were_asked_for(reading: duckdb.DuckDBPyConnection) -> None:
    assert one(reading, "select count(*) from crm.accounts") == 400
    assert one(reading, "select count(distinct account_id) from crm.accounts") == 400
    assert one(reading, "select count(distinct account_name) from crm.accounts") == 400


def test_the_same_seed_and_present_give_the_same_rows_in_the_same_order(tmp_path: Path, world: Path) -> None:
    again = tmp_path / "again.duckdb"
    generate(again, now=NOW)
    assert contents(again) == contents(world)


def test_another_seed_gives_another_world(tmp_path: Path, world: Path) -> None:
    other = tmp_path / "other.duckdb"
    generate(other, now=NOW, seed=21)
    assert contents(other)["crm.contacts"] != contents(world)["crm.contacts"]


@pytest.mark.parametrize("table", EVENT_TABLES)
def test_events_are_stored_in_the_order_of_their_loading(
    reading: duckdb.DuckDBPyConnection, table: str
) -> None:
    _, _, loaded_at, received_at = EVENT_TABLES[table]
    for column in (loaded_at, received_at):
        falls = f"select {column} < lag({column}) over (order by rowid) as is_falling from {table}"
        assert one(reading, f"select count(*) from ({falls}) where is_falling") == 0


@pytest.mark.parametrize("table", EVENT_TABLES)
def test_nothing_was_loaded_before_it_was_received_or_after_the_present(
    reading: duckdb.DuckDBPyConnection, table: str
) -> None:
    _, _, loaded_at, received_at = EVENT_TABLES[table]
    assert one(reading, f"select count(*) from {table} where {loaded_at} < {received_at}") == 0
    assert one(reading, f"select max({loaded_at}) from {table}") <= PRESENT


@pytest.mark.parametrize("table", EVENT_TABLES)
def test_each_event_product_is_fresh_and_tells_of_milestones_among_much_else(
    reading: duckdb.DuckDBPyConnection, table: str
) -> None:
    _, name, loaded_at, _ = EVENT_TABLES[table]
    newest = one(reading, f"select max({loaded_at}) from {table}")
    assert isinstance(newest, datetime) and newest > PRESENT - timedelta(hours=2)
    milestones = ", ".join(f"'{spelling}'" for spelling in milestone_names())
    share = one(reading, f"select avg(({name} in ({milestones}))::integer) from {table}")
    assert isinstance(share, float) and 0.02 < share < 0.35


def test_heartbeats_say_that_everything_is_loaded_up_to_the_present(
    reading: duckdb.DuckDBPyConnection,
) -> None:
    assert reading.execute("select distinct synced_through, loaded_at from loader.heartbeats").fetchall() == [
        (PRESENT, PRESENT)
    ]


def test_columns_have_the_types_that_loaders_give_them(reading: duckdb.DuckDBPyConnection) -> None:
    types = dict(
        reading.execute(
            "select table_schema || '.' || table_name || '.' || column_name, data_type "
            "from information_schema.columns"
        ).fetchall()
    )
    assert types["segment.tracks.timestamp"] == "TIMESTAMP"
    assert types["amplitude.events.event_time"] == "TIMESTAMP"
    assert types["mixpanel.events.time"] == "TIMESTAMP"
    assert types["mixpanel.events.mp_processing_time_ms"] == "BIGINT"
    assert types["crm.contacts.email_consent"] == "BOOLEAN"


def test_nobody_is_reachable_outside_reserved_domains(reading: duckdb.DuckDBPyConnection) -> None:
    assert one(reading, "select count(*) from crm.contacts where email not like '%.example'") == 0
    assert one(reading, "select count(*) from crm.accounts where csm_email not like '%.example'") == 0
    assert one(reading, "select count(*) from crm.contacts where contact_id like '%@%'") == 0


def test_one_row_in_a_hundred_was_sent_again(reading: duckdb.DuckDBPyConnection) -> None:
    for table, (event_id, *_) in EVENT_TABLES.items():
        again = one(reading, f"select 1 - count(distinct {event_id}) / count(*) from {table}")
        assert isinstance(again, float) and 0.003 < again < 0.02, table


def test_failing_integrations_say_why_and_where_the_log_is(reading: duckdb.DuckDBPyConnection) -> None:
    failed = reading.execute(
        "select count(*), count(error_code), count(error_message), count(log_url) "
        "from integrations.sync_runs where status = 'failed'"
    ).fetchone()
    assert failed is not None and failed[0] > 100 and len(set(failed)) == 1


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 15, 3, 30, tzinfo=UTC),
        datetime(2026, 3, 16, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 20, 23, 59, tzinfo=UTC),
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    ],
    ids=["sunday night", "monday midnight", "friday evening", "leap day"],
)
def test_reachable_treated_accounts_are_slipped_at_any_hour_of_any_day(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "warehouse.duckdb"
    generate(path, now=now, accounts=200)
    with duckdb.connect(str(path), read_only=True) as connection:
        stuck = "select count(*) from planted.showcase where story = 'stuck' and arm = 'treatment'"
        assert one(connection, stuck) == 2 or one(connection, stuck) == 3


def test_a_wanted_number_of_events_is_met(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    generate(path, now=NOW, accounts=50, events=60_000)
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = sum(int(str(one(connection, f"select count(*) from {table}"))) for table in EVENT_TABLES)
    assert rows == pytest.approx(60_000, rel=0.03)


def test_progress_tells_stages_and_ends_at_the_whole(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    generate(
        tmp_path / "w.duckdb",
        now=NOW,
        accounts=20,
        days=10,
        progress=lambda what, share: told.append((what, share)),
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1


def test_every_long_stage_of_the_generation_moves_within_itself(tmp_path: Path) -> None:
    shares: dict[str, set[float]] = {}
    generate(
        tmp_path / "w.duckdb",
        now=NOW,
        accounts=20,
        days=10,
        progress=lambda what, share: shares.setdefault(what, set()).add(share),
    )
    assert len(shares["Drawing journeys"]) >= 5
    assert len(shares["Writing customers"]) >= 8


def test_an_edited_path_is_followed(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for file in SEEDS_DIR.glob("*.csv"):
        (seeds / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (seeds / "critical_path.csv").write_text(
        "path_key,milestone_order,milestone_key,milestone_name,event_name,expected_hours,slip_hours,how_to_url,clock,"
        "recipient_role\n"
        "default,10,site_added,Site added,Site Added,2,6,https://help.example.com/a,,\n"
        "default,20,form_built,Form built,Form Built,10,20.5,https://help.example.com/b,,\n",
        encoding="utf-8",
    )
    path = tmp_path / "w.duckdb"
    generate(path, now=NOW, accounts=100, seeds_dir=seeds)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert one(connection, "select count(*) > 50 from segment.tracks where event = 'Site Added'")
        assert one(connection, "select count(*) > 20 from amplitude.events where event_type = 'Form Built'")


def test_a_missing_seed_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"critical_path\.csv is missing"):
        generate(tmp_path / "home" / "w.duckdb", now=NOW, seeds_dir=tmp_path)
    assert not (tmp_path / "home").exists()
