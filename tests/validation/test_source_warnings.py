"""Raw tables that are odd but usable are warned about, or pass."""

from __future__ import annotations

from tests.validation.house import House
from tests.validation.test_bad_sources import AMPLITUDE


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
