"""What is only looked at: explain, preview, the ledger's state and its doubts, raw tables by validate."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engines.command_line.world import World
from tests.parsed_project import SHIPPED_PROJECT

pytestmark = pytest.mark.engines


def test_an_account_is_explained_alike(here: World, there: World, nudges: list[dict[str, Any]]) -> None:
    account = nudges[0]["account_id"]

    told = there.printing("explain", account)

    assert told == here.printing("explain", account)
    assert nudges[0]["milestone_key"] in told
    assert f"sent        {nudges[0]['destination']}" in told


@pytest.mark.parametrize("misspelt", ["swapped", "half"])
def test_the_ids_nearest_to_an_unknown_one_are_named_alike(
    here: World, there: World, nudges: list[dict[str, Any]], misspelt: str
) -> None:
    account = str(nudges[0]["account_id"])
    wanted = account[:-1] + "zz" if misspelt == "swapped" else account[: len(account) // 2 + 3]

    told = there.run("explain", wanted, refuses=True)

    assert told == here.run("explain", wanted, refuses=True)
    assert f"did you mean {account}" in told


@pytest.mark.parametrize("number", range(3))
def test_a_nudge_is_previewed_alike(
    here: World, there: World, nudges: list[dict[str, Any]], number: int
) -> None:
    nudge = nudges[number]["nudge_id"]

    assert there.printing("preview", nudge) == here.printing("preview", nudge)


def test_a_nudge_that_is_due_is_rendered_with_the_facts_of_its_account(here: World, there: World) -> None:
    [due, *_] = here.rows(
        "select nudge_id, account_id from engines_onboarding.fct_nudge_decisions "
        "where decision = 'send' order by nudge_id"
    )

    told = there.printing("preview", due["nudge_id"])

    assert told == here.printing("preview", due["nudge_id"])
    assert "Refused" not in told


def test_the_state_of_the_ledger_and_its_doubts_are_told_alike(here: World, there: World) -> None:
    status, review = there.printing("ledger", "status"), there.printing("ledger", "review")

    assert status == here.printing("ledger", "status")
    assert review == here.printing("ledger", "review")
    assert "needs_review" in status
    assert "2 wait for a person" in review


def test_raw_tables_without_faults_are_valid(here: World, there: World) -> None:
    assert there.printing("validate") == here.printing("validate")
    assert "Valid: 0 errors, 0 warnings" in there.printing("validate")


def test_faults_of_raw_tables_are_told_alike(here: World, there: World, tmp_path: Path) -> None:
    project = _project(tmp_path)
    told = {}
    for world in (here, there):
        _break(world)
        printed = world.run("validate", refuses=True, MILESTONE_AGENT_DBT_PROJECT=str(project))
        # Snowflake keeps the names of columns in capitals.
        printed = printed.replace("ACCOUNT_ID, REASON", "account_id, reason")
        # Problems are told by the name of their file, or of the warehouse.
        told[world.name] = sorted(printed.splitlines())

    assert told[there.name] == told[here.name]
    for fault in (
        "have an email address as contact_id",
        "Mars/Olympus",
        "a signed_up_at that is no date ('soon')",
        "an is_internal that is no flag ('maybe')",
        "event 'Workspace Createdd' of",
        "lead to an account of broken_crm.accounts",
        "the table broken_crm.account_holds has no column held_from",
    ):
        assert any(fault in line for line in told[there.name]), fault


def _project(folder: Path) -> Path:
    project = Path(shutil.copytree(SHIPPED_PROJECT, folder / "dbt_project", ignore=_NOT_OURS))
    for name, before, after in (
        ("dbt_project.yml", "crm_schema: crm", "crm_schema: broken_crm"),
        ("seeds/critical_path.csv", "Workspace Created|workspace_created", "Workspace Createdd"),
    ):
        text = (project / name).read_text(encoding="utf-8")
        assert before in text
        (project / name).write_text(text.replace(before, after), encoding="utf-8")
    return project


_NOT_OURS = shutil.ignore_patterns("target", "logs")


def _break(world: World) -> None:
    """Once for each world."""
    if world.printed.setdefault(("broken",), "not yet") == "broken":
        return
    world.printed["broken",] = "broken"
    for statement in (
        "create schema broken_crm",
        "create table broken_crm.accounts as select account_id, account_name, 'soon' as signed_up_at, "
        "'Mars/Olympus' as timezone, 'maybe' as is_internal from crm.accounts where account_id < 'acct_4'",
        "create table broken_crm.contacts as select 'someone@example.com' as contact_id, account_id, "
        "user_id, email from crm.contacts where account_id < 'acct_4'",
        "create table broken_crm.account_holds as select account_id, 'holiday' as reason from crm.accounts",
    ):
        world.rows(statement)
