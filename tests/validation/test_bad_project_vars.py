"""Variables of dbt_project.yml that stop dbt: gone, or read by yaml as something else than text."""

from __future__ import annotations

import pytest

from tests.validation.house import House

SHIPPED = {
    "event_sources": "event_sources: []",
    "crm_schema": "crm_schema: crm",
    "segment_schema": "segment_schema: segment",
    "loader_schema": "loader_schema: loader",
}


def refused(house: House) -> str:
    """What validate printed, after making sure that it refused and touched nothing."""
    before = house.fingerprint()
    result = house.run("validate")
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert house.fingerprint() == before
    return result.stderr


@pytest.mark.parametrize("name", SHIPPED)
def test_a_variable_that_is_gone_is_refused_with_the_line_to_write(house: House, name: str) -> None:
    house.replace_in_project(f"  {SHIPPED[name]}\n", "")

    told = refused(house)

    assert f"dbt_project.yml: the variable {name} is missing; write {SHIPPED[name]} below vars:" in told


@pytest.mark.parametrize("name", ["amplitude_group_types", "mixpanel_group_properties"])
@pytest.mark.parametrize("value", ["account_id", "[]", "[1]", "[[account_id]]", ""])
def test_account_keys_are_a_list_of_names(house: House, name: str, value: str) -> None:
    keys = "[account_id, company_id, company, organization_id, organization, org_id, workspace_id, group_id]"
    house.replace_in_project(f"{name}: {keys}", f"{name}: {value}")

    assert f"the variable {name} is not a list of names; write it as {name}: [account_id]" in refused(house)


def test_a_project_without_variables_is_refused_with_one_line(house: House) -> None:
    house.replace_in_project("\nvars:\n", "\nvarz:\n")

    told = refused(house)

    assert "dbt_project.yml has no vars; restore the block vars: from the repository" in told
    assert told.count("dbt_project.yml:") == 1


@pytest.mark.parametrize(
    ("value", "kind"),
    [("2024", "a number"), ("yes", "yes or no"), ("1.5", "a number"), ("2024-01-01", "a date")],
)
def test_a_schema_that_yaml_does_not_read_as_text_is_refused_with_quotes_to_write(
    house: House, value: str, kind: str
) -> None:
    house.replace_in_project("crm_schema: crm", f"crm_schema: {value}")

    told = refused(house)

    assert f"the variable crm_schema is {value}, which yaml reads as {kind}; " in told
    assert f'put quotes around it: crm_schema: "{value}"' in told


def test_a_schema_in_quotes_is_read_whatever_it_looks_like(house: House) -> None:
    house.sql('create schema "2024"; create table "2024".accounts as from crm.accounts')
    house.replace_in_project("crm_schema: crm", 'crm_schema: "2024"')

    assert house.run("validate").exit_code == 0


def test_a_schema_without_a_value_is_the_source_s_own_as_in_dbt(house: House) -> None:
    house.replace_in_project("crm_schema: crm", "crm_schema:")

    assert house.run("validate").exit_code == 0


@pytest.mark.parametrize("value", ["", "segment", "{segment: 1}"])
def test_event_sources_are_a_list_that_may_be_empty(house: House, value: str) -> None:
    house.replace_in_project("event_sources: []", f"event_sources: {value}")

    assert "the variable event_sources is not a list; write it as event_sources: [segment], or []" in refused(
        house
    )


def test_a_list_within_event_sources_is_named_without_the_reader_s_own_words(house: House) -> None:
    house.replace_in_project("event_sources: []", "event_sources: [[segment]]")

    told = refused(house)

    assert "event source '[...]' in event_sources is not known" in told
    assert "Node" not in told


def test_a_character_that_yaml_does_not_take_is_refused(house: House) -> None:
    house.replace_in_project("crm_schema: crm", "crm_schema: cr\bm")

    assert "dbt_project.yml is not valid yaml" in refused(house)
