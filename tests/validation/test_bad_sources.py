"""Raw tables that are missing, renamed or empty, and addresses as ids."""

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
        "variables twice, of which dbt takes the last",
        variables("vars:", "vars:\n  segment_schema: others\n  event_sources: []\nvars:"),
        PROJECT,
        "says vars twice",
        "keep one of them",
    ),
    Bad(
        "one variable twice",
        variables("  crm_schema: crm", "  crm_schema: others\n  crm_schema: crm"),
        PROJECT,
        "says crm_schema twice",
        "keep one of them",
    ),
    Bad(
        "an object of Python",
        variables("  crm_schema: crm", "  crm_schema: !!python/object/apply:os.getcwd []"),
        PROJECT,
        "asks for an object of a program",
        "write a plain value",
    ),
    Bad(
        "brackets without end",
        variables("event_sources: []", f"event_sources: {'[' * 5000}{']' * 5000}"),
        "dbt_project.yml: ",
        "nested too deep",
        "restore it",
    ),
    Bad(
        "addresses as contact ids",
        sql("update crm.contacts set contact_id = 'ada@acme.example'"),
        WAREHOUSE,
        "1 row has an email address as contact_id in crm.contacts",
        "use the CRM's own id",
    ),
    Bad(
        "an address within an account id",
        sql("update crm.accounts set account_id = 'Ada <ada@acme.example>'"),
        WAREHOUSE,
        "an email address as account_id in crm.accounts",
        "use the CRM's own id",
    ),
    Bad(
        "an alias to an address",
        sql(
            "create table crm.account_aliases as "
            "select 'w1' as external_id, 'ada@acme.example' as account_id, now() as updated_at"
        ),
        WAREHOUSE,
        "1 row has an email address as account_id in crm.account_aliases",
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
