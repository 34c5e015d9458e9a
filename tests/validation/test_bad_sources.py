"""Raw tables that are missing, renamed or empty, addresses as ids, what absent optional ones switch off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.validation.house import House


@dataclass(frozen=True)
class Bad:
    """A mutation of the warehouse or of the project's variables, and what the message has to say."""

    name: str
    spoil: Callable[[House], None]
    place: str
    key: str
    remedy: str


def sql(statements: str) -> Callable[[House], None]:
    return lambda house: house.sql(statements)


def variables(old: str, new: str) -> Callable[[House], None]:
    return lambda house: house.replace_in_project(old, new)


def both(*spoils: Callable[[House], None]) -> Callable[[House], None]:
    def spoil(house: House) -> None:
        for one in spoils:
            one(house)

    return spoil


WAREHOUSE, PROJECT = "warehouse.duckdb: ", "dbt_project.yml:"
AMPLITUDE = """
create schema amplitude;
create table amplitude.events (
    event_type varchar, event_time timestamp, loaded_at timestamp, user_id varchar
);
"""

CASES = [
    Bad(
        "no event source",
        sql("drop table segment.tracks"),
        WAREHOUSE,
        "there is no event source",
        "segment_schema",
    ),
    Bad(
        "no CRM accounts", sql("drop table crm.accounts"), WAREHOUSE, "crm.accounts is missing", "crm_schema"
    ),
    Bad(
        "events in another schema",
        both(
            sql("create schema raw; create table raw.tracks as from segment.tracks"),
            variables("segment_schema: segment", "segment_schema: prod"),
            variables("event_sources: []", "event_sources: [segment]"),
        ),
        WAREHOUSE,
        "prod.tracks is missing (a table tracks exists in raw, segment)",
        "segment_schema",
    ),
    *[
        Bad(
            f"tracks without {column}",
            sql(f'alter table segment.tracks drop column "{column}"'),
            WAREHOUSE,
            f"the required column {column} of segment.tracks is missing",
            "add it, best in a view",
        )
        for column in ("event", "timestamp")
    ],
    Bad(
        "tracks without a time of loading",
        sql(
            "alter table segment.tracks drop column received_at;"
            "alter table segment.tracks drop column uuid_ts"
        ),
        WAREHOUSE,
        "received_at or uuid_ts",
        "best in a view",
    ),
    Bad(
        "tracks without a user and a group",
        sql(
            "alter table segment.tracks drop column user_id;"
            "alter table segment.tracks drop column context_group_id"
        ),
        WAREHOUSE,
        "user_id or context_group_id",
        "best in a view",
    ),
    Bad(
        "a renamed column",
        sql("alter table crm.accounts rename column account_id to accountid"),
        WAREHOUSE,
        "account_id of crm.accounts is missing",
        "did you mean accountid? Rename it in a view",
    ),
    Bad(
        "an empty event source",
        sql("delete from segment.tracks"),
        WAREHOUSE,
        "event source segment is empty",
        "check its loader",
    ),
    Bad(
        "an empty event source that was asked for",
        both(sql(AMPLITUDE), variables("event_sources: []", "event_sources: [segment, amplitude]")),
        WAREHOUSE,
        "event source amplitude is empty",
        "event_sources",
    ),
    Bad(
        "an event source without its table",
        variables("event_sources: []", "event_sources: [mixpanel]"),
        WAREHOUSE,
        "mixpanel.events is missing",
        "mixpanel_schema",
    ),
    Bad(
        "an unknown event source",
        variables("event_sources: []", "event_sources: [segmnt]"),
        PROJECT,
        "event source 'segmnt'",
        "did you mean segment?",
    ),
    Bad(
        "an event source twice",
        variables("event_sources: []", "event_sources: [segment, segment]"),
        PROJECT,
        "twice",
        "name it once",
    ),
    Bad(
        "event sources that are no list",
        variables("event_sources: []", "event_sources: segment"),
        PROJECT,
        "event_sources is not a list",
        "[segment]",
    ),
    Bad(
        "a misspelt variable",
        variables("segment_schema:", "segement_schema:"),
        PROJECT,
        "segement_schema",
        "did you mean segment_schema?",
    ),
    Bad(
        "variables that are no yaml",
        variables("  crm_schema: crm", "\tcrm_schema: crm"),
        PROJECT,
        "not valid yaml",
        "mend the indentation",
    ),
    Bad(
        "a yaml bomb",
        variables("  crm_schema: crm", "  a: &a [1, 2]\n  b: [*a, *a]\n  crm_schema: crm"),
        "dbt_project.yml: ",
        "anchors",
        "write the values out",
    ),
    Bad(
        "addresses as contact ids",
        sql("update crm.contacts set contact_id = 'ada@acme.example'"),
        WAREHOUSE,
        "1 contact has an email address as contact_id in crm.contacts",
        "use the CRM's own id",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_a_bad_source_is_refused_with_a_remedy_and_nothing_is_touched(house: House, bad: Bad) -> None:
    bad.spoil(house)
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    matching = [line for line in result.stderr.splitlines() if bad.place in line and bad.key in line]
    assert any(bad.remedy in line for line in matching), result.output
    assert "Traceback" not in result.output
    assert house.fingerprint() == before


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
    assert house.run("validate").exit_code == 0
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


@pytest.mark.parametrize(
    ("statements", "found", "remedy"),
    [
        (
            "create schema prod_events; create table prod_events.tracks as from segment.tracks;",
            "(found prod_events.tracks for segment)",
            "write segment_schema: prod_events in ",
        ),
        (
            "create schema product; create table product.usage as from segment.tracks;",
            "(found product.usage for segment)",
            "make a view called tracks of product.usage, and name the view's schema as segment_schema in ",
        ),
        (
            AMPLITUDE.replace("amplitude", "raw"),
            "(found raw.events for amplitude",
            "write amplitude_schema: raw in ",
        ),
        (
            "create schema raw; create table raw.tracks (event varchar, user_id varchar, sent_at timestamp);",
            "(found raw.tracks for segment but without timestamp and received_at or uuid_ts)",
            "give the table those columns in a view, and name the view's schema as segment_schema in ",
        ),
        ("", "none of segment.tracks, amplitude.events, mixpanel.events exists; ", "load one, or name its"),
    ],
    ids=["another schema", "another name", "another source", "fewer columns", "nothing alike"],
)
def test_without_an_event_source_the_tables_that_may_be_one_are_named(
    house: House, statements: str, found: str, remedy: str
) -> None:
    house.sql(statements + "drop table segment.tracks")
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    line = next(line for line in result.stderr.splitlines() if "there is no event source" in line)
    assert found in line
    assert remedy in line
    assert house.fingerprint() == before


def test_no_address_is_ever_printed(house: House) -> None:
    house.sql("update crm.contacts set contact_id = 'ada@acme.example'")

    assert "ada@" not in house.run("validate").output


def test_one_empty_source_beside_a_full_one_is_a_warning(house: House) -> None:
    house.sql(AMPLITUDE)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "warning: the event source amplitude is empty" in result.stdout


def test_unknown_time_zones_in_the_crm_are_counted_warnings(house: House) -> None:
    house.sql("insert into crm.accounts select 'a' || range, 'A', now(), 'Mars/Base' from range(3)")

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "3 rows of crm.accounts have a time zone that is not known ('Mars/Base')" in result.stdout
    assert "treated as UTC" in result.stdout


def test_an_event_that_never_occurs_is_named_with_the_closest_that_do(house: House) -> None:
    house.replace("critical_path", "Data Uploaded|data_uploaded", "Data Uploadd", count=2)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert (
        f"{house.seed('critical_path')}:5: warning: event 'Data Uploadd' of first_data_uploaded"
        in result.stdout
    )
    assert "the closest that do occur: Data Uploaded" in result.stdout


def test_what_absent_tables_and_columns_switch_off_is_told_in_words(house: House) -> None:
    result = house.run("validate")

    assert "crm.account_holds absent: no holds" in result.stdout
    assert (
        "feedback.message_events absent: opens, clicks, bounces and complaints are not known" in result.stdout
    )
    assert "crm.accounts.churned_at absent: churned accounts are nudged like customers" in result.stdout
    assert "crm.contacts.email_consent absent: no consent is known, so no email leaves" in result.stdout


def test_tables_are_read_where_the_variables_say(house: House) -> None:
    house.sql(
        "create schema prod_events; create table prod_events.tracks as from segment.tracks;"
        "drop table segment.tracks"
    )
    house.replace_in_project("segment_schema: segment", "segment_schema: prod_events")

    assert house.run("validate").exit_code == 0


def test_two_raw_tables_are_enough(house: House) -> None:
    house.sql("drop schema nudges cascade; drop schema onboarding_seeds cascade; drop table crm.contacts")
    house.sql("create table crm.slim as select account_id from crm.accounts; drop table crm.accounts")
    house.sql("alter table crm.slim rename to accounts")

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "crm.contacts absent: tiers 1 and 2 find nobody to write to" in result.stdout
