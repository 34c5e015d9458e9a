"""The slow reading, against one small business worked out by hand with the shipped seeds."""

from pathlib import Path
from typing import Any

from tests.oracle.assignment import bucket_of
from tests.oracle.instants import at
from tests.oracle.ledger import NudgeState, ledger_of
from tests.oracle.policy import Seeds, load_seeds
from tests.oracle.raw import Row
from tests.oracle.reading import AccountReading, read

_SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
_AS_OF = at("2026-03-20 12:00")


def _seeds() -> Seeds:
    seeds = load_seeds(_SEEDS)
    seeds["experiment_epochs"][0]["treatment_share"] = "1"
    return seeds


def _track(event: str, occurred_at: str, **columns: Any) -> Row:
    instant = at(occurred_at)
    row: Row = {
        "event": event,
        "timestamp": instant,
        "received_at": instant,
        "uuid_ts": instant,
        "user_id": None,
    }
    return row | {"context_group_id": "a"} | columns


def _read(
    tracks: list[Row],
    *,
    account: Row | None = None,
    ledger: list[NudgeState] | None = None,
    runs: list[Row] | None = None,
    **tables: list[Row],
) -> AccountReading:
    crm = {"account_id": "a", "account_name": "A", "signed_up_at": at("2026-03-18 12:00")} | (account or {})
    history = {"segment.tracks": tracks, "crm.accounts": [crm]}
    history |= {f"crm.{name}": rows for name, rows in tables.items()}
    history["integrations.sync_runs"] = runs or []
    return read(history, _seeds(), as_of=_AS_OF, ledger=ledger_of(ledger or []))["a"]


def test_a_gap_is_obsolete_and_never_next() -> None:
    one = _read([_track("Data Uploaded", "2026-03-19 12:00")])
    assert [state.status for state in one.milestones] == [
        "obsolete",
        "obsolete",
        "obsolete",
        "completed",
        "next",
    ]
    assert one.progress.last_progress_at == at("2026-03-19 12:00")
    assert one.progress.slips_at == at("2026-03-23 12:00")


def test_a_milestone_before_sign_up_counts_but_the_clock_starts_at_sign_up() -> None:
    one = _read([_track("Workspace Created", "2026-03-17 12:00")])
    assert one.milestones[0].completed_at == at("2026-03-17 12:00")
    assert one.progress.last_progress_at == at("2026-03-18 12:00")
    # 48 hours after sign-up is now, and now is slipped.
    assert (one.progress.slips_at, one.progress.is_slipped) == (_AS_OF, True)


def test_the_earliest_time_counts_whatever_came_first() -> None:
    late = _track("workspace_created", "2026-03-18 13:00", uuid_ts=at("2026-03-20 12:00"))
    one = _read([_track("Workspace Created", "2026-03-18 14:00"), late, dict(late)])
    assert one.milestones[0].completed_at == at("2026-03-18 13:00")
    assert one.milestones[0].first_known_at == at("2026-03-18 14:00")


def test_rows_loaded_after_the_tick_do_not_exist_for_it() -> None:
    one = _read([_track("Workspace Created", "2026-03-18 13:00", uuid_ts=_AS_OF + 1)])
    assert one.milestones[0].status == "next"


def test_a_completion_after_as_of_makes_no_state_but_cancels() -> None:
    early = _track("Workspace Created", "2026-03-20 12:15", uuid_ts=_AS_OF)
    one = _read([early])
    assert one.milestones[0].status == "next"
    assert {decision.reason_code for decision in one.decisions} == {"milestone_resolved"}


def test_a_time_too_far_ahead_of_its_load_is_unusable() -> None:
    ahead = _track("Workspace Created", "2026-03-20 12:15", uuid_ts=_AS_OF) | {
        "timestamp": at("2026-03-20 12:15") + 1
    }
    assert {decision.reason_code for decision in _read([ahead]).decisions} == {"no_reachable_contact"}


def test_tiers_are_due_from_the_slip_and_wait_for_each_other() -> None:
    contact: Row = {
        "contact_id": "c",
        "account_id": "a",
        "user_id": "u",
        "email": "c@a.example",
        "email_consent": True,
    }
    one = _read([], contacts=[contact])
    # Slipped four hours after sign-up; tiers one and twenty-five hours later.
    assert [(decision.tier, decision.due_at) for decision in one.decisions] == [
        (1, at("2026-03-18 17:00")),
        (2, at("2026-03-19 17:00")),
    ]
    assert [decision.reason_code for decision in one.decisions] == ["send", "earlier_tier_open"]
    sent_at = at("2026-03-19 12:00")
    state = NudgeState(
        "a", 1, "workspace_created", 1, "sent", attempted_at=sent_at, sent_at=sent_at, contact_id="c"
    )
    later = _read([], contacts=[contact], ledger=[state])
    assert [decision.reason_code for decision in later.decisions] == ["already_sent", "send"]
    just_now = NudgeState(
        "a", 1, "workspace_created", 1, "sent", attempted_at=sent_at + 1, sent_at=sent_at + 1
    )
    assert (
        _read([], contacts=[contact], ledger=[just_now]).decisions[1].reason_code == "earlier_tier_too_recent"
    )


def test_what_was_sent_before_a_merge_was_sent_to_the_survivor() -> None:
    contact: Row = {"contact_id": "c", "account_id": "a", "user_id": "u"}
    alias: Row = {"external_id": "old", "account_id": "a", "updated_at": at("2026-03-18 13:00")}
    sent_at = at("2026-03-19 12:00")
    old = NudgeState("old", 1, "workspace_created", 1, "sent", attempted_at=sent_at, sent_at=sent_at)
    dead = NudgeState("a", 1, "workspace_created", 1, "dead", attempted_at=sent_at + 1)
    for ledger in ([old], [old, dead]):
        one = _read([], contacts=[contact], account_aliases=[alias], ledger=ledger)
        assert one.decisions[0].reason_code == "already_sent"


def test_one_opt_out_counts_for_all_contacts_with_the_email() -> None:
    contact: Row = {"contact_id": "c", "account_id": "a", "email": "C@a.example", "email_consent": True}
    other: Row = {"contact_id": "d", "account_id": "b", "email": "c@a.example", "unsubscribed_at": _AS_OF}
    one = _read([], contacts=[contact, other])
    assert [decision.reason_code for decision in one.decisions] == [
        "no_reachable_contact",
        "consent_withdrawn",
    ]


def test_an_error_that_nobody_recognises_goes_to_the_csm_when_the_mail_was_due() -> None:
    contact: Row = {"contact_id": "c", "account_id": "a", "email": "c@a.example", "email_consent": True}
    run: Row = {
        "sync_run_id": "r",
        "account_id": "a",
        "integration": "hubspot",
        "status": "failed",
        "finished_at": _AS_OF - 1,
    }
    handed = _read([], contacts=[contact], runs=[run | {"error_message": "Something went wrong"}])
    assert [(one.reason_code, one.decision) for one in handed.decisions] == [
        ("no_reachable_contact", "suppress"),
        ("handed_to_csm", "suppress"),
        ("send", "send"),
    ]
    assert handed.decisions[2].due_at == handed.decisions[1].due_at
    known = _read([], contacts=[contact], runs=[run | {"error_message": "token expired"}])
    assert [one.reason_code for one in known.decisions] == ["no_reachable_contact", "send"]


def test_a_merged_account_vanishes_and_its_events_move() -> None:
    alias: Row = {"source_name": "crm", "external_id": "old", "account_id": "a", "updated_at": 1}
    tracks = [_track("Workspace Created", "2026-03-18 13:00", context_group_id="old")]
    crm = [
        {"account_id": "a", "account_name": "A", "signed_up_at": at("2026-03-18 12:00")},
        {"account_id": "old", "account_name": "Old", "signed_up_at": at("2026-03-18 12:00")},
    ]
    reading = read(
        {"segment.tracks": tracks, "crm.accounts": crm, "crm.account_aliases": [alias]},
        _seeds(),
        as_of=_AS_OF,
    )
    assert list(reading) == ["a"]
    assert reading["a"].progress.milestones_completed == 1


def test_an_event_belongs_to_the_group_its_user_was_in_then() -> None:
    groups = [
        {
            "user_id": "u",
            "group_id": "b",
            "timestamp": at("2026-03-18 12:30"),
            "received_at": at("2026-03-18 12:30"),
        },
        {
            "user_id": "u",
            "group_id": "a",
            "timestamp": at("2026-03-18 13:00"),
            "received_at": at("2026-03-18 13:00"),
        },
    ]
    tracks = [_track("Workspace Created", instant, context_group_id=None, user_id="u") for instant in
              ("2026-03-18 12:00", "2026-03-18 13:00")]  # fmt: skip
    crm = [
        {"account_id": name, "account_name": name, "signed_up_at": at("2026-03-18 12:00")} for name in "ab"
    ]
    reading = read(
        {"segment.tracks": tracks, "segment.groups": groups, "crm.accounts": crm}, _seeds(), as_of=_AS_OF
    )
    assert reading["b"].milestones[0].completed_at == at("2026-03-18 12:00")
    assert reading["a"].milestones[0].completed_at == at("2026-03-18 13:00")


def test_buckets_are_those_of_the_golden_vectors() -> None:
    salt = "ttfv-nudge-v1"
    assert [bucket_of(salt, one) for one in ("acc_1", "acc_2", "acc_42", "é-ünï")] == [996, 3, 8612, 8906]
