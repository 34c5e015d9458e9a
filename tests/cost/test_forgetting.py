"""`forget`: a person goes from everything that the pipeline keeps, and the counts stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import WarehouseBusy
from dagster_project.forgetting import Forgotten, forget
from dagster_project.marts_copy import copy_marts
from dagster_project.settings import OWN_SCHEMAS, Settings
from nudge_senders.clock import system_clock
from nudge_senders.ledger import open_ledger

#: Ada is contact c1 and, at another account, c2; Bob is somebody else.
ADA_IS = ("ada@acme.example", "Ada Lovelace", "user_ada", "user_ada2", "c1", "c2")
WORLD = """
create schema crm; create schema onboarding; create schema onboarding_staging;
create schema onboarding_intermediate; create schema onboarding_snapshots;
create table crm.contacts as select * from (values
    ('c1', 'acme', 'Ada@Acme.example ', 'user_ada', 'Ada Lovelace'),
    ('c2', 'globex', 'ada@acme.example', 'user_ada2', 'Ada Lovelace'),
    ('c3', 'acme', 'bob@acme.example', 'user_bob', 'Bob'))
    as rows (contact_id, account_id, email, user_id, full_name);
create view onboarding_staging.stg_crm__contacts as from crm.contacts;
create table onboarding_snapshots.snp_crm_contacts as
    select *, md5(contact_id) as dbt_scd_id, null::timestamp as dbt_valid_to from crm.contacts;
create table onboarding_intermediate.int_users_active_daily as select * from (values
    ('segment', 'acme', 'user_ada', 3), ('segment', 'globex', 'user_ada2', 4),
    ('segment', 'acme', 'user_bob', 5))
    as rows (source_name, group_hint, user_id, event_rows);
create table onboarding_intermediate.int_events_kept as select * from (values
    ('', 'user_ada', 'Workspace Created'), ('', 'user_bob', 'Workspace Created'))
    as rows (group_hint, user_id, event_name);
create table onboarding_intermediate.int_identities_resolved as select * from (values
    ('', 'user_ada', 'acme'), ('', 'user_bob', 'acme')) as rows (group_hint, user_id, account_id);
create table onboarding.sync_nudge_queue as
    select 'n1' as nudge_id, 'c1' as contact_id, 'Ada Lovelace' as contact_name,
        'ada@acme.example' as contact_email, 'user_ada' as contact_user_id;
insert into nudges.nudge_events
    (entry_id, namespace, nudge_id, action, kind, contact_id, recipient_hash) values
    ('e1', 'dev/shadow', 'n1', 'deliver', 'claimed', 'c1', 'ha'),
    ('e2', 'dev/shadow', 'n1', 'deliver', 'sent', 'c1', 'ha'),
    ('e3', 'dev/shadow', 'n3', 'deliver', 'sent', 'c3', 'hb');
"""
COUNTS = """
select (select sum(event_rows) from onboarding_intermediate.int_users_active_daily),
    (select count(distinct user_id) from onboarding_intermediate.int_users_active_daily),
    (select count(*) from onboarding_intermediate.int_events_kept inner join
        onboarding_intermediate.int_identities_resolved using (group_hint, user_id)),
    (select list(kind order by entry_id) from nudges.nudge_events),
    (select count(distinct contact_id) from nudges.nudge_events),
    (select count(distinct recipient_hash) from nudges.nudge_events)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "warehouse.duckdb"
    open_ledger(path, clock=system_clock).migrate()
    with duckdb.connect(str(path)) as connection:
        connection.execute(WORLD)
    settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)})
    outbox = settings.outbox / "dev" / "shadow"
    outbox.mkdir(parents=True)
    (outbox / "n1.txt").write_text("nudge: n1\nto: Ada Lovelace\nHello Ada", encoding="utf-8")
    (outbox / "n3.txt").write_text(
        "nudge: n3\nto: Bob\nAda Lovelace (ada@acme.example) complained", encoding="utf-8"
    )
    (outbox / "deliveries.jsonl").write_text('{"nudge_ids": ["n1"]}\n', encoding="utf-8")
    copy_marts(settings, system_clock())
    return settings


@pytest.mark.parametrize("named", ["c1", "c2", "ada@acme.example", " ADA@acme.example"])
def test_nothing_that_is_kept_says_who_it_was(settings: Settings, named: str) -> None:
    assert set(_words(settings)) >= set(ADA_IS)
    forget(settings, named)
    assert [word for word in ADA_IS if word in set(_words(settings))] == []


def test_counts_joins_and_the_ledger_stay_as_they_were(settings: Settings) -> None:
    before = _ask(settings, COUNTS)
    forget(settings, "c1")
    assert _ask(settings, COUNTS) == before


def test_nobody_else_is_touched(settings: Settings) -> None:
    forget(settings, "c1")
    assert _ask(
        settings, "select full_name, email from onboarding_snapshots.snp_crm_contacts where contact_id = 'c3'"
    ) == [("Bob", "bob@acme.example")]
    text = (settings.outbox / "dev" / "shadow" / "n3.txt").read_text(encoding="utf-8")
    assert text == "nudge: n3\nto: Bob\n[forgotten] ([forgotten]) complained"
    assert (settings.outbox / "dev" / "shadow" / "deliveries.jsonl").read_text(encoding="utf-8") == (
        '{"nudge_ids": ["n1"]}\n'
    )


def test_it_says_what_it_did_and_what_is_the_customers_to_delete(settings: Settings) -> None:
    done = forget(settings, "c1")
    assert _places(done) >= {
        "nudges.nudge_events",
        "onboarding_snapshots.snp_crm_contacts",
        "outbox dev/shadow",
        "marts.duckdb",
    }
    assert [(rows.table, rows.number) for rows in done.raw] == [("crm.contacts", 2)]
    assert done.raw[0].condition == "contact_id in ('c1', 'c2')"


def test_doing_it_again_changes_nothing(settings: Settings) -> None:
    forget(settings, "c1")
    with duckdb.connect(str(settings.duckdb_path)) as connection:
        connection.execute("delete from crm.contacts where contact_id in ('c1', 'c2')")
    before = sorted(_words(settings))
    again = forget(settings, "c1")
    assert (again.changes, again.raw) == ((), ())
    assert sorted(_words(settings)) == before


def test_the_ledger_alone_still_finds_whom_an_address_belonged_to(settings: Settings) -> None:
    from nudge_senders.identity import load_hash_key, recipient_hash

    hashed = recipient_hash(load_hash_key({}, settings.home), "zoe@acme.example")
    with duckdb.connect(str(settings.duckdb_path)) as connection:
        connection.execute(
            "update nudges.nudge_events set contact_id = 'c9', recipient_hash = ? where entry_id = 'e3'",
            [hashed],
        )
    forget(settings, "zoe@acme.example")
    assert "c9" not in set(_words(settings))


def test_while_a_tick_runs_nobody_is_forgotten(settings: Settings) -> None:
    from datetime import timedelta

    ledger = open_ledger(settings.duckdb_path, clock=system_clock)
    ledger.acquire_lease(
        namespace=settings.namespace, tick_id="t1", tick_at=ledger.now(), time_to_live=timedelta(minutes=5)
    )
    before = sorted(_words(settings))
    with pytest.raises(WarehouseBusy):
        forget(settings, "c1")
    assert sorted(_words(settings)) == before


def _places(done: Forgotten) -> set[str]:
    return {change.place for change in done.changes}


def _ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.duckdb_path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _words(settings: Settings) -> Iterator[str]:
    """Every text of our tables (but the lease's, which says who forgets), of the copy and of the outbox."""
    for path in (settings.duckdb_path, settings.marts_copy):
        with duckdb.connect(str(path), read_only=True) as connection:
            columns = connection.execute(
                "select table_schema, table_name, column_name from information_schema.columns "
                "inner join information_schema.tables using (table_catalog, table_schema, table_name) "
                "where data_type = 'VARCHAR' and table_type = 'BASE TABLE' and table_schema in ? "
                "and table_name <> 'nudge_lease'",
                [list(OWN_SCHEMAS)],
            ).fetchall()
            for schema, table, column in columns:
                rows = connection.execute(f'select "{column}" from {schema}."{table}"').fetchall()
                for (text,) in rows:
                    yield from (text, text.strip().lower()) if text else ()
    for path in settings.outbox.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            yield from (word for word in ADA_IS[:2] if word in text)
