"""Flags and dates of the CRM that read as nothing are told, with a count and without anybody's name."""

from __future__ import annotations

import pytest

from tests.validation.house import House

HOLDS = """
create table crm.account_holds (account_id varchar, held_from varchar, held_until varchar);
insert into crm.account_holds values ('acme', '2026-01-31', '2026-02-28T00:00:00Z');
"""


def with_column(table: str, column: str, value: str) -> str:
    return f"alter table {table} add column if not exists {column} varchar default '{value}';"


def as_text(table: str, column: str, value: str) -> str:
    return f"alter table {table} drop column if exists {column};" + with_column(table, column, value)


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (
            as_text("crm.contacts", "email_consent", "subscribed"),
            "1 row of crm.contacts has an email_consent that is no flag ('subscribed'); it is read as empty: "
            "no consent is known, so no email leaves (consent_missing); write true or false, best in a view",
        ),
        (
            as_text("crm.accounts", "is_internal", "internal"),
            "1 row of crm.accounts has an is_internal that is no flag ('internal'); it is read as empty: "
            "the accounts are nudged like customers",
        ),
        (
            as_text("crm.accounts", "signed_up_at", "31.12.2025"),
            "1 row of crm.accounts has a signed_up_at that is no date ('31.12.2025'); it is read as empty: "
            "the accounts sign up with their earliest event; write 2026-01-31",
        ),
        (as_text("crm.accounts", "churned_at", "n/a"), "a churned_at that is no date ('n/a')"),
        (as_text("crm.contacts", "unsubscribed_at", "2025-13-01"), "no date ('2025-13-01')"),
        (
            HOLDS + "update crm.account_holds set held_from = 'next week', held_until = 'tbd'",
            "a held_until that is no date ('tbd'); it is read as empty: the holds are open-ended",
        ),
        (
            HOLDS + "update crm.account_holds set held_from = '2026-02-30'",
            "a held_from that is no date ('2026-02-30'); it is read as empty: the holds do not count",
        ),
    ],
)
def test_what_cannot_be_read_is_a_warning_with_count_example_and_consequence(
    house: House, statements: str, told: str
) -> None:
    house.sql(statements)

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert told in result.stdout


@pytest.mark.parametrize("value", ["ada@acme.example", "Ada", "Ada Lovelace", "subscribed by Ada", "ada"])
def test_a_name_or_an_address_in_the_wrong_column_is_never_printed(house: House, value: str) -> None:
    house.sql(
        as_text("crm.contacts", "email_consent", value) + as_text("crm.accounts", "signed_up_at", value)
    )

    result = house.run("validate")

    assert "an email_consent that is no flag (not quoted here, because they may be names)" in result.stdout
    assert "a signed_up_at that is no date (not quoted here" in result.stdout
    assert value not in result.output


def test_the_most_frequent_three_are_quoted_and_all_are_counted(house: House) -> None:
    house.sql(as_text("crm.contacts", "email_consent", "subscribed"))
    for number, value in enumerate(("unsubscribed", "opted out", "pending", "granted"), start=1):
        house.sql(
            f"insert into crm.contacts by name select 'x' || range as contact_id, '{value}' as email_consent "
            f"from range({number + 1})"
        )

    told = house.run("validate").stdout

    assert "15 rows of crm.contacts have an email_consent that is no flag" in told
    assert "('granted', 'pending', 'opted out')" in told


@pytest.mark.parametrize("value", ["true", "NO", "1", "y", "", "  "])
def test_flags_that_are_read_and_empty_ones_are_no_news(house: House, value: str) -> None:
    house.sql(as_text("crm.contacts", "email_consent", value))

    assert "that is no flag" not in house.run("validate").stdout


@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31 09:30:00", "2026-01-31T09:30:00+02:00", ""])
def test_dates_that_are_read_and_empty_ones_are_no_news(house: House, value: str) -> None:
    house.sql(as_text("crm.accounts", "signed_up_at", value) + HOLDS)

    assert "that is no date" not in house.run("validate").stdout


def test_numbers_and_typed_columns_are_read(house: House) -> None:
    house.sql(
        "alter table crm.contacts add column email_consent boolean default true;"
        "alter table crm.accounts add column is_internal integer default 0;"
        "alter table crm.accounts add column churned_at bigint default 1767225600"
    )

    told = house.run("validate").stdout

    assert "that is no flag" not in told
    assert "that is no date" not in told
