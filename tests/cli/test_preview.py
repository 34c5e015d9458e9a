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


def test_a_sent_nudge_is_shown_as_delivered_though_the_queue_still_holds_it(house: House) -> None:
    house.sql("update onboarding.sync_nudge_queue set nudge_id = 'n1'")
    assert "Hello Ada" in house.run("preview", "n1").stdout

    delivered = house.outbox / "dev/shadow" / "n1.txt"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("what they got", encoding="utf-8")

    assert "what they got" in house.run("preview", "n1").stdout


def test_a_deferred_nudge_is_rendered_from_what_is_known_with_why_it_waits(house: House) -> None:
    before = house.fingerprint()

    result = house.run("preview", "n3")

    assert result.exit_code == 0, result.output
    assert "n3 is not in the queue: defer, earlier_tier_open: An earlier tier of the same" in result.stdout
    assert "card: Acme & Sons: no integration connected yet" in result.stdout
    assert "Milestones: 2 of 5 done, the furthest is Team member invited." in result.stdout
    assert "Sent so far for this step: known when it leaves." in result.stdout
    assert "Open the how-to video: https://help.example.com/connect" in result.stdout
    assert "complained" not in result.stdout
    assert house.fingerprint() == before


def test_a_suppressed_nudge_is_rendered_from_what_is_known_with_why_it_does_not_leave(house: House) -> None:
    result = house.run("preview", "n4")

    assert result.exit_code == 0, result.output
    assert "n4 is not in the queue: suppress, not_enrolled: The account signed up before" in result.stdout
    assert "template: in_app_hint/integration_connected.j2" in result.stdout


def test_a_due_nudge_greets_its_contact_and_a_card_says_that_somebody_complained(house: House) -> None:
    house.sql(
        "insert into onboarding_intermediate.int_accounts_complained values ('acme'); "
        "drop table onboarding.sync_nudge_queue"
    )

    assert "Hello Ada," in house.run("preview", "n2").stdout
    assert "Somebody at this account complained" in house.run("preview", "n3").stdout


def test_a_nudge_that_is_not_due_yet_is_refused_with_when_it_will_be(house: House) -> None:
    result = house.run("preview", "n9")

    assert result.exit_code == 2
    assert "'n9' is not in the queue: it is not due before 2026-01-12 09:00 UTC." in result.stderr


def test_a_card_is_shown_with_the_characters_that_its_reader_will_see(house: House) -> None:
    card = house.run("preview", "csm_alert").stdout

    assert "Acme & Sons" in card
    assert "token <expired> & not renewed" in card
    assert "&amp;" not in card and "&lt;" not in card


def test_a_delivered_card_is_shown_with_the_characters_that_its_reader_saw(house: House) -> None:
    delivered = house.outbox / "dev/shadow" / "n1.txt"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("nudge: n1\nchannel: human\ncard: A &amp; B &lt;C&gt;\n", encoding="utf-8")

    assert "card: A & B <C>" in house.run("preview", "n1").stdout


def test_the_sample_account_stands_right_before_the_milestone_that_is_asked_for(house: House) -> None:
    first = house.run("preview", "csm_alert/workspace_created").stdout
    assert "Milestones: 0 of 5 done." in first
    assert "Next: Workspace created" in first
    assert "Integration salesforce failed" not in first
    assert "Open the how-to video: https://help.example.com/videos/create-a-workspace" in first

    last = house.run("preview", "csm_alert/first_report_generated").stdout
    assert "Milestones: 4 of 5 done, the furthest is First data uploaded." in last
    assert "Next: First report generated" in last


@pytest.mark.parametrize(
    "name", ["email_how_to/unknown", "email_how_to/any.unknown", "email_how_to/any.unknown.j2"]
)
def test_the_text_for_a_failed_integration_is_found_by_error_and_by_file(house: House, name: str) -> None:
    result = house.run("preview", name)

    assert result.exit_code == 0, result.output
    assert "template: email_how_to/any.unknown.j2" in result.stdout
    assert "The last run of salesforce ended with an error" in result.stdout


def test_a_milestone_that_is_called_like_an_error_is_the_milestone(house: House) -> None:
    house.replace("critical_path", "default,4,first_data_uploaded,First data", "default,4,unknown,First data")

    assert "template: email_how_to/any.j2" in house.run("preview", "email_how_to/unknown").stdout


def test_a_text_that_lives_at_the_vendor_is_not_shown_as_ours(house: House) -> None:
    house.replace("message_templates", "email_how_to,,,,hubspot,,", "email_how_to,,,,hubspot,4711,")

    result = house.run("preview", "email_how_to")

    assert result.exit_code == 0, result.output
    assert "text lives at the vendor under: 4711" in result.stdout
    assert "Hello Ada" not in result.stdout


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
        ("no-such-nudge", "neither a nudge of the queue, of the decisions or of the ledger nor a template"),
        ("email_how_to/unknwon", "did you mean unknown?"),
    ],
)
def test_what_is_neither_a_nudge_nor_a_template_is_refused_with_the_closest(
    house: House, name: str, remedy: str
) -> None:
    result = house.run("preview", name)

    assert result.exit_code == 2, result.output
    assert remedy in result.stderr or "did you mean" in result.stderr
