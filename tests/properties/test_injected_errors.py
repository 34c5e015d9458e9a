"""An error in a rule does not get past the comparison.

Belongs here: rules made wrong in a copy of the SQL, each of which has to show as a difference. Does not
belong here: comparisons of the SQL as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.oracle.generator.load import load, visible
from tests.oracle.generator.policies import with_renamed_event
from tests.oracle.generator.world import Options, arrival_prefixes, generate
from tests.oracle.policy import load_seeds
from tests.oracle.reading import read
from tests.properties.comparison import Difference, Table, differences, expected_tables, found_tables
from tests.properties.dbt_project_copy import SHIPPED_PROJECT, DbtProjectCopy
from tests.properties.scenarios import Scenario

_SCENARIO = Scenario("errors", Options(seed=71, accounts=800))
_MODELS = "models/intermediate"


@dataclass(frozen=True)
class Injected:
    """A rule made wrong: in each file the one place that says `right` says `wrong` instead."""

    name: str
    edits: tuple[tuple[str, str, str], ...]


def _one(name: str, file: str, right: str, wrong: str) -> Injected:
    return Injected(name, ((file, right, wrong),))


_COMPLETED = f"{_MODELS}/milestones/int_milestones_completed.sql"
_PLACED = "models/marts/onboarding/fct_account_milestones.sql"
_PROGRESS = "models/marts/onboarding/fct_onboarding_progress.sql"
_TIMED = f"{_MODELS}/nudges/int_nudges_timed.sql"
_KEPT = f"{_MODELS}/events/int_events_kept.sql"

ALWAYS = (
    _one(
        "slipped only after slips_at",
        _PROGRESS,
        "clocks.slips_at <= as_of.as_of",
        "clocks.slips_at < as_of.as_of",
    ),
    _one(
        "holds ignored",
        f"{_MODELS}/clocks/int_crm_holds_resolved.sql",
        "holds.held_from is not null",
        "1 = 0",
    ),
)

IN_FULL = (
    _one(
        "load time for event time",
        _COMPLETED,
        "min(events.occurred_at) as first_occurred_at",
        "min(events.loaded_at) as first_occurred_at",
    ),
    _one("latest for earliest", _COMPLETED, "min(events.occurred_at)", "max(events.occurred_at)"),
    _one(
        "events before sign-up dropped",
        _COMPLETED,
        "accounts.cycle_started_at is null",
        "(accounts.cycle_started_at is null and events.occurred_at >= accounts.signed_up_at)",
    ),
    _one(
        "a completion after as_of makes state",
        _COMPLETED,
        "case when completions.first_occurred_at <= as_of.as_of then completions.first_occurred_at end",
        "completions.first_occurred_at",
    ),
    _one(
        "a gap taken for next",
        _PLACED,
        "min(case when milestone_order > coalesce(furthest_order, -2147483648)",
        "min(case when completed_at is null",
    ),
    _one(
        "working days ignored",
        "macros/merged_holds.sql",
        "where accounts_held.is_business_clock",
        "where 1 = 0",
    ),
    _one(
        "overlapping holds counted twice",
        "macros/merged_holds.sql",
        "case when earlier_held_until is null or held_from > earlier_held_until then 1 else 0 end",
        "1",
    ),
    _one(
        "tiers counted from expected_by",
        _TIMED,
        "accounts_progressed.slip_microseconds,",
        "accounts_progressed.expected_microseconds as slip_microseconds,",
    ),
    _one(
        "aliases ignored",
        f"{_MODELS}/identity/int_account_aliases_followed.sql",
        "where external_id is not null and account_id is not null",
        "where 1 = 0",
    ),
    Injected(
        "case of event names ignored",
        (
            (
                _KEPT,
                "events_by_either_name.event_name = event_names.event_name",
                "lower(events_by_either_name.event_name) = lower(event_names.event_name)",
            ),
            (
                _COMPLETED,
                "events.event_name = event_names.event_name",
                "lower(events.event_name) = lower(event_names.event_name)",
            ),
        ),
    ),
    _one(
        "only the slug of Segment's names read",
        _KEPT,
        "where unusable_reason is null and event_text is not null",
        "where 1 = 0",
    ),
    _one(
        "clocks that are ahead believed",
        _KEPT,
        "where unusable_reason is null union all",
        "union all",
    ),
    _one(
        "activated only before 720 hours",
        _PROGRESS,
        "'accounts.first_value_at') }} <= {{ thirty_days }}",
        "'accounts.first_value_at') }} < {{ thirty_days }}",
    ),
    _one(
        "errors that nobody recognises mailed about",
        f"{_MODELS}/nudges/int_nudges_scheduled.sql",
        "integration_errors.error_class = 'unknown'",
        "1 = 0",
    ),
    _one(
        "the user's latest group for his group then",
        f"{_MODELS}/identity/int_user_groups_ordered.sql",
        "partition by group_calls_kept.user_id, group_calls_kept.occurred_at order by",
        "partition by group_calls_kept.user_id order by group_calls_kept.occurred_at desc,",
    ),
    _one(
        "the account's night for the person's",
        f"{_MODELS}/nudges/int_nudges_judged.sql",
        "coalesce(recipients.timezone, accounts.timezone) = quiet_hours.timezone",
        "accounts.timezone = quiet_hours.timezone",
    ),
)


_CHANGED = f"{_MODELS}/accounts/int_accounts_changed.sql"

#: Reasons for which stored state is computed again, each taken away.
IN_STEPS = tuple(
    _one(
        f"{reason} overlooked",
        _CHANGED,
        f"select account_id from {reason}",
        f"select account_id from {reason} where 1 = 0",
    )
    for reason in (
        "accounts_with_new_events",
        "accounts_with_other_facts",
        "accounts_with_other_people",
        "accounts_with_other_holds",
        "accounts_under_other_policy",
    )
)


def _spelling(sql: str) -> re.Pattern[str]:
    """The same words with any white space between them."""
    return re.compile(r"\s*".join(re.escape(word) for word in re.findall(r"\w+|[^\w\s]", sql)))


def _differences_in_steps(project: DbtProjectCopy) -> list[Difference]:
    """Found after any of three builds, each of which is given what had arrived by then."""
    now = _SCENARIO.options.now
    history = generate(_SCENARIO.options, project.seeds)
    for place, until in enumerate(arrival_prefixes(Random(71), now, 3)):
        if place == 1:
            project.write_seeds(with_renamed_event(project.seeds))
        load(project.warehouse, history, until)
        project.build(as_of=until)
        reading = read(visible(history, until), project.seeds, as_of=until)
        if found := differences(expected_tables(reading, until), found_tables(project)):
            return found
    return []


def _name(injected: Injected) -> str:
    return injected.name.replace(" ", "-")


def _models(*injected: Injected) -> list[str]:
    return [Path(file).stem for one in injected for file, _, _ in one.edits]


def _project(folder: Path) -> DbtProjectCopy:
    return DbtProjectCopy(folder, _SCENARIO.seeds(load_seeds(SHIPPED_PROJECT / "seeds")))


@dataclass(frozen=True)
class Built:
    """The project without an error, its warehouse after a build, and what has to be found in it."""

    project: DbtProjectCopy
    expected: Mapping[str, Table]

    def differences(self, project: DbtProjectCopy) -> list[Difference]:
        return differences(self.expected, found_tables(project))


def _built(project: DbtProjectCopy) -> Built:
    now = _SCENARIO.options.now
    history = generate(_SCENARIO.options, project.seeds)
    load(project.warehouse, history)
    project.build(as_of=now)
    return Built(project, expected_tables(read(visible(history, None), project.seeds, as_of=now), now))


def _inject(injected: Injected, project: DbtProjectCopy) -> None:
    for file, right, wrong in injected.edits:
        path = project.folder / file
        text = path.read_text(encoding="utf-8")
        changed, count = _spelling(right).subn(wrong, text)
        assert count == 1, f"{file} reads otherwise now: inject this error where its rule went"
        path.write_text(changed, encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return _built(_project(tmp_path_factory.mktemp("built")))


def test_without_an_injected_error_there_is_no_difference(built: Built) -> None:
    """Nor is there one where a part is built again, as it is with each error that every run injects."""
    assert built.differences(built.project) == []
    built.project.build_again_from(*_models(*ALWAYS), as_of=_SCENARIO.options.now)
    assert built.differences(built.project) == []


@pytest.mark.parametrize("injected", ALWAYS, ids=_name)
def test_an_injected_error_is_found(injected: Injected, built: Built, tmp_path: Path) -> None:
    project = built.project.copied_to(tmp_path)
    _inject(injected, project)
    project.build_again_from(*_models(injected), as_of=_SCENARIO.options.now)
    assert built.differences(project)


@pytest.mark.full
@pytest.mark.parametrize("injected", IN_FULL, ids=_name)
def test_an_injected_error_is_found_from_the_first_row_on(injected: Injected, tmp_path: Path) -> None:
    project = _project(tmp_path)
    _inject(injected, project)
    assert _built(project).differences(project)


@pytest.mark.full
@pytest.mark.parametrize("injected", IN_STEPS, ids=_name)
def test_a_change_that_is_overlooked_is_found(injected: Injected, tmp_path: Path) -> None:
    project = _project(tmp_path)
    _inject(injected, project)
    assert _differences_in_steps(project)
