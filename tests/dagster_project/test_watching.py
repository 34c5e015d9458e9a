"""When it stops, somebody is told: once, without a customer's name, and nothing raises for it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
from dagster import (
    DagsterInstance,
    SensorResult,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    op,
)

from dagster_project.assets.watch_checks import looks_of
from dagster_project.errors import RunFailed
from dagster_project.jobs import TICK_JOB
from dagster_project.news import TOLD_AGAIN_AFTER, Remembered, news, read_cursor, write_cursor
from dagster_project.operations_channel import tell
from dagster_project.sensors import failed_runs_sensor, watch_sensor
from dagster_project.settings import Settings
from dagster_project.should_tick import Verdict
from dagster_project.watching import (
    OLDEST_FINISHED_TICK,
    TICK_INTERVAL,
    Finding,
    attempts,
    freshness_of,
)
from nudge_senders.counts import DeliveryCounts
from nudge_senders.ledger import Lease, TickRecord, open_ledger
from tests.dagster_project.conftest import START

LAUNCHING = Verdict(True, "something arrived or was changed")


def ticked(minutes_ago: float) -> TickRecord:
    at = START - timedelta(minutes=minutes_ago)
    lease = Lease(
        namespace="dev/shadow",
        tick_id=f"t{minutes_ago:.0f}",
        tick_at=at,
        fence=1,
        holder="nobody",
        acquired_at=at,
        expires_at=at,
    )
    return TickRecord.of(
        lease,
        as_of=at,
        finished_at=at,
        policy_hash=None,
        due=0,
        counts=DeliveryCounts(),
        next_wake_at=None,
        input_fingerprint=None,
    )


@dataclass
class Channel:
    """A stand-in for Slack that keeps what is posted."""

    url: str = ""
    posted: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    made = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = json.dumps({"ok": True, "ts": "1"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/api/"
    monkeypatch.setattr("nudge_senders.slack_client.SLACK_URL", made.url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("SLACK_OPS_CHANNEL", "C-OPS")
    yield made
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("last", "verdict", "is_good"),
    [
        (ticked(OLDEST_FINISHED_TICK.total_seconds() / 60), LAUNCHING, True),
        (ticked(OLDEST_FINISHED_TICK.total_seconds() / 60 + 0.1), LAUNCHING, False),
        (ticked(600), Verdict(False, "a tick holds the lease"), False),
        (ticked(600), Verdict(False, "nothing can have changed", is_idle=True), True),
        (None, Verdict(True, "no tick has finished yet"), True),
        (ticked(1), Verdict(False, "the warehouse is busy", is_blind=True), False),
    ],
)
def test_a_tick_is_missed_after_three_intervals_when_there_was_something_to_do(
    last: TickRecord | None, verdict: Verdict, is_good: bool
) -> None:
    assert freshness_of(last, verdict, START).is_good is is_good


def test_a_bad_finding_is_told_once_again_after_six_hours_and_when_it_is_over() -> None:
    bad, good = Finding(False, "no tick", {}), Finding(True, "ticks again", {})
    state, told = news(Remembered(), bad, START)
    assert told == "no tick"
    state, told = news(state, bad, START + timedelta(minutes=5))
    assert told is None
    state, told = news(state, bad, START + TOLD_AGAIN_AFTER)
    assert told == "no tick"
    state = read_cursor(write_cursor({"look": state}))["look"]
    state, told = news(state, good, START + timedelta(hours=7))
    assert told == "over: ticks again"
    assert news(state, good, START + timedelta(hours=8)) == (Remembered(was_good=True), None)


def test_a_warehouse_that_is_busy_for_a_moment_is_no_news_and_one_that_stays_so_is() -> None:
    busy = freshness_of(None, Verdict(False, "the warehouse is busy", is_blind=True), START)
    state, told = news(Remembered(), busy, START)
    assert told is None
    assert news(state, busy, START + OLDEST_FINISHED_TICK)[1] is not None
    assert read_cursor("not ours") == read_cursor('{"look": 3}') == read_cursor(None) == {}


def test_without_a_channel_or_with_one_that_is_down_the_line_is_logged_and_nothing_raises(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.ERROR):
        tell("no tick", {})
        tell("no tick", {"SLACK_BOT_TOKEN": "xoxb-canary", "SLACK_OPS_CHANNEL": " "})
        monkeypatch.setattr("nudge_senders.slack_client.SLACK_URL", "http://127.0.0.1:9/api/")
        tell("no tick", {"SLACK_BOT_TOKEN": "xoxb-canary", "SLACK_OPS_CHANNEL": "C-OPS"})
    assert [record.getMessage() for record in caplog.records].count("no tick") == 3
    assert "xoxb-canary" not in caplog.text


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two finished ticks, and two accounts whose nudges both of them wanted to send."""
    made = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb")})
    ledger = open_ledger(made.duckdb_path, clock=lambda: START)
    ledger.migrate()
    for minutes_ago in (35, 30):
        ledger.finish_tick(ticked(minutes_ago))
    with duckdb.connect(str(made.duckdb_path)) as connection:
        connection.execute(_DECISIONS)
    return made


_DECISIONS = """
create schema onboarding;
create table onboarding.fct_nudge_decisions as
select
    't30' as tick_id, 'dev/shadow' as namespace, nudge_id, 'acct-' || nudge_id as account_id,
    'm' as milestone_key, 2 as tier, 'email' as channel, 'hubspot' as destination,
    'email_how_to' as template_key, decision
from (values ('n1', 'send'), ('n2', 'send'), ('n3', 'send'), ('n4', 'defer')) as nudges (nudge_id, decision);
-- n3 is to be sent since the last tick only.
create table onboarding.fct_nudge_decision_changes as
select
    nudge_id, namespace,
    timestamp '2026-03-04 11:25:00' + to_minutes(case when nudge_id = 'n3' then 5 else 0 end) as tick_at
from onboarding.fct_nudge_decisions;
"""


def test_what_two_finished_ticks_wanted_to_send_is_missed_unless_it_was_tried_or_is_halted(
    settings: Settings,
) -> None:
    found = attempts(settings, lambda: START)
    assert (found.is_good, found.facts["not attempted"]) == (False, 2)
    assert "acct" not in found.told
    settings.halt_file.write_text("channel:email\n", encoding="utf-8")
    held = attempts(settings, lambda: START)
    assert (held.is_good, held.facts["held back by a halt"]) == (True, 2)
    settings.halt_file.unlink()
    with duckdb.connect(str(settings.duckdb_path)) as connection:
        connection.execute(
            "insert into nudges.nudge_events by name select nudge_id, 'dev/shadow' as namespace, "
            "'claimed' as kind, 'deliver' as action, timestamp '2026-03-04 11:31:00' as recorded_at "
            "from (values ('n1'), ('n2')) as tried (nudge_id)"
        )
    assert attempts(settings, lambda: START).is_good


def test_the_watch_tells_each_bad_finding_once_it_has_lasted_and_shows_it_as_a_check(
    settings: Settings, channel: Channel
) -> None:
    now = START

    def look(cursor: str | None) -> SensorResult:
        watch = watch_sensor(looks_of(settings, (), lambda: now), settings, lambda: now)
        result = watch(build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(result, SensorResult)
        return result

    with DagsterInstance.ephemeral() as instance:
        first = look(None)
        # After a quiet night a tick may be old for a moment; what was not tried twice is told at once.
        assert [event.check_name for event in first.asset_events] == ["what_is_due_is_attempted"]
        now += 3 * TICK_INTERVAL
        second = look(first.cursor)
        third = look(second.cursor)
    texts = [post["text"] for post in channel.posted]
    assert [post["channel"] for post in channel.posted] == ["C-OPS", "C-OPS"]
    assert "dev/shadow: 2 nudges were to be sent in two finished ticks and were not attempted" in texts[0]
    assert "dev/shadow: the last finished tick is 45 min old, and something arrived" in texts[1]
    assert not any(name in text for text in texts for name in ("acct", "@"))
    events = [*second.asset_events, *third.asset_events]
    assert [(event.check_name, event.passed) for event in events] == [("a_tick_finished_lately", False)]


def test_a_look_that_breaks_never_raises_out_of_the_sensor(settings: Settings) -> None:
    def break_down() -> Finding:
        raise OSError("a disk with a secret name")

    [look, _] = looks_of(settings, (), lambda: START)
    watch = watch_sensor([replace(look, find=break_down)], settings, lambda: START)
    with DagsterInstance.ephemeral() as instance:
        skipped = watch(build_sensor_context(instance=instance))
    assert isinstance(skipped, SkipReason)
    assert skipped.skip_message == "could not look: OSError"


def test_the_first_of_a_row_of_failed_ticks_is_told_with_steps_and_kinds_but_no_texts(
    settings: Settings, channel: Channel
) -> None:
    @op
    def dbt_plan() -> None:
        raise RunFailed("could not convert 'Account a1' to a number")

    @job(name=TICK_JOB)
    def failing() -> None:
        dbt_plan()

    told = failed_runs_sensor([failing], settings)
    with DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            run = failing.execute_in_process(instance=instance, raise_on_error=False)
            context = build_run_status_sensor_context(
                sensor_name=told.name,
                dagster_event=run.get_run_failure_event(),
                dagster_instance=instance,
                dagster_run=run.dagster_run,
            )
            told(context.for_run_failure())
    [post] = channel.posted
    assert post["text"].startswith("dev/shadow: onboarding_tick failed: dbt_plan (RunFailed); run ")
