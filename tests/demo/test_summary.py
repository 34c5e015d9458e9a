"""The summary sets each planted number beside what the pipeline found, and says so when they differ."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from dagster_project.cli import main
from dagster_project.demo.generator import SEEDS_DIR
from dagster_project.demo.progress import StillWorking, progress_on
from dagster_project.demo.summary import findings, summary
from dagster_project.errors import Refused


def write_dim_accounts(path: Path, accounts: int, schema: str = "onboarding") -> None:
    """A stand-in of the pipeline's result, with that many accounts."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create or replace table {schema}.dim_accounts as "
            "select range::varchar as account_id, false as is_internal, null::timestamp as churned_at "
            f"from range({accounts})"
        )


Decision = tuple[str, str, int, str, str, str]
"""account_id, arm, tier, channel, decision, reason_code"""
Entry = tuple[str, int, str, str, str | None]
"""account_id, tier, channel, kind, reason_code"""


def write_decisions_and_ledger(path: Path, decisions: list[Decision], entries: list[Entry]) -> None:
    """A stand-in of what a first tick leaves; a nudge is called after its account and tier."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema onboarding; create schema nudges; "
            "create table onboarding.fct_nudge_decisions (account_id varchar, arm varchar, tier integer, "
            "channel varchar, decision varchar, reason_code varchar, nudge_id varchar); "
            "create table nudges.nudge_events (account_id varchar, tier integer, channel varchar, "
            "kind varchar, reason_code varchar, nudge_id varchar, recorded_at timestamp, fence integer, "
            "seq integer, namespace varchar default 'dev/shadow', action varchar default 'deliver')"
        )
        for decision in decisions:
            connection.execute(
                "insert into onboarding.fct_nudge_decisions values (?, ?, ?, ?, ?, ?, ?)",
                [*decision, f"{decision[0]}-{decision[2]}"],
            )
        for seq, entry in enumerate(entries):
            connection.execute(
                "insert into nudges.nudge_events by name select ? as account_id, ? as tier, ? as channel, "
                "? as kind, ? as reason_code, ? as nudge_id, timestamp '2026-03-12 14:08:00' as recorded_at, "
                "1 as fence, ? as seq",
                [*entry, f"{entry[0]}-{entry[1]}", seq],
            )


def told_after(path: Path, decisions: list[Decision], entries: list[Entry], **more: str) -> str:
    write_decisions_and_ledger(path, decisions, entries)
    return summary(path, namespace="dev/shadow", outbox=path.parent / "outbox", **more)


NUDGED: list[Decision] = [("acct_nudged", "treatment", 1, "in_app", "send", "send")]
# The CSM of an account that complained is told, so it is not left alone.
COMPLAINED: list[Decision] = [
    ("acct_angry", "treatment", 1, "in_app", "suppress", "complaint"),
    ("acct_angry", "treatment", 3, "human", "send", "send"),
]
CONTROL: list[Decision] = [("acct_control", "control", 1, "in_app", "suppress", "control")]
SENT: list[Entry] = [
    ("acct_nudged", 1, "in_app", "claimed", None),
    ("acct_nudged", 1, "in_app", "sent", None),
    ("acct_angry", 3, "human", "claimed", None),
    ("acct_angry", 3, "human", "sent", None),
]


def test_the_account_called_left_alone_is_a_treated_one_to_which_nothing_left(own_world: Path) -> None:
    talking: list[Decision] = [("acct_talking", "treatment", 1, "in_app", "defer", "with_csm")]
    old: list[Decision] = [("acct_a_old", "treatment", 1, "in_app", "suppress", "window_over")]
    told = told_after(own_world, CONTROL + COMPLAINED + old + talking + NUDGED, SENT)
    assert "explain acct_talking   (slipped and was left alone: with_csm)" in told
    assert "explain acct_angry   (was nudged)" in told
    assert "explain acct_nudged" not in told


def test_an_account_is_not_called_left_alone_when_something_left_for_an_earlier_step(own_world: Path) -> None:
    held: list[Decision] = [
        ("acct_1", "treatment", 1, "in_app", "defer", "on_hold"),
        ("acct_2", "treatment", 1, "in_app", "defer", "on_hold"),
    ]
    earlier: list[Entry] = [("acct_1", 1, "in_app", "sent", None)]
    told = told_after(own_world, held, earlier)
    assert "explain acct_2   (slipped and was left alone: on_hold)" in told
    assert "explain acct_1   (was nudged)" in told


def test_an_account_is_not_called_left_alone_while_something_is_still_to_leave(own_world: Path) -> None:
    decisions: list[Decision] = [
        ("acct_1", "treatment", 1, "in_app", "suppress", "no_reachable_contact"),
        ("acct_1", "treatment", 3, "human", "send", "send"),
        ("acct_2", "treatment", 1, "in_app", "suppress", "no_reachable_contact"),
    ]
    told = told_after(own_world, decisions, [])
    assert "explain acct_2   (slipped and was left alone: no_reachable_contact)" in told
    assert "explain acct_1" not in told


def test_a_treated_account_is_called_left_alone_rather_than_one_of_the_control_group(own_world: Path) -> None:
    old: list[Decision] = [("acct_old", "treatment", 1, "in_app", "suppress", "window_over")]
    told = told_after(own_world, CONTROL + old, [])
    assert "explain acct_old   (slipped and was left alone: window_over)" in told


def test_an_account_left_alone_on_purpose_is_shown_rather_than_one_that_cannot_be_reached(
    own_world: Path,
) -> None:
    decisions: list[Decision] = [
        ("acct_bounced", "treatment", 2, "email", "suppress", "bounced"),
        ("acct_handled", "treatment", 1, "in_app", "suppress", "handled_by_csm"),
        ("acct_old", "treatment", 1, "in_app", "suppress", "window_over"),
    ]
    told = told_after(own_world, decisions, [])
    assert "explain acct_handled   (slipped and was left alone: handled_by_csm)" in told


def test_where_every_treated_account_was_written_to_the_control_group_is_what_was_left_alone(
    own_world: Path,
) -> None:
    told = told_after(own_world, CONTROL + COMPLAINED + NUDGED, SENT)
    assert "explain acct_control   (slipped and was left alone: control)" in told


def test_no_account_is_called_left_alone_when_none_was(own_world: Path) -> None:
    assert "left alone" not in told_after(own_world, COMPLAINED + NUDGED, SENT)


def test_the_reasons_and_what_left_add_up_to_all_due_nudges(own_world: Path) -> None:
    reasons = [f"reason_{number}" for number in range(11)]
    decisions: list[Decision] = [
        (f"acct_{reason}", "treatment", 1, "in_app", "suppress", reason) for reason in reasons
    ]
    failed: list[Decision] = [("acct_failed", "treatment", 2, "email", "send", "send")]
    held: list[Entry] = [
        ("acct_failed", 2, "email", "claimed", None),
        ("acct_failed", 2, "email", "retryable", "recheck_too_old"),
    ]
    told = told_after(own_world, [*decisions, *failed, *NUDGED, *COMPLAINED], SENT + held)
    line = next(line for line in told.splitlines() if line.startswith("Due nudges"))
    listed = dict(pair.rsplit(" ", 1) for pair in line.split(": ", 1)[1].split(" (")[0].split(", "))
    assert set(listed) == {*reasons, "complaint", "recheck_too_old"}
    assert sum(map(int, listed.values())) == len(reasons) + 2
    assert line.endswith(f"({len(reasons) + 2} in all).")
    assert "Nudges that left for the outbox: 1 in tier 1 (in_app), 1 in tier 3 (human)." in told


def test_commands_to_copy_are_those_that_run_here(own_world: Path) -> None:
    told = told_after(own_world, CONTROL + NUDGED, SENT[:2], command=".venv/bin/milestone-agent")
    assert "Ask why    .venv/bin/milestone-agent explain acct_nudged " in told
    assert "Next       .venv/bin/milestone-agent ui " in told


def planted_accounts(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select planted_value from planted.facts where fact_key = 'accounts'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_fact_that_is_found_again_is_called_equal(own_world: Path) -> None:
    write_dim_accounts(own_world, planted_accounts(own_world))
    told = summary(own_world, namespace="dev/shadow", outbox=own_world.parent / "outbox")
    line = next(line for line in told.splitlines() if "accounts after merging" in line)
    assert line.endswith("(equal)")


def test_a_fact_that_differs_is_shouted(own_world: Path) -> None:
    write_dim_accounts(own_world, 3)
    told = summary(own_world, namespace="dev/shadow", outbox=own_world.parent / "outbox")
    line = next(line for line in told.splitlines() if "accounts after merging" in line)
    assert line.split()[1] == "3" and line.endswith("(DIFFERS)")


def test_facts_whose_relations_are_not_built_are_not_called_found(own_world: Path) -> None:
    with duckdb.connect(str(own_world), read_only=True) as connection:
        found = findings(connection)
    unbuilt = [finding for finding in found if finding.found is None]
    assert not any(finding.is_recovered for finding in unbuilt)
    assert {finding.verdict for finding in unbuilt} == {"after the nightly job"}


def test_relations_are_looked_up_under_the_schema_prefix(own_world: Path) -> None:
    write_dim_accounts(own_world, planted_accounts(own_world), schema="ada_onboarding")
    with duckdb.connect(str(own_world), read_only=True) as connection:
        found = {finding.key: finding for finding in findings(connection, schema_prefix="ada_")}
    assert found["accounts"].is_recovered


def test_it_says_where_to_look_next(own_world: Path) -> None:
    outbox = own_world.parent / "outbox"
    told = summary(own_world, namespace="dev/shadow", outbox=outbox)
    assert str(outbox / "dev" / "shadow") in told
    assert "milestone-agent ui" in told
    # Before the first tick nobody could explain anything.
    assert "milestone-agent explain" not in told


def test_a_warehouse_without_a_marker_has_no_summary(foreign_warehouse: Path) -> None:
    with pytest.raises(Refused, match="was not made by the demo"):
        summary(foreign_warehouse, namespace="dev/shadow", outbox=foreign_warehouse.parent)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"MILESTONE_AGENT_ENV": "prod"}, "does not run in production"),
        ({"MILESTONE_AGENT_LIVE": "1"}, "never sends for real"),
        ({"MILESTONE_AGENT_TARGET": "bigquery", "MILESTONE_AGENT_SCHEMA_PREFIX": "ada_"}, "is bigquery"),
    ],
)
def test_the_command_is_refused_where_a_demo_has_no_place(
    tmp_path: Path, environ: dict[str, str], said: str
) -> None:
    path = tmp_path / "home" / "w.duckdb"
    ran = CliRunner().invoke(main, ["demo"], env={"MILESTONE_AGENT_DUCKDB_PATH": str(path), **environ})
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert not path.parent.exists()


def test_the_command_refuses_a_file_that_it_did_not_make(foreign_warehouse: Path) -> None:
    before = foreign_warehouse.read_bytes()
    ran = CliRunner().invoke(main, ["demo"], env={"MILESTONE_AGENT_DUCKDB_PATH": str(foreign_warehouse)})
    assert ran.exit_code == 2
    assert "was not made by the demo" in ran.stderr
    assert foreign_warehouse.read_bytes() == before


def test_progress_is_plain_lines_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    report = progress_on(click.get_text_stream("stderr"))
    for share in (0.0, 0.01, 0.3, 0.31, 1.0):
        report("Writing events", share)
    assert capfd.readouterr().err.splitlines() == [
        "Writing events (0%)",
        "Writing events (30%)",
        "Writing events (100%)",
    ]


def test_a_silence_of_the_tick_is_broken_by_a_word_about_what_was_last_heard_of() -> None:
    stream = io.StringIO()
    with StillWorking(stream, seconds=0.1) as still_working:
        still_working.heard("fct_ticks")
        time.sleep(0.5)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("  still working, 0 s so far; last heard of fct_ticks") for line in lines)


def test_nothing_is_said_while_the_tick_reports_by_itself() -> None:
    stream = io.StringIO()
    with StillWorking(stream, seconds=60) as still_working:
        still_working.heard("fct_ticks")
    assert stream.getvalue() == ""


def test_an_invalid_seed_is_refused_before_the_former_demo_is_replaced(
    own_world: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(SEEDS_DIR.parent, project, ignore=shutil.ignore_patterns("target", "logs"))
    path_seed = project / "seeds" / "critical_path.csv"
    path_seed.write_text(
        path_seed.read_text(encoding="utf-8").replace(",24,48,", ",48,24,", 1), encoding="utf-8"
    )
    before = own_world.read_bytes()
    environ = {"MILESTONE_AGENT_DUCKDB_PATH": str(own_world), "MILESTONE_AGENT_DBT_PROJECT": str(project)}
    ran = CliRunner().invoke(main, ["demo"], env=environ)
    assert ran.exit_code == 2
    assert "critical_path.csv:3" in ran.stderr
    assert own_world.read_bytes() == before
