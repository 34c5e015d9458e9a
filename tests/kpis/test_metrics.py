"""The metrics as an analyst asks for them, with `mf query`, week by week.

A metric over several cohorts is a ratio of sums over their accounts, never a mean of their shares. By hand,
from the reports reckoned in `test_reports.py`:

time_to_first_value_hours: on 2026-01-12 control 3 * 720, treatment 6 * 256 and enterprise 2 * 218 of eleven
    accounts, 4132/11 (the mean of the three would be 398); unknown from 2026-01-26 on.
activation_rate_30d: on 2026-01-12 seven of eleven; unknown while a week is not mature.

A replay sends nothing, so the reports on CSMs and on messages are those of the story in `care`, from the rows
beside it:

csm_stalls_resolved: on 2026-02-02 Ann's 3 and none of Ben's, on 2026-02-09 1 of either, on 2026-02-16 Ben's.
negative_sentiment_rate: on 2026-02-02 (2 + 1 + 0) of (3 + 1 + 2); the mean of 2/3, 1 and 0 would be 5/9. On
    2026-02-09 none of two; the later weeks have not rested yet.
"""

import csv
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from tests.kpis.care.story import REPORTS as REPORTS_OF_CARE
from tests.parsed_project import PARSED_FOR
from tests.properties.dbt_project_copy import DbtProjectCopy

BY_HAND = """\
metric_time__week,time_to_first_value_hours,activation_rate_30d,csm_stalls_resolved,negative_sentiment_rate
2026-01-05,720,0,,
2026-01-12,4132/11,7/11,,
2026-01-19,557.5,,0,
2026-01-26,,,1,
2026-02-02,,,3,3/6
2026-02-09,,,2,0
2026-02-16,,,1,
2026-02-23,,,1,
"""

#: `mf query` without the look for a newer release that `mf` begins with.
_MF_QUERY = "from dbt_metricflow.cli.main import query; query()"


def test_each_metric_of_a_week_is_the_ratio_of_sums_reckoned_by_hand(
    told: DbtProjectCopy, told_of_care: DbtProjectCopy, tmp_path: Path
) -> None:
    by_hand = list(csv.DictReader(BY_HAND.splitlines()))
    with duckdb.connect(str(told.warehouse)) as connection:
        connection.execute(f"attach '{told_of_care.warehouse}' as care (read_only)")
        for report in REPORTS_OF_CARE:
            connection.execute(
                f"create or replace table onboarding.{report} as from care.onboarding.{report}"
            )
    metrics = [name for name in by_hand[0] if name != "metric_time__week"]

    found = _asked(told, metrics, tmp_path / "found.csv")

    assert [row["metric_time__week"].removesuffix(" 00:00:00") for row in found] == [
        row["metric_time__week"] for row in by_hand
    ]
    for row, expected in zip(found, by_hand, strict=True):
        for name in metrics:
            assert _number(row[name]) == _approximately(expected[name]), (expected["metric_time__week"], name)


def _asked(told: DbtProjectCopy, metrics: list[str], answer: Path) -> list[dict[str, str]]:
    told.write_semantic_manifest()
    done = subprocess.run(
        [
            *(sys.executable, "-c", _MF_QUERY, "--metrics", ",".join(metrics)),
            *("--group-by", "metric_time__week", "--order", "metric_time__week", "--csv", str(answer)),
        ],
        cwd=told.folder,
        env={**os.environ, **PARSED_FOR, "MILESTONE_AGENT_DUCKDB_PATH": str(told.warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with answer.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float | None:
    return float(Fraction(text)) if text else None


def _approximately(text: str) -> object:
    number = _number(text)
    return None if number is None else pytest.approx(number, rel=0, abs=1e-9)
