"""The metrics as an analyst asks for them, with `mf query`, week by week.

A metric over several cohorts is a ratio of sums over their accounts, never a mean of their shares. By hand,
from the reports reckoned in `test_reports.py`:

time_to_first_value_hours: on 2026-01-12 control 3 * 720, treatment 6 * 256 and enterprise 2 * 218 of eleven
    accounts, 4132/11 (the mean of the three would be 398); unknown from 2026-01-26 on.
activation_rate_30d: on 2026-01-12 seven of eleven; unknown while a week is not mature.

A replay sends nothing, so the reports on CSMs and on messages get the rows below:

csm_stalls_resolved: 2 + 3 on 2026-01-12, over both CSMs.
negative_sentiment_rate: on 2026-01-12 (1 + 4) of (10 + 90); the mean of 1/10 and 4/90 would be .072. The
    week of 2026-02-09 has not rested yet.
"""

import csv
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from tests.kpis.conftest import Told

BY_HAND = """\
metric_time__week,time_to_first_value_hours,activation_rate_30d,csm_stalls_resolved,negative_sentiment_rate
2026-01-05,720,0,,
2026-01-12,4132/11,7/11,5,5/100
2026-01-19,557.5,,1,
2026-01-26,,,,
2026-02-09,,,,
"""

ROWS_OF_MESSAGES = """
create or replace temp table csms as select * from onboarding.rpt_csm_efficiency_weekly limit 0;
insert into csms (week_start_on, csm_email, stalls_resolved)
values ('2026-01-12', 'a@vendor.example', 2), ('2026-01-12', 'b@vendor.example', 3),
    ('2026-01-19', 'a@vendor.example', 1);
create or replace temp table messages as select * from onboarding.rpt_negative_sentiment_weekly limit 0;
insert into messages (week_start_on, template_key, channel, delivered, negative, is_mature)
values ('2026-01-12', 'email_how_to', 'email', 10, 1, true),
    ('2026-01-12', 'in_app_hint', 'in_app', 90, 4, true),
    ('2026-02-09', 'email_how_to', 'email', 5, 5, false);
create or replace table onboarding.rpt_csm_efficiency_weekly as from csms;
create or replace table onboarding.rpt_negative_sentiment_weekly as from messages;
"""

#: `mf query` without the look for a newer release that `mf` begins with.
_MF_QUERY = "from dbt_metricflow.cli.main import query; query()"


def test_each_metric_of_a_week_is_the_ratio_of_sums_reckoned_by_hand(told: Told, tmp_path: Path) -> None:
    by_hand = list(csv.DictReader(BY_HAND.splitlines()))
    with duckdb.connect(str(told.warehouse)) as connection:
        connection.execute(ROWS_OF_MESSAGES)
    metrics = [name for name in by_hand[0] if name != "metric_time__week"]

    found = _asked(told, metrics, tmp_path / "found.csv")

    assert [row["metric_time__week"].removesuffix(" 00:00:00") for row in found] == [
        row["metric_time__week"] for row in by_hand
    ]
    for row, expected in zip(found, by_hand, strict=True):
        for name in metrics:
            assert _number(row[name]) == _approximately(expected[name]), (expected["metric_time__week"], name)


def _asked(told: Told, metrics: list[str], answer: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [
            *(sys.executable, "-c", _MF_QUERY, "--metrics", ",".join(metrics)),
            *("--group-by", "metric_time__week", "--order", "metric_time__week", "--csv", str(answer)),
        ],
        cwd=told.project,
        env={**os.environ, **told.environment},
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
