"""`preview` renders and sends nothing."""

from __future__ import annotations

import pytest

from tests.validation.house import House


def test_a_nudge_of_the_queue_is_rendered_with_its_own_facts(house: House) -> None:
    before = house.fingerprint()

    result = house.run("preview", "n2")

    assert result.exit_code == 0, result.output
    assert "Hello Ada" in result.stdout
    assert "https://help.example.com/videos/connect-an-integration" in result.stdout
    assert house.fingerprint() == before


def test_a_delivered_nudge_is_shown_as_it_was_delivered(house: House) -> None:
    delivered = house.outbox / "dev/shadow" / "n1.txt"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("what they got", encoding="utf-8")

    assert "what they got" in house.run("preview", "n1").stdout


def test_a_past_nudge_without_its_file_is_shown_on_a_sample_row(house: House) -> None:
    result = house.run("preview", "n5")

    assert result.exit_code == 0, result.output
    assert "The nudge has left the queue (uncertain)" in result.stdout
    assert "subject:" in result.stdout


@pytest.mark.parametrize(
    "name",
    [
        "in_app_hint",
        "email_how_to",
        "csm_alert",
        "email_how_to/integration_connected",
        "email_how_to/any/unknown",
    ],
)
def test_a_template_is_rendered_on_a_sample_row_without_any_warehouse(house: House, name: str) -> None:
    house.warehouse.unlink()

    result = house.run("preview", name)

    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


def test_a_milestone_of_ones_own_gets_the_generic_text_with_its_name(house: House) -> None:
    house.replace(
        "critical_path", "default,4,first_data_uploaded,First data uploaded", "default,4,order,First order"
    )

    result = house.run("preview", "email_how_to/order")

    assert result.exit_code == 0, result.output
    assert "First order" in result.stdout


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("email_how_two", "did you mean email_how_to?"),
        ("email_how_to/integration_conected", "did you mean integration_connected?"),
        ("in_app_hint/any/unknown", "use one of"),
        ("no-such-nudge", "neither a nudge of the queue or the ledger nor a template"),
    ],
)
def test_what_is_neither_a_nudge_nor_a_template_is_refused_with_the_closest(
    house: House, name: str, remedy: str
) -> None:
    result = house.run("preview", name)

    assert result.exit_code == 2, result.output
    assert remedy in result.stderr or "did you mean" in result.stderr


def test_a_test_send_is_refused_while_no_destination_can_make_one(house: House) -> None:
    before = house.fingerprint()

    result = house.run("preview", "email_how_to", "--send-to", "ada@example.com")

    assert result.exit_code == 2
    assert "No destination can send a test message yet, so nothing was sent" in result.stderr
    assert house.fingerprint() == before
