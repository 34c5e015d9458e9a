"""State, due times and decisions of the SQL are those of the slow reading."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.oracle.generator.load import load, visible
from tests.oracle.generator.policies import with_renamed_event
from tests.oracle.generator.world import Options, arrival_prefixes, generate
from tests.oracle.instants import DAY, HOUR, MINUTE
from tests.oracle.ledger import ledger_of
from tests.oracle.policy import load_seeds, read_policy
from tests.oracle.raw import ARRIVES, Row
from tests.oracle.reading import read
from tests.oracle.watermark import read_as_of
from tests.properties import ledger_rows
from tests.properties.comparison import assert_same
from tests.properties.dbt_project_copy import SHIPPED_PROJECT, DbtProjectCopy
from tests.properties.scenarios import EVERYTHING, FEWEST_TABLES, OTHERS, Scenario

_COUNT_BY_REASON = "select reason_code, count(*) as nudges from onboarding.fct_nudge_decisions group by 1"
_COUNT_BY_REASON = "select reason_code, count(*) as nudges from onboarding.fct_nudge_decisions group by 1"
_SHIPPED = load_seeds(SHIPPED_PROJECT / "seeds")


def _in_full(*values: object) -> list[object]:
    return [pytest.param(value, marks=pytest.mark.full) for value in values]


def _name(value: object) -> str:
    return value.name.replace(" ", "-") if isinstance(value, Scenario) else str(value)


@pytest.mark.parametrize("scenario", [EVERYTHING, FEWEST_TABLES, *_in_full(*OTHERS)], ids=_name)
def test_one_build_agrees_with_the_slow_reading(scenario: Scenario, tmp_path: Path) -> None:
    project = DbtProjectCopy(tmp_path, scenario.seeds(_SHIPPED))
    history = generate(scenario.options, project.seeds)
    load(project.warehouse, history, instant_type=scenario.instant_type)
    project.build(as_of=scenario.options.now)
    reading = read(visible(history, None), project.seeds, as_of=scenario.options.now)
    assert_same(reading, project, history, scenario.options.now)
    counted = project.rows(
        "select reason_code, count(*) as nudges from onboarding.fct_nudge_decisions group by 1"
    )
    assert all(row["reason_code"] for row in counted)
    assert sum(row["nudges"] for row in counted) == sum(len(one.decisions) for one in reading.values()) > 0


# Every run takes fewer accounts; more of the same would be generated, read by both and compared.
@pytest.mark.parametrize(
    ("seed", "count", "accounts"),
    [(31, 3, 800), *[pytest.param(seed, 5, 2000, marks=pytest.mark.full) for seed in (31, 32, 33)]],
)
def test_incremental_builds_agree_after_every_prefix_of_arrivals(
    seed: int, count: int, accounts: int, tmp_path: Path
) -> None:
    scenario = Scenario("prefixes", Options(seed=seed, accounts=accounts))
    now = scenario.options.now
    project = DbtProjectCopy(tmp_path, scenario.seeds(_SHIPPED))
    history = generate(scenario.options, project.seeds)
    prefixes = arrival_prefixes(Random(seed), now, count)
    for place, until in enumerate(prefixes):
        if place == count // 2:
            # The policy changes half-way: a new event name has to be found in rows that were read long ago.
            project.write_seeds(with_renamed_event(project.seeds))
        load(project.warehouse, history, until)
        project.build(as_of=until)
        there = visible(history, until)
        assert_same(read(there, project.seeds, as_of=until), project, there, until)


# Every run sees one build agree above, and here the incremental ones with the same reading.
@pytest.mark.full
@pytest.mark.parametrize("seed", [31, 32, 33])
def test_a_rebuild_under_the_changed_policy_agrees_as_well(seed: int, tmp_path: Path) -> None:
    scenario = Scenario("prefixes", Options(seed=seed))
    now = scenario.options.now
    before = scenario.seeds(_SHIPPED)
    history = generate(scenario.options, before)
    rebuilt = DbtProjectCopy(tmp_path, with_renamed_event(before))
    load(rebuilt.warehouse, history, now)
    rebuilt.build(as_of=now)
    there = visible(history, now)
    assert_same(read(there, rebuilt.seeds, as_of=now), rebuilt, there, now)


@pytest.mark.full
def test_rows_with_a_later_load_time_do_not_spoil_an_earlier_replay(tmp_path: Path) -> None:
    scenario = Scenario("all rows at once", Options(seed=41))
    now = scenario.options.now
    project = DbtProjectCopy(tmp_path, scenario.seeds(_SHIPPED))
    history = generate(scenario.options, project.seeds)
    there = visible(history, None)
    load(project.warehouse, history)
    for as_of in (now - 9 * DAY, now - 2 * DAY, now):
        project.build(as_of=as_of)
        assert_same(read(there, project.seeds, as_of=as_of), project, there, as_of)


@pytest.mark.parametrize("seed", [51, *_in_full(52, 53)])
def test_decisions_after_sends_agree_with_the_slow_reading(seed: int, tmp_path: Path) -> None:
    scenario = Scenario("with a ledger", Options(seed=seed))
    now = scenario.options.now
    random = Random(seed)
    project = DbtProjectCopy(tmp_path, scenario.seeds(_SHIPPED))
    policy = read_policy(project.seeds)
    history = dict(generate(scenario.options, project.seeds))
    load(project.warehouse, history, now - DAY)
    ledger_rows.migrate(project)
    project.build(as_of=now - DAY)
    played = ledger_rows.play_out(random, ledger_rows.due_nudges(project), policy, now)
    ledger_rows.halt(project, "channel:email", now)
    ledger = replace(ledger_rows.append(project, played, now), halts=frozenset({"channel:email"}))
    touches, feedback = ledger_rows.answers(random, played, now)
    history["crm.account_touches"] = [*history["crm.account_touches"], *touches]
    history["feedback.message_events"] = [*history["feedback.message_events"], *feedback]

    load(project.warehouse, history, now)
    project.build(as_of=now)
    there = visible(history, now)
    reading = read(there, project.seeds, as_of=now, ledger=ledger)
    assert_same(reading, project, there, now)
    codes = Counter(decision.reason_code for one in reading.values() for decision in one.decisions)
    expected = {"already_sent", "in_doubt", "needs_review", "escalated", "dead", "retry_later", "halted"}
    expected |= {"quiet_hours", "account_cap", "person_cap", "csm_over_capacity", "over_ceiling"}
    assert expected <= set(codes)

    # The same state seen by a tick on the clock, whose facts end somewhat before it.
    tick_at = now + 3 * HOUR
    history["loader.heartbeats"] = [
        *history["loader.heartbeats"],
        *(_heartbeat(random, source, tick_at) for source in scenario.options.sources),
    ]
    load(project.warehouse, history, tick_at)
    there = visible(history, tick_at)
    as_of = read_as_of(there, policy, tick_at)
    assert now < as_of < tick_at
    ledger_rows.hold_lease(project, tick_at, "tick-2")
    project.build()
    reading = read(there, project.seeds, as_of=as_of, tick_at=tick_at, ledger=ledger)
    assert_same(reading, project, there, as_of)


@pytest.mark.full
def test_a_live_namespace_leaves_alone_what_slipped_before_it_was_opened(tmp_path: Path) -> None:
    scenario = Scenario("live", Options(seed=61))
    now = scenario.options.now
    project = DbtProjectCopy(tmp_path, scenario.seeds(_SHIPPED))
    history = generate(scenario.options, project.seeds)
    there = visible(history, None)
    load(project.warehouse, history)
    ledger_rows.migrate(project)
    project.build(as_of=now, is_live=True)
    shut = read(there, project.seeds, as_of=now, ledger=ledger_of([], is_live=True))
    assert_same(shut, project, there, now)

    slips = sorted(one.progress.slips_at for one in shut.values() if one.decisions and one.progress.slips_at)
    # At the very slip of one account, which does not count as before.
    opened_at = slips[len(slips) // 2]
    ledger_rows.open_live(project, opened_at)
    project.build(as_of=now, is_live=True)
    ledger = ledger_of([], is_live=True, opened_at=opened_at)
    assert_same(read(there, project.seeds, as_of=now, ledger=ledger), project, there, now)


def _heartbeat(random: Random, source: str, tick_at: int) -> Row:
    loaded_at = tick_at - 5 * MINUTE
    through = loaded_at - random.randint(0, 90 * MINUTE)
    return {"source_name": source, "synced_through": through, "loaded_at": loaded_at, ARRIVES: loaded_at}
