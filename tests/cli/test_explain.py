"""`explain` answers why and why not, from facts, decisions, history and ledger, and touches nothing."""

from __future__ import annotations

from pathlib import Path

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
    "closed_at_recheck",
    "expired",
    "tier_disabled",
    "handed_to_csm",
    "complaint",
    "no_reachable_contact",
    "consent_missing",
    "consent_withdrawn",
    "bounced",
    "recipient_not_allowed",
    "source_stale",
    "source_volume_low",
    "retry_later",
    "earlier_tier_open",
    "earlier_tier_too_recent",
    "quiet_hours",
    "account_cap",
    "person_cap",
    "email_without_feedback",
    "csm_over_capacity",
    "halted",
    "policy_changed",
    "anomaly_tripped",
    "template_halted",
    "over_ceiling",
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


def deferred(house: House, reason: str, more: str = "", nudge_id: str = "n3") -> str:
    """What is told of acme when this nudge of it is deferred for this reason."""
    house.sql(
        f"update onboarding.fct_nudge_decisions set decision = 'defer', reason_code = '{reason}' "
        f"where nudge_id = '{nudge_id}'; {more}"
    )
    return told(house, "acme")


def test_a_nudge_on_hold_is_told_with_the_end_of_all_holds_that_touch(house: House) -> None:
    holds = (
        "insert into onboarding_intermediate.int_holds_merged values "
        "('acme', timestamp '2026-01-02 00:00:00', timestamp '2026-01-03 00:00:00'), "
        "('acme', timestamp '2026-01-10 00:00:00', timestamp '2026-01-12 08:00:00'), "
        "('acme', timestamp '2026-01-20 00:00:00', null)"
    )

    assert "not before 2026-01-12 08:00 UTC" in deferred(house, "on_hold", holds)


def test_a_hold_without_an_end_is_told_as_such(house: House) -> None:
    hold = (
        "insert into onboarding_intermediate.int_holds_merged values "
        "('acme', timestamp '2026-01-10 00:00:00', null)"
    )

    assert "not while the hold without an end lasts" in deferred(house, "on_hold", hold)


def test_a_nudge_that_waits_for_the_csm_is_told_until_when(house: House) -> None:
    touched = (
        "insert into onboarding_intermediate.int_accounts_touched "
        "values ('acme', timestamp '2026-01-11 07:30:00')"
    )

    assert "not before 2026-01-11 07:30 UTC" in deferred(house, "with_csm", touched)


def test_a_nudge_to_be_tried_again_is_told_from_when(house: House) -> None:
    retry = (
        "update nudges.nudge_events set kind = 'retryable', not_before = timestamp '2026-01-10 13:00:00' "
        "where nudge_id = 'n1' and kind = 'sent'"
    )

    assert "not before 2026-01-10 13:00 UTC" in deferred(house, "retry_later", retry, "n1")


def test_a_tier_too_close_to_the_earlier_one_is_told_when_it_may_leave(house: House) -> None:
    eligible = (
        "update onboarding.fct_nudge_decisions set eligible_at = timestamp '2026-01-11 09:00:00' "
        "where nudge_id = 'n3'"
    )

    assert "not before 2026-01-11 09:00 UTC" in deferred(house, "earlier_tier_too_recent", eligible)


def test_a_tier_behind_an_open_one_is_told_how_long_after_it(house: House) -> None:
    text = told(house, "acme")

    assert "not before 24 h after tier 2 has left, or as soon as tier 2 is given up" in text


def test_a_tier_behind_one_that_has_just_left_is_told_the_earliest_instant(house: House) -> None:
    house.sql(
        "insert into nudges.nudge_events by name select * replace ('n2' as nudge_id, 2 as tier, "
        "entry_id || 'x' as entry_id, recorded_at + interval 3 day as recorded_at) from nudges.nudge_events "
        "where nudge_id = 'n1'"
    )
    text = told(house, "acme")

    left = "2026-01-10 08:00:02 UTC"
    assert f"not before 2026-01-11 08:00:02 UTC, 24 h after tier 2, which left {left}" in text


def test_an_earlier_tier_that_was_closed_does_not_count_as_the_one_to_wait_for(house: House) -> None:
    house.sql(
        "update onboarding.fct_nudge_decisions set decision = 'suppress', reason_code = 'bounced' "
        "where nudge_id = 'n2'; "
        "update onboarding.fct_nudge_decisions set decision = 'defer', reason_code = 'retry_later' "
        "where nudge_id = 'n1'"
    )

    assert "not before 2026-01-09 08:00:02 UTC, 48 h after tier 1, which left" in told(house, "acme")


def test_a_nudge_in_the_quiet_hours_is_told_when_the_recipients_day_begins(house: House) -> None:
    house.sql(
        "create table onboarding_intermediate.int_quiet_hours as "
        "select '' as country_code, * from (values ('UTC', timestamp '2026-01-12 09:00:00'), "
        "('Asia/Tokyo', timestamp '2026-01-12 00:00:00')) as zones (timezone, next_opens_at); "
        "alter table onboarding_intermediate.int_contacts_resolved add column timezone varchar; "
        "update onboarding_intermediate.int_contacts_resolved set timezone = 'Asia/Tokyo'; "
        "update onboarding.dim_accounts set timezone = 'UTC'"
    )

    assert "not before 2026-01-12 09:00 UTC" in deferred(house, "quiet_hours")
    assert "not before 2026-01-12 00:00 UTC" in deferred(house, "quiet_hours", nudge_id="n2")


def test_a_nudge_that_a_cap_holds_back_is_told_when_the_cap_opens(house: House) -> None:
    house.sql(
        "create table onboarding_intermediate.int_sends_limited as "
        "select 'n3' as nudge_id, 'acme' as account_id, timestamp '2026-01-10 16:30:00' as opens_at"
    )

    assert "not before 2026-01-10 16:30 UTC" in deferred(house, "csm_over_capacity")


def test_nothing_is_promised_where_nothing_is_known(house: House) -> None:
    for reason in ("on_hold", "with_csm", "retry_later", "source_stale"):
        assert "not before" not in deferred(house, reason)


def test_what_is_to_be_run_is_named_as_the_program_was_called(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / ".venv" / "bin" / "milestone-agent"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [str(program), "explain", "old-acme"])

    assert "run `.venv/bin/milestone-agent explain acme`." in house.run("explain", "old-acme").stderr


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


def test_what_still_shows_is_told_and_why_it_is_to_be_taken_back(house: House) -> None:
    assert "nothing" in house.run("explain", "acme").stdout.split("What still shows")[1].split("Ledger")[0]
    house.sql(
        "create table onboarding_intermediate.int_nudges_set as select 'n1' as nudge_id, "
        "'acme' as account_id, 'integration_connected' as milestone_key, 1 as tier, 'outbox' as destination, "
        "timestamp '2026-01-07 08:00:00' as set_at, timestamp '2026-01-14 08:00:00' as ends_at; "
        "create table onboarding_intermediate.int_nudges_withdrawn as select 'n1' as nudge_id, "
        "'acme' as account_id, 'shown_long_enough' as withdraw_reason_code"
    )
    told = " ".join(house.run("explain", "acme").stdout.split())
    assert (
        "integration_connected, tier 1 at outbox since 2026-01-07 08:00 UTC, until 2026-01-14 08:00" in told
    )
    assert "to be taken back, shown_long_enough: It has shown for as long as a hint may" in told


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
