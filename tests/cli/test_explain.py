"""`explain` answers why and why not, from facts, decisions, history and ledger, and touches nothing."""

from __future__ import annotations

import pytest

from dagster_project import reasons
from dagster_project.reasons import DECISIONS, SENTENCES, sentence
from nudge_senders import reasons as sender_reasons
from tests.validation.house import House

# The walking order of the decisions, as people read it in fct_nudge_decisions.
CODES = [
    "already_sent",
    "in_doubt",
    "needs_review",
    "escalated",
    "internal",
    "churned",
    "not_enrolled",
    "control",
    "on_hold",
    "with_csm",
    "handled_by_csm",
    "not_relevant",
    "milestone_resolved",
    "ledger_not_open",
    "slipped_before_opening",
    "window_over",
    "dead",
    "expired",
    "tier_disabled",
    "complaint",
    "no_reachable_contact",
    "consent_missing",
    "consent_withdrawn",
    "bounced",
    "source_stale",
    "retry_later",
    "earlier_tier_open",
    "earlier_tier_too_recent",
    "send",
]


def told(house: House, account_id: str) -> str:
    before = house.fingerprint()
    result = house.run("explain", account_id)
    assert result.exit_code == 0, result.output
    assert house.fingerprint() == before
    return result.stdout


def test_why_each_due_nudge_is_sent_or_not_stands_beside_its_code(house: House) -> None:
    text = told(house, "acme")

    assert "integration_connected, tier 1 (in_app to intercom), due 2026-01-06 11:00 UTC" in text
    assert "done, already_sent: It was sent before; nothing is sent twice." in text
    assert "send, send: Nothing stands against it: it leaves in the tick that decided this." in text
    assert "defer, earlier_tier_open: An earlier tier of the same milestone has still to leave." in text
    assert "nudge n2, to contact c1 (role)" in text


def test_milestones_clock_arm_and_holds_are_told(house: House) -> None:
    text = told(house, "acme")

    assert "Acme & Sons (acme)" in text
    assert "facts as of 2026-01-10 12:00 UTC, decided at 2026-01-10 12:05 UTC, namespace dev/shadow" in text
    assert "treatment (experiment ttfv_nudge, epoch 1, assigned 2026-01-01 08:00 UTC)" in text
    assert "2026-01-04 00:00 UTC to further notice: legal review" in text
    assert "3  integration_connected   next" in text
    assert "team_member_invited     completed  2026-01-03 10:00 UTC  2026-01-03 10:05 UTC" in text
    assert "last progress         2026-01-03 10:00 UTC" in text
    assert "expected by           2026-01-05 10:00 UTC" in text
    assert "slips at              2026-01-06 10:00 UTC" in text
    assert "hours overdue         122.0" in text


def test_people_and_touches_are_told_without_name_and_address(house: House) -> None:
    text = told(house, "acme")

    assert "c1       admin  yes     consent_missing  2026-01-07 10:00 UTC" in text
    assert (
        "touch                 snoozed 2026-01-08 09:00 UTC, until 2026-01-20 00:00 UTC, noted by ada" in text
    )
    assert "@acme.example" not in text
    assert "no contact in the CRM" in told(house, "globex")


def test_history_and_every_ledger_entry_are_told(house: House) -> None:
    text = told(house, "acme")

    assert "2026-01-06 11:05 UTC  integration_connected  1     suppress  no_reachable_contact" in text
    for kind in ("claimed", "attempting", "sent"):
        assert f"1     {kind}" in text


def test_an_account_that_is_not_due_hears_when_it_will_be(house: House) -> None:
    text = told(house, "globex")

    assert "None: the next milestone has not slipped." in text
    assert "2026-01-12 09:00 UTC  integration_connected, tier 1" in text
    assert "not enrolled in an experiment" in text
    assert "never, while the hold without an end lasts" in text
    assert "no entry: nothing was ever claimed for this account" in text


def test_an_account_on_time_hears_when_it_would_slip(house: House) -> None:
    house.sql("update onboarding.fct_onboarding_progress set is_slipped = false where account_id = 'initech'")

    assert "None before integration_connected slips at 2026-01-06 10:00 UTC." in told(house, "initech")


def test_no_line_is_wider_than_a_hundred_columns(house: House) -> None:
    house.sql("update onboarding.dim_accounts set account_name = repeat('Acme ', 60)")
    house.sql("update nudges.nudge_events set destination = repeat('d', 90), reason_code = repeat('r', 90)")

    for account_id in ("acme", "globex", "initech", "hooli"):
        assert max(len(line) for line in told(house, account_id).splitlines()) <= 100


def test_a_name_cannot_rewrite_the_terminal(house: House) -> None:
    house.sql("update onboarding.dim_accounts set account_name = 'Acme' || chr(27) || '[2J' || chr(8238)")

    text = told(house, "acme")

    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("acmee", "did you mean acme?"),
        ("ACME", "did you mean acme?"),
        ("Globex", "did you mean globex?"),
        ("Acme & Sons", "did you mean acme?"),
        ("old-acme", "'old-acme' is another id of account acme; run `milestone-agent explain acme`."),
        ("workspace-7", "is another id of account acme"),
        ("newcomer", "is in the CRM but does not exist for the pipeline yet"),
        ("zzzzzzzzzz", "There is no account 'zzzzzzzzzz'; ids are compared exactly, case included."),
        ("", "There is no account ''"),
        ("x' or 1 = 1 --", "There is no account"),
    ],
)
def test_an_unknown_account_is_refused_with_what_it_may_be(house: House, asked: str, answer: str) -> None:
    before = house.fingerprint()

    result = house.run("explain", asked)

    assert result.exit_code == 2, result.output
    assert answer in result.stderr
    assert house.fingerprint() == before


def test_before_the_first_tick_no_account_is_known(bare_house: House) -> None:
    result = bare_house.run("explain", "acme")

    assert result.exit_code == 2
    assert "No tick has run here yet" in result.stderr


def test_every_reason_code_of_a_decision_has_a_sentence() -> None:
    assert list(DECISIONS) == CODES
    assert all(sentence(code).endswith(".") for code in CODES)


def test_every_reason_code_of_the_senders_has_a_sentence() -> None:
    codes: set[str] = set()
    for name, value in vars(sender_reasons).items():
        if name.startswith("__"):
            continue
        if isinstance(value, str) and name.isupper():
            codes.add(value)
        elif isinstance(value, frozenset):
            codes |= value

    assert codes - SENTENCES.keys() == set()


def test_a_code_of_a_newer_version_reads_as_itself() -> None:
    assert reasons.sentence("quiet_hours_of_next_year") == "Reason code quiet_hours_of_next_year."
