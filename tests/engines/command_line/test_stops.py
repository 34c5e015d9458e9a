"""What people tell the ledger: stops, answers to doubts, and that a namespace goes live."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engines.command_line.world import PREFIX, World
from tests.parsed_project import SHIPPED_PROJECT

pytestmark = pytest.mark.engines


def _without_when(printed: str) -> str:
    """Halts have ids of their own, and the wall clock says when they were written."""
    return re.sub(r"\b[0-9a-f]{12}\b|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC", "...", printed)


def test_a_stop_is_told_and_ends_alike(here: World, there: World) -> None:
    told = {}
    for world in (here, there):
        halt = world.run(
            "ledger", "halt", "--scope", "channel:email", "--why", "a wrong link", "--who", "ada"
        )
        halted = world.run("ledger", "status")
        released = world.run("ledger", "release", "--all", "--why", "looked into", "--who", "ada")
        told[world.name] = [_without_when(text) for text in (halt, halted, released)]

    assert told[there.name] == told[here.name]
    assert "a wrong link" in told[there.name][1]
    assert "a wrong link" not in there.run("ledger", "status")


def test_a_doubt_is_answered_once(here: World, there: World, nudges: list[dict[str, Any]]) -> None:
    there.printing("ledger", "review")
    here.printing("ledger", "review")
    doubted = nudges[1]["nudge_id"]
    answer = ("ledger", "resolve", doubted, "--sent", "--why", "the customer has it")

    told = there.run(*answer)
    again = there.run(*answer, refuses=True)
    [state] = there.rows(
        f"select state from {PREFIX}nudges.nudge_states where nudge_id = '{doubted}' and action = 'deliver'"
    )

    assert doubted in told
    assert "not in doubt" in again
    assert state["state"] == "resolved_sent"


def test_many_transactions_of_a_command_log_in_once(there: World) -> None:
    if there.log_ins is None:
        pytest.skip("BigQuery's key signs each request by itself")
    before = there.log_ins()
    there.run("ledger", "halt", "--scope", "tier:2", "--why", "a wrong link", "--who", "ada")
    there.run("ledger", "release", "--all", "--why", "mended", "--who", "ada")

    assert there.log_ins() - before == 2


def test_going_live_shows_who_has_slipped_and_asks_for_their_number(
    here: World, there: World, tmp_path: Path
) -> None:
    live = {
        "MILESTONE_AGENT_LIVE": "1",
        "MILESTONE_AGENT_DBT_PROJECT": str(_project_that_may_go_live(tmp_path)),
    }
    told = there.run("ledger", "open", "--confirm", "3", refuses=True, **live)

    assert told == here.run("ledger", "open", "--confirm", "3", refuses=True, **live)
    [number] = re.findall(r"3 is not the number of accounts printed \((\d+)\)", told)
    opened = there.run("ledger", "open", "--confirm", number, **live)
    assert "dev/live is open. The next tick may send." in opened
    assert "nothing to do" in there.run("ledger", "open", "--confirm", number, **live)


def _project_that_may_go_live(folder: Path) -> Path:
    """No vendor's credentials are asked for, and no experiment begins before the opening."""
    ignored = shutil.ignore_patterns("target", "logs")
    project = Path(shutil.copytree(SHIPPED_PROJECT, folder / "dbt_project", ignore=ignored))
    for name in ("nudge_policy", "message_templates", "experiment_epochs"):
        seed = project / "seeds" / f"{name}.csv"
        text = re.sub(",(intercom|hubspot|slack),", ",outbox,", seed.read_text(encoding="utf-8"))
        seed.write_text(text.replace(",2000-01-01 00:00:00,", ",2099-01-01 00:00:00,"), encoding="utf-8")
    return project
