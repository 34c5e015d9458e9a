"""Events that cannot be found to belong to an account: refused when none can, told when most do not."""

from __future__ import annotations

import pytest

from tests.validation.house import House

NO_HINT = "alter table segment.tracks drop column context_group_id;"
GROUPS = 'create table segment.groups (user_id varchar, group_id varchar, "timestamp" timestamp);'
GROUP_CALL = "insert into segment.groups values ('u1', 'acme', timestamp '2026-01-01 07:30:00');"
NO_CONTACTS = "drop table crm.contacts;"
AMPLITUDE = """
create schema amplitude;
create table amplitude.events (
    event_type varchar, event_time timestamp, loaded_at timestamp, user_id varchar, groups varchar
);
insert into amplitude.events
select event, "timestamp", uuid_ts, user_id, '{"company_id": ["acme"]}' from segment.tracks;
drop table segment.tracks;
"""
MIXPANEL = """
create schema mixpanel;
create table mixpanel.events (
    event varchar, "time" timestamp, loaded_at timestamp, distinct_id varchar, properties varchar
);
insert into mixpanel.events
select event, "timestamp", uuid_ts, user_id, '{"account_id": "acme"}' from segment.tracks;
drop table segment.tracks;
"""


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (NO_HINT + NO_CONTACTS, "segment.tracks.context_group_id is absent, segment.groups is absent"),
        (NO_HINT + NO_CONTACTS, "segment.groups is absent, crm.contacts is absent"),
        (NO_HINT + GROUPS + NO_CONTACTS, "segment.groups is empty"),
        (NO_HINT + "delete from crm.contacts;", "crm.contacts is empty"),
        (NO_HINT + "alter table crm.contacts drop column user_id;", "crm.contacts.user_id is absent"),
        (NO_HINT + "update crm.contacts set user_id = '';", "crm.contacts.user_id holds no value"),
        (NO_HINT + "update segment.tracks set user_id = null;", "segment.tracks.user_id holds no value"),
        (
            "update segment.tracks set context_group_id = null;" + NO_CONTACTS,
            "segment.tracks.context_group_id holds no value",
        ),
        (
            AMPLITUDE + "alter table amplitude.events drop column groups;" + NO_CONTACTS,
            "amplitude.events.groups is absent, segment.groups is absent, crm.contacts is absent",
        ),
        (
            AMPLITUDE + "update amplitude.events set groups = '{}', user_id = null;",
            "amplitude.events.groups holds no value, amplitude.events.user_id holds no value",
        ),
        (
            MIXPANEL + "alter table mixpanel.events drop column properties;" + NO_CONTACTS,
            "mixpanel.events.properties is absent, segment.groups is absent, crm.contacts is absent",
        ),
    ],
)
def test_a_source_none_of_whose_events_can_find_an_account_is_refused_and_says_what_is_missing(
    house: House, statements: str, told: str
) -> None:
    house.sql(statements)
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    line = next(line for line in result.stderr.splitlines() if "can be attributed to an account" in line)
    assert told in line
    assert "load one of them: the account's id as" in line
    assert "user_id of crm.contacts" in line
    assert house.fingerprint() == before


@pytest.mark.parametrize(
    "statements",
    [
        NO_CONTACTS,
        NO_HINT,
        NO_HINT + NO_CONTACTS + GROUPS + GROUP_CALL,
        AMPLITUDE + NO_CONTACTS,
        AMPLITUDE + "alter table amplitude.events drop column groups;",
        MIXPANEL + NO_CONTACTS,
    ],
    ids=["by group id", "by contact", "by group call", "by groups", "amplitude by contact", "by properties"],
)
def test_one_way_from_an_event_to_an_account_is_enough(house: House, statements: str) -> None:
    house.sql(statements)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "lead to an account" not in result.output


def test_each_enabled_source_is_judged_by_itself(house: House) -> None:
    house.sql(AMPLITUDE.replace("drop table segment.tracks;", ""))
    house.sql("alter table amplitude.events drop column groups;" + NO_CONTACTS)

    told = house.run("validate").stderr

    assert "no event of amplitude can be attributed" in told
    assert "no event of segment" not in told


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ("update crm.accounts set account_id = 'Acme Inc'", "only 0 % of the 5 events of segment"),
        (
            "update segment.tracks set context_group_id = 'ws-7' where event <> 'Data Uploaded'",
            "only 20 % of the 5 events of segment",
        ),
        (NO_HINT + "update crm.contacts set user_id = 'somebody'", "only 0 % of the 5 events of segment"),
        (
            AMPLITUDE + "update amplitude.events set groups = '{\"tenant\": \"acme\"}', user_id = 'x'",
            "only 0 % of the 5 events of amplitude",
        ),
        (
            MIXPANEL + 'update mixpanel.events set properties = \'{"account_id": "ws-7"}\'',
            "only 0 % of the 5 events of mixpanel",
        ),
    ],
    ids=["ids of another kind", "one in five", "users nobody knows", "another key", "workspaces"],
)
def test_a_source_most_of_whose_milestones_lead_to_no_account_is_a_warning_with_the_share(
    house: House, statements: str, told: str
) -> None:
    house.sql(statements)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if "lead to an account of crm.accounts" in line)
    assert "warning: " in line
    assert told in line
    assert "translate the ids in crm.account_aliases" in line


def test_ids_that_the_aliases_translate_are_known(house: House) -> None:
    house.sql(
        "update segment.tracks set context_group_id = 'ws-7';"
        "create table crm.account_aliases (source_name varchar, external_id varchar, account_id varchar);"
        "insert into crm.account_aliases values ('segment', 'ws-7', 'acme')"
    )

    assert "lead to an account" not in house.run("validate").stdout
    house.sql("update crm.account_aliases set source_name = 'mixpanel'")
    assert "lead to an account" in house.run("validate").stdout


def test_events_that_are_no_milestone_do_not_count_towards_the_share(house: House) -> None:
    house.sql(
        "insert into segment.tracks select 'x' || range, 'Page Viewed', null, null, now(), now(), now() "
        "from range(100)"
    )

    assert "lead to an account" not in house.run("validate").stdout


def test_the_share_of_a_large_table_is_that_of_a_sample(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_project.validation.attribution.SAMPLE_ROWS", 50_000)
    house.sql(
        "insert into segment.tracks select 'x' || range, 'Data Uploaded', null, 'ws-7', now(), now(), now() "
        "from range(200000)"
    )

    result = house.run("validate")

    assert "events of segment in a sample that carry a milestone's name" in result.stdout


def test_an_empty_crm_is_refused_like_an_empty_event_source(house: House) -> None:
    house.sql("delete from crm.accounts")
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    assert "a required source table is empty (crm.accounts has no rows); check its loader" in result.stderr
    assert house.fingerprint() == before


def test_event_sources_that_are_all_empty_are_refused(house: House) -> None:
    house.sql(AMPLITUDE.replace("drop table segment.tracks;", ""))
    house.sql("delete from segment.tracks; delete from amplitude.events")

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    assert "the event source segment is empty" in result.stderr
    assert "the event source amplitude is empty" in result.stderr
