"""`ledger review`, `resolve`, `halt` and `release`: what people answer and stop, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from nudge_senders.counts import DeliveryCounts
from nudge_senders.halt_file import read_halt_file
from nudge_senders.ledger import Lease, TickRecord
from tests.cli.test_ledger import ledger_of
from tests.validation.house import House

DOUBT = "n5"


def halt_id_of(output: str) -> str:
    return output.rsplit("ledger release ", 1)[1].split()[0]


def answers_of(house: House) -> list[tuple[object, ...]]:
    with duckdb.connect(str(house.warehouse), read_only=True) as connection:
        return connection.execute(
            "select nudge_id, action, kind, who, why from nudges.nudge_resolutions"
        ).fetchall()


@pytest.fixture
def locked(house: House) -> Iterator[House]:
    """Another process has the warehouse open."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(house.warehouse)!r}); print(1); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    yield house
    holder.communicate(b"\n")


def test_a_review_says_what_is_in_doubt_where_to_look_and_how_to_answer(house: House) -> None:
    before = house.fingerprint()

    result = house.run("ledger", "review")

    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "dev/shadow: 0 wait for a person, 1 are still being settled without one." in text
    assert "n5 uncertain since 2026-01-07 08:00:06 UTC" in text
    assert "account initech, integration_connected, tier 2 by email to outbox" in text
    assert "The call broke off" in text
    assert "Attempted 2026-01-07 08:00:05 UTC: look for n5 in deliveries.jsonl" in text
    assert "milestone-agent ledger resolve n5 --sent --why" in text
    assert house.fingerprint() == before


@pytest.mark.parametrize(
    ("option", "kind"), [("--sent", "resolved_sent"), ("--not-sent", "resolved_not_sent")]
)
def test_an_answer_is_appended_once_with_who_and_why(house: House, option: str, kind: str) -> None:
    result = house.run("ledger", "resolve", DOUBT, option, "--who", "kim", "--why", "seen in the log")

    assert result.exit_code == 0, result.output
    assert answers_of(house) == [(DOUBT, "deliver", kind, "kim", "seen in the log")]
    [entry] = [entry for entry in ledger_of(house).entries(DOUBT) if entry.kind == kind]
    assert (entry.reason_code, entry.account_id, entry.destination) == (
        "resolved_by_person",
        "initech",
        "outbox",
    )
    row = ledger_of(house).lease()
    assert row is not None
    assert (row.fence, entry.fence, row.released_at is not None) == (1, 1, True)
    assert "Nothing is in doubt" in house.run("ledger", "review").stdout

    again = house.run("ledger", "resolve", DOUBT, "--sent", "--why", "once more")
    assert again.exit_code == 2
    assert f"is {kind} in dev/shadow and not in doubt" in again.stderr
    assert len(answers_of(house)) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["n1", "--sent", "--why", "x"], "is sent in dev/shadow and not in doubt"),
        (["n77", "--sent", "--why", "x"], "is unknown in dev/shadow"),
        ([DOUBT, "--sent", "--action", "withdraw", "--why", "x"], "is unknown in dev/shadow"),
        ([DOUBT, "--why", "x"], "--sent or --not-sent"),
        ([DOUBT, "--sent"], "--why"),
        ([DOUBT, "--sent", "--why", " "], "say why in a few words"),
        ([DOUBT, "--sent", "--why", "ada@acme.example has it"], "the ledger keeps none"),
    ],
)
def test_an_answer_to_no_question_is_refused(house: House, arguments: list[str], told: str) -> None:
    result = house.run("ledger", "resolve", *arguments)

    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert answers_of(house) == []


def test_nothing_is_answered_while_a_tick_runs(house: House) -> None:
    now = datetime.now(tz=UTC)
    ledger_of(house).acquire_lease(
        namespace="dev/shadow", tick_id="t7", tick_at=now, time_to_live=timedelta(minutes=5)
    )

    result = house.run("ledger", "resolve", DOUBT, "--sent", "--why", "seen")

    assert result.exit_code == 2
    assert "A tick is running, and nothing was resolved" in result.stderr
    assert answers_of(house) == []


def test_a_halt_stands_in_file_and_row_under_one_id_until_it_is_released(house: House) -> None:
    result = house.run("ledger", "halt", "--scope", "channel:email", "--for", "2h", "--why", "wrong link")

    assert result.exit_code == 0, result.output
    assert "row   written to nudge_halts" in result.stdout
    halt_id = halt_id_of(result.stdout)
    [line] = read_halt_file(house.warehouse.parent / "HALT")
    [row] = ledger_of(house).halts()
    assert (line.halt_id, line.scope, line.why) == (row.halt_id, row.scope, row.why)
    assert (row.halt_id, row.scope, row.until_at) == (halt_id, "channel:email", line.until_at)
    status = house.run("ledger", "status").stdout
    assert f"milestone-agent ledger release {halt_id}" in status
    assert "channel:email by" in status

    assert house.run("ledger", "release", halt_id).exit_code == 0

    assert not (house.warehouse.parent / "HALT").exists()
    assert ledger_of(house).halts() == []
    assert "stopped     nothing" in house.run("ledger", "status").stdout
    assert house.run("ledger", "release", halt_id).exit_code == 2


def test_a_locked_warehouse_is_stopped_by_the_file_and_says_so(locked: House) -> None:
    result = locked.run("ledger", "halt", "--why", "an incident")

    assert result.exit_code == 0, result.output
    assert "is locked by process" in result.stdout
    assert "The file alone stops sends" in result.stdout
    assert [halt.scope for halt in read_halt_file(locked.warehouse.parent / "HALT")] == ["all"]

    released = locked.run("ledger", "release", "--file")
    assert released.exit_code == 0, released.output
    assert not (locked.warehouse.parent / "HALT").exists()


def test_a_halt_that_can_stand_nowhere_says_whether_sends_are_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.sql("drop schema nudges cascade")
    (house.warehouse.parent / "HALT").mkdir()
    stopped = house.run("ledger", "halt", "--why", "an incident")
    assert stopped.exit_code == 1
    assert "All sends are stopped by what lies there" in stopped.stderr

    (house.warehouse.parent / "HALT").rmdir()

    def refuse(path: object, halt: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dagster_project.halting.add_to_halt_file", refuse)
    result = house.run("ledger", "halt", "--why", "an incident")
    assert result.exit_code == 1
    assert "NOTHING WAS STOPPED" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--scope", "chanel:email", "--why", "x"], "is no scope"),
        (["--scope", "channel:", "--why", "x"], "is no scope"),
        (["--scope", "channel:mail", "--why", "x"], "known: in_app, email, human"),
        (["--scope", "destination:hubspott", "--why", "x"], "There is no destination"),
        (["--scope", "template:nothing", "--why", "x"], "There is no template"),
        (["--scope", "tier:9", "--why", "x"], "There is no tier"),
        (["--scope", "namespace:prod/live", "--why", "x"], "known: dev/live, dev/shadow"),
        (["--until", "2020-01-01", "--why", "x"], "has passed already"),
        (["--for", "2h", "--until", "2099-01-01", "--why", "x"], "not both"),
        (["--for", "soon", "--why", "x"], "is not a duration"),
        ([], "--why"),
    ],
)
def test_a_halt_that_would_stop_something_else_is_refused(
    house: House, arguments: list[str], told: str
) -> None:
    before = house.fingerprint()

    result = house.run("ledger", "halt", *arguments)

    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert house.fingerprint() == before


def test_release_all_ends_every_halt_of_file_and_table_but_not_the_variable(house: House) -> None:
    ledger_of(house).append_halt(scope="destination:slack", who="nudge_senders", why="destination_failing")
    assert house.run("ledger", "halt", "--why", "an incident").exit_code == 0
    with (house.warehouse.parent / "HALT").open("a") as file:
        file.write("tier:3\n")
    house.environ = {"MILESTONE_AGENT_HALT": "1"}

    result = house.run("ledger", "release", "--all")

    assert result.exit_code == 0, result.output
    assert "Released 3." in result.stdout
    assert "MILESTONE_AGENT_HALT=1 is set here and still stops all sends" in result.stdout
    assert ledger_of(house).halts() == []
    assert not (house.warehouse.parent / "HALT").exists()


def test_nothing_is_released_when_the_halt_file_cannot_be_taken_away(house: House) -> None:
    halt_id = ledger_of(house).append_halt(scope="tier:2", who="kim", why="a wrong link")
    (house.warehouse.parent / "HALT").mkdir()

    result = house.run("ledger", "release", "--all")

    assert result.exit_code == 2, result.output
    assert [halt.halt_id for halt in ledger_of(house).halts()] == [halt_id]


def test_an_anomaly_is_released_under_the_policy_of_the_last_tick_only(house: House) -> None:
    arguments = ("ledger", "release", "--anomaly", "--up-to", "40", "--why", "a large customer")
    too_early = house.run(*arguments)
    assert too_early.exit_code == 2
    assert "No tick has finished in dev/shadow yet" in too_early.stderr
    ledger = ledger_of(house)
    ledger.finish_tick(finished_tick(policy_hash="p1"))

    result = house.run(*arguments)

    assert result.exit_code == 0, result.output
    assert "up to 40 new slips are let through under the policy p1" in result.stdout
    with duckdb.connect(str(house.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select scope, up_to, policy_hash, until_at - recorded_at, released_at = recorded_at, why "
            "from nudges.nudge_halts"
        ).fetchall()
    assert rows == [("anomaly", 40, "p1", timedelta(hours=24), True, "a large customer")]
    assert ledger.halts() == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--all", "--file"],
        ["--anomaly", "--why", "x"],
        ["--up-to", "3", "--all"],
        ["--anomaly", "--up-to", "-1", "--why", "x"],
        ["--anomaly", "--up-to", "3"],
        ["h1"],
    ],
)
def test_a_release_of_nothing_or_of_two_things_is_refused(house: House, arguments: list[str]) -> None:
    before = house.fingerprint()
    assert house.run("ledger", "release", *arguments).exit_code == 2
    assert house.fingerprint() == before


def test_status_tells_the_age_of_the_last_tick_and_the_states_that_live_left_set(house: House) -> None:
    ledger_of(house).finish_tick(finished_tick(policy_hash="p1"))
    house.sql(
        "insert into nudges.nudge_events by name select * replace ('dev/live' as namespace, "
        "'intercom' as destination, entry_id || '-live' as entry_id) from nudges.nudge_events "
        "where nudge_id = 'n1'"
    )

    text = house.run("ledger", "status").stdout

    assert "7 min ago" in text
    assert "still set   1 in-app states at intercom in dev/live, 1 accounts" in text
    house.sql(
        "insert into nudges.nudge_events by name select * replace ('withdraw' as action, "
        "entry_id || '-withdraw' as entry_id) from nudges.nudge_events where namespace = 'dev/live'"
    )
    assert "still set   no in-app state" in house.run("ledger", "status").stdout


def finished_tick(*, policy_hash: str, namespace: str = "dev/shadow") -> TickRecord:
    finished_at = datetime.now(tz=UTC) - timedelta(minutes=7, seconds=10)
    lease = Lease(
        namespace=namespace,
        tick_id="t1",
        tick_at=finished_at,
        fence=0,
        holder="nobody",
        acquired_at=finished_at,
        expires_at=finished_at,
    )
    return TickRecord.of(
        lease,
        as_of=finished_at,
        finished_at=finished_at,
        policy_hash=policy_hash,
        due=0,
        counts=DeliveryCounts(),
        next_wake_at=None,
        input_fingerprint=None,
    )
