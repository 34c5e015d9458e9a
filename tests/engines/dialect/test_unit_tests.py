"""Every unit test of the dbt project, as dbt sends it to BigQuery, executed by Google's reference engine.

The statements carry their rows with them, so the engine that the stand-in lends itself has no part in it.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.engines.dialect.google import Google
    from tests.engines.dialect.sent import Sent

pytestmark = pytest.mark.engines


def test_actual_equals_expected_in_every_unit_test(
    sent: Sent, google: Google, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.engines.dialect.google import RefusedError
    from tests.engines.dialect.walk import sent_by

    asked = [statement for statement in sent.tests if "dbt_internal_unit_test_expected" in statement]
    wrong = {}
    for statement in asked:
        name = sent_by(statement)
        try:
            rows = google.rows_of(statement)
        except RefusedError as refused:
            wrong[name] = f"refused: {refused}"
            continue
        if _of(rows, "actual") != _of(rows, "expected"):
            wrong[name] = f"actual {_of(rows, 'actual')}, expected {_of(rows, 'expected')}"
    with capsys.disabled():
        sys.stdout.write(f"\n{len(asked)} unit tests executed by Google's engine, {len(wrong)} wrong\n")

    assert sorted(sent_by(statement) for statement in asked) == sorted(
        f"unit_test {test['name']}" for test in sent.manifest["unit_tests"].values()
    )
    assert wrong == {}


def _of(rows: list[dict[str, Any]], which: str) -> Counter[str]:
    """The rows of one side, whatever their order."""
    return Counter(
        str({name: value for name, value in row.items() if name != "actual_or_expected"})
        for row in rows
        if row["actual_or_expected"] == which
    )
