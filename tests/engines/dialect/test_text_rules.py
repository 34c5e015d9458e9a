"""No model or macro is written as one engine alone reads it. The engines' own macros are free to be."""

from pathlib import Path

import pytest

from tests.engines.dialect.text_rules import findings
from tests.parsed_project import SHIPPED_PROJECT

#: What is never null where it stands, though no test of a column of that name says so: the model or macro
#: takes it from a literal or a limit that `validate` asks for, or leaves out its nulls a few lines above.
NEVER_NULL_IN = {
    "deadlines": {"counted_from"},
    "merged_holds": {"held_until"},
    "slips": {"completed_at", "progressed_at", "milestone_order"},
    "weekday_medians": {"amount"},
    "int_account_owners_dated": {"dbt_valid_from"},
    "int_late_slips_checked": {"anomaly_floor_slips", "anomaly_factor", "slips"},
    "int_slips_checked": {"anomaly_floor_slips", "anomaly_factor"},
    "int_policy_checked": {"policy_growth_floor_nudges", "policy_growth_percent", "wanted"},
    "int_as_of": {"complete_through"},
    "int_experiment_epochs": {"starts_at"},
    "int_hours_overdue": {"next_milestone_expected_by"},
    "int_caps_checked": {"due_at"},
    "int_ceilings_checked": {
        "max_nudges",
        "attempted",
        "accounts_onboarding",
        "max(case when limits_typed.limit_name = 'max_nudges_per_' || spans.span"
        " then limits_typed.amount end)",
        "max(case when limits_typed.limit_name = 'max_nudges_of_any_base' then limits_typed.amount end)",
        "max( case when limits_typed.limit_name = 'max_nudges_per_' || spans.span || '_percent'"
        " then limits_typed.amount end )",
    },
    "int_nudges_judged": {"tier"},
    "int_nudges_paced": {"due_at", "tier"},
    "int_sends_limited": {"due_at"},
    "rpt_csm_efficiency_weekly": {
        "care_from",
        "care_until",
        "cared_from",
        "cared_until",
        "begins_at",
        "ends_at",
        "onboarding_window_microseconds",
        "hours_to_resolution",
    },
}


@pytest.fixture(scope="module")
def never_null() -> frozenset[str]:
    """Names of columns of which a test of the project says that they are not null."""
    names, column = set(), ""
    for path in SHIPPED_PROJECT.rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            said = line.strip()
            if said.startswith("- name: "):
                column = said.removeprefix("- name: ")
            elif said == "- not_null" or said.startswith("- not_null:"):
                names.add(column)
    assert len(names) > 100
    return frozenset(names)


def _sql_outside_cross_db() -> list[Path]:
    return [
        path
        for folder in ("models", "macros", "snapshots", "tests")
        for path in sorted((SHIPPED_PROJECT / folder).rglob("*.sql"))
        if path.parent.name != "cross_db"
    ]


def test_no_model_or_macro_is_written_for_one_engine(never_null: frozenset[str]) -> None:
    paths = _sql_outside_cross_db()
    assert len(paths) > 150

    found = [
        str(finding)
        for path in paths
        for finding in findings(
            str(path.relative_to(SHIPPED_PROJECT.parent)),
            path.read_text(encoding="utf-8"),
            never_null | NEVER_NULL_IN.get(path.stem, frozenset()),
        )
    ]

    assert found == []


@pytest.mark.parametrize("stem", NEVER_NULL_IN)
def test_no_exception_outlives_its_reason(stem: str, never_null: frozenset[str]) -> None:
    [path] = [path for path in _sql_outside_cross_db() if path.stem == stem]
    text = path.read_text(encoding="utf-8")

    idle = [
        name
        for name in NEVER_NULL_IN[stem]
        if not findings(path.name, text, never_null | (NEVER_NULL_IN[stem] - {name}))
    ]

    assert idle == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("id::bigint as id", "cast(x as type)"),
        ("date_trunc('week', sent_at) as week_on", "start_of_week(day)"),
        ("extract(week from sent_at) as week", "start_of_week(day)"),
        ("isodow(day_on) as weekday", "iso_weekday(day)"),
        ("greatest(a.sent_at, maybe_at) as at", "coalesce(greatest(a, b), a, b)"),
        ("least(maybe_at, a.sent_at) as at", "coalesce(least(a, b), a, b)"),
        ("replies / messages as share", "cast(x as {{ double_type() }}) / y"),
        ("replies * 1.0 / messages as share", "cast(x as {{ double_type() }}) / y"),
        ("row_number() over (partition by id order by maybe_at) as place", "case when x is null"),
        ("row_number() over (order by sent_at, maybe_at desc) as place", "desc nulls last"),
        # BigQuery takes this neither in a window over an aggregate nor in a list.
        ("sum(n) over (order by maybe_at asc nulls last) as total", "case when x is null"),
        ("{{ ordered_list('name', ', ', 'id') }} over (order by maybe_at) as names", "case when x is null"),
    ],
)
def test_what_is_planted_is_found_with_file_line_and_remedy(line: str, remedy: str) -> None:
    planted = f"-- A comment may say id::text / 2.\nselect\n    id,\n    {line}\nfrom messages\n"

    [finding] = findings("models/planted.sql", planted, frozenset({"id", "sent_at"}))

    assert str(finding).startswith("models/planted.sql:4: ")
    assert remedy in str(finding)


@pytest.mark.parametrize(
    "line",
    [
        "cast(id as bigint) as id",
        "{{ start_of_week('sent_at') }} as week_on",
        "greatest(a.sent_at, coalesce(maybe_at, sent_at), 0) as at",
        "coalesce(greatest(a.sent_at, maybe_at), sent_at) as at",
        "cast(replies as {{ double_type() }}) / messages as share",
        "name like '%/live' as is_live",
        "row_number() over (order by maybe_at desc nulls last, id) as place",
        "row_number() over (order by case when maybe_at is null then 1 else 0 end, maybe_at) as place",
        "{# id::text #} {% set hour = 3600 / 60 %} id",
    ],
)
def test_what_every_engine_reads_alike_is_left_alone(line: str) -> None:
    assert findings("models/planted.sql", f"select {line} from messages", frozenset({"id", "sent_at"})) == []
