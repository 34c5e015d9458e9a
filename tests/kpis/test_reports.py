"""The reports against rows that were reckoned by hand from `accounts.csv`, at as_of 2026-02-18 00:00.

Kaplan-Meier: at each arrival the share that has not arrived is multiplied by (at risk - arrived) / at risk.
Those censored at the time of an arrival are still at risk for it.

2026-01-05, in no arm. 800 arrives, 1008 and 1032 are censored, the churned one at 1032 like any other.
    S(800) = 2/3, never at a half: no median. Restricted mean 720, naive mean 800.
2026-01-12, default, control. 744 arrives, 744 and 888 are censored.
    S(744) = 2/3, since three are at risk; with two it would be 1/2 and the median 744. Restricted mean 720.
2026-01-12, default, treatment. 0, 24, 24, 48, 720 arrive, 792 is censored; six at risk.
    S(0) = 5/6, S(24) = 5/6 * 3/5 = 1/2, S(48) = 1/3, S(720) = 1/6. Median 24, the first with a half.
    Restricted mean 24 * 5/6 + 24 * 1/2 + 672 * 1/3 = 20 + 12 + 224 = 256.
    Within 336 hours four of six, within 720 five. Naive mean (0 + 24 + 24 + 48 + 720) / 5 = 163.2.
    The whole path in 720 hours: ember, grove, nimbus; kelp's last one came at 730, maple skipped one.
2026-01-12, enterprise, control. 100 and 336 arrive.
    S(100) = 1/2, S(336) = 0. Median 100, restricted mean 100 + 236 * 1/2 = 218.
2026-01-19, treatment, all watched for 14 days, two for 30. 100 arrives, 648 is censored, 700 arrives, 720 is
    censored. S(100) = 3/4, S(700) = 3/4 * 1/2 = 3/8. Median 700. One is at risk at the horizon, so the
    restricted mean is known: 100 + 600 * 3/4 + 20 * 3/8 = 557.5.
2026-01-26, control. 5 arrives, 528 is censored. S(5) = 1/2, median 5; nobody was watched for 720 hours.
2026-02-09, treatment. 30 arrives, median 30; the week ended two days ago.
"""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from tests.kpis.conftest import AS_OF, HERE, REPORTS
from tests.properties.dbt_project_copy import DbtProjectCopy

_KEY = ("signed_up_week", "path_key", "arm")
_TEXTS = {*_KEY, "is_mature_14d", "is_mature_30d"}


@pytest.mark.parametrize("report", REPORTS)
def test_the_report_says_what_was_reckoned_by_hand(told: DbtProjectCopy, report: str) -> None:
    by_hand = _by_hand(HERE / f"{report}.csv")
    found = _found(told, report)

    assert sorted(found) == sorted(by_hand)
    for key, row in by_hand.items():
        assert {name: found[key][name] for name in row} == row, key


@pytest.mark.parametrize("report", REPORTS)
def test_the_rows_by_hand_leave_no_column_out(told: DbtProjectCopy, report: str) -> None:
    [row, *_] = _by_hand(HERE / f"{report}.csv").values()

    [found, *_] = _found(told, report).values()

    assert set(found) - set(row) == {"as_of"}
    assert found["as_of"] == str(AS_OF.replace(tzinfo=None))


def _by_hand(path: Path) -> dict[tuple[str, ...], dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        tuple(row[name] for name in _KEY): {
            name: text if name in _TEXTS else _number(text) for name, text in row.items()
        }
        for row in rows
    }


def _number(text: str) -> object:
    return pytest.approx(float(Fraction(text)), rel=0, abs=1e-9) if text else None


def _found(told: DbtProjectCopy, report: str) -> dict[tuple[str, ...], dict[str, object]]:
    rows = told.rows(f"select * from onboarding.{report}")
    return {tuple(str(row[name]) for name in _KEY): _as_written(row) for row in rows}


def _as_written(row: dict[str, object]) -> dict[str, object]:
    return {
        name: str(value).lower()
        if isinstance(value, bool)
        else value
        if value is None or isinstance(value, int | float)
        else str(value)
        for name, value in row.items()
    }
