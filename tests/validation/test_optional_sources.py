"""Optional tables and columns: what their absence switches off, and what they may not lack."""

from __future__ import annotations

import pytest

from tests.validation.house import House

OPTIONAL_TABLES = """
create schema integrations;
create schema feedback;
create schema loader;
create table segment.groups (user_id varchar, group_id varchar, "timestamp" timestamp, received_at timestamp);
create table crm.account_aliases (external_id varchar, account_id varchar, source_name varchar);
create table crm.account_holds (account_id varchar, held_from timestamp);
create table crm.account_touches (kind varchar, occurred_at timestamp, account_id varchar);
create table integrations.sync_runs (account_id varchar, status varchar, finished_at timestamp);
create table feedback.message_events (event_type varchar, occurred_at timestamp, contact_id varchar);
create table loader.heartbeats (source_name varchar, synced_through timestamp);
"""


def test_optional_tables_that_have_what_they_are_for_pass(house: House) -> None:
    house.sql(OPTIONAL_TABLES)

    assert house.run("validate").exit_code == 0


@pytest.mark.parametrize(
    ("table", "column", "found", "told"),
    [
        ("segment.groups", "user_id", "user_ident", "user_id (columns that look alike: user_ident"),
        ("segment.groups", "group_id", "group_key", "group_id (columns that look alike: group_key"),
        ("segment.groups", "timestamp", "time_stamp", "timestamp (columns that look alike: time_stamp"),
        ("crm.account_aliases", "external_id", "external", "external_id (columns that look alike: external"),
        ("crm.account_aliases", "account_id", "account", "account_id (columns that look alike: account"),
        ("crm.account_holds", "account_id", "AccountID", "account_id (columns that look alike: AccountID"),
        ("crm.account_holds", "account_id", "account", "account_id (columns that look alike: account"),
        ("crm.account_holds", "held_from", "hold_from", "held_from (columns that look alike: hold_from"),
        (
            "crm.account_holds",
            "held_from",
            "begins",
            "held_from (none looks alike; its columns: account_id, begins)",
        ),
        ("crm.account_touches", "kind", "kinds", "kind (columns that look alike: kinds"),
        ("crm.account_touches", "occurred_at", "occured", "occurred_at (columns that look alike: occured"),
        (
            "crm.account_touches",
            "account_id",
            "accounts",
            "account_id or nudge_id (columns that look alike: accounts",
        ),
        ("crm.account_touches", "account_id", "nudge_id", None),
        ("integrations.sync_runs", "account_id", "acct", "account_id ("),
        ("integrations.sync_runs", "status", "state", "status (columns that look alike: state"),
        ("integrations.sync_runs", "finished_at", "ended", "finished_at ("),
        ("feedback.message_events", "event_type", "type", "event_type (columns that look alike: type"),
        ("feedback.message_events", "occurred_at", "happened_at", "occurred_at ("),
        (
            "feedback.message_events",
            "contact_id",
            "person",
            "contact_id or nudge_id or provider_message_id (",
        ),
        ("feedback.message_events", "contact_id", "provider_message_id", None),
        ("loader.heartbeats", "source_name", "source", "source_name (columns that look alike: source"),
        ("loader.heartbeats", "synced_through", "synced", "synced_through (columns that look alike: synced"),
    ],
)
def test_an_optional_table_that_lacks_what_it_is_for_is_refused_and_what_looks_alike_is_named(
    house: House, table: str, column: str, found: str, told: str | None
) -> None:
    house.sql(OPTIONAL_TABLES)
    house.sql(f'alter table {table} rename column "{column}" to "{found}"')
    before = house.fingerprint()

    result = house.run("validate")

    if told is None:
        assert result.exit_code == 0, result.output
        return
    assert result.exit_code == 2, result.output
    line = next(line for line in result.stderr.splitlines() if f"the table {table} has no column" in line)
    assert told in line
    schema = table.split(".")[0]
    assert f"rename it in a view and name the view's schema as {schema}_schema" in line
    assert house.fingerprint() == before


@pytest.mark.parametrize(
    "told",
    [
        "crm.account_holds.held_until absent: every hold is open-ended",
        "crm.account_aliases.updated_at absent: of two aliases",
        "crm.account_touches.until_at absent: a snooze or a ticket holds nudges back for the usual cool-down",
        "integrations.sync_runs.integration absent: all runs of an account count as those of one integration",
        "feedback.message_events.nudge_id absent: opens and clicks are not counted per nudge",
        "loader.heartbeats.loaded_at absent: of a source's heartbeats the one that is furthest ahead counts",
    ],
)
def test_other_columns_that_optional_tables_lack_are_told_with_what_they_switch_off(
    house: House, told: str
) -> None:
    house.sql(OPTIONAL_TABLES)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert told in result.stdout


def test_what_absent_tables_and_columns_switch_off_is_told_in_words(house: House) -> None:
    result = house.run("validate")

    assert "crm.account_holds absent: no holds" in result.stdout
    assert (
        "feedback.message_events absent: opens, clicks, bounces and complaints are not known" in result.stdout
    )
    assert "crm.accounts.churned_at absent: churned accounts are nudged like customers" in result.stdout
    assert "crm.contacts.email_consent absent: no consent is known, so no email leaves" in result.stdout
