"""Every macro that differs by engine means the same on all of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from tests.engines.meaning.case import Case
from tests.engines.meaning.cases import CASES
from tests.engines.meaning.cases.times import NOW_IN_UTC
from tests.engines.meaning.conftest import Runner
from tests.engines.meaning.rendering import ENGINES
from tests.engines.meaning.spelling import query, read, same
from tests.parsed_project import SHIPPED_PROJECT

pytestmark = pytest.mark.engines

#: They give dbt a setting and no SQL: what comes of it is seen where the whole project is built.
CONFIGS = {"append_strategy", "clustered_by", "partitioned_by", "replace_strategy"}

Expressions = Callable[[str], Mapping[str, str]]
Runners = Callable[[str], Runner]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_macro_gives_what_its_table_says(
    case: Case, engine: str, runners: Runners, expressions: Expressions
) -> None:
    expression = case.within.format(expressions(engine)[case.name])

    answers = [read(case.gives, answer) for answer in runners(engine)(query(engine, case, expression))]

    wrong = [
        (row, answer)
        for row, answer, expected in zip(
            [row for row in case.rows if len(row) > len(case.inputs)], answers, case.expected, strict=True
        )
        if not same(case.gives, [answer], [expected])
    ]
    assert wrong == [], expression


@pytest.mark.parametrize("engine", ENGINES)
def test_the_clock_is_that_of_utc(engine: str, runners: Runners, expressions: Expressions) -> None:
    asked = query(engine, NOW_IN_UTC, expressions(engine)[NOW_IN_UTC.name])

    [shown] = [read("instant", answer) for answer in runners(engine)(asked)]

    assert isinstance(shown, datetime)
    assert abs((datetime.now(UTC).replace(tzinfo=None) - shown).total_seconds()) < 60


def test_every_macro_that_differs_by_engine_has_a_row() -> None:
    written = {path.stem for path in (SHIPPED_PROJECT / "macros" / "cross_db").glob("*.sql")}
    told = {case.macro for case in [*CASES, NOW_IN_UTC]}

    assert told >= written - CONFIGS
    assert told & CONFIGS == set()
    assert written >= CONFIGS
