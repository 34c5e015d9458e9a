"""No model or macro is written as one engine alone reads it. The engines' own macros are free to be."""

from pathlib import Path

import pytest

from tests.engines.dialect.never_null import NEVER_NULL_IN, never_null_anywhere, never_null_in
from tests.engines.dialect.text_rules import findings
from tests.parsed_project import SHIPPED_PROJECT


def _sql_outside_cross_db() -> list[Path]:
    return [
        path
        for folder in ("models", "macros", "snapshots", "tests")
        for path in sorted((SHIPPED_PROJECT / folder).rglob("*.sql"))
        if path.parent.name != "cross_db"
    ]


def test_no_model_or_macro_is_written_for_one_engine() -> None:
    paths = _sql_outside_cross_db()
    assert len(paths) > 150

    found = [
        str(finding)
        for path in paths
        for finding in findings(
            str(path.relative_to(SHIPPED_PROJECT.parent)),
            path.read_text(encoding="utf-8"),
            never_null_in(path.stem),
        )
    ]

    assert found == []


@pytest.mark.parametrize("stem", NEVER_NULL_IN)
def test_no_exception_outlives_its_reason(stem: str) -> None:
    [path] = [path for path in _sql_outside_cross_db() if path.stem == stem]
    text = path.read_text(encoding="utf-8")

    idle = [
        name
        for name in NEVER_NULL_IN[stem]
        if not findings(path.name, text, never_null_anywhere() | (NEVER_NULL_IN[stem] - {name}))
    ]

    assert idle == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("id::bigint as id", "cast(x as type)"),
        ("date_trunc('week', sent_at) as week_on", "start_of_week(day)"),
        ("timestamp_trunc(sent_at, week) as week_on", "start_of_week(day)"),
        ("extract(week from sent_at) as week", "start_of_week(day)"),
        ("timestamp_diff(sent_at, begun_at, week) as weeks", "start_of_week(day)"),
        ("{{ dbt.datediff('begun_at', 'sent_at', 'week') }} as weeks", "start_of_week(day)"),
        ("last_day(sent_at, week) as week_ends_on", "start_of_week(day)"),
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
