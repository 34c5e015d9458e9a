"""The two reports against rows that were reckoned by hand, at as_of Wednesday 2026-02-25 12:00.

A step has slipped 4 hours after sign-up (workspace) or 48 hours after the workspace (invitation). Who
generates a report has seen first value and leaves care. The first message of dev/live left on Tuesday 3
February, so the weeks of 19 and 26 January are those before the agent. The snapshot begins in the night to 10
February.

19 January, owners of today. Ann: acorn (no stall, done in 3 hours) and beech (stalled on the 21st, 04:00);
    carried 2, stalled 1. daisy is internal. Ben: maple (workspace in time, invitation stalled on the 24th).
26 January. Ann: beech until the 28th, its stall resolved; the alert of dev/shadow is none, so not after one.
    Ben: maple and cypress (stalled on the 29th). Baseline: Ann carried (2 + 1) / 2, stalled (1 + 1) / 2; Ben
    carried and stalled (1 + 2) / 2; nobody's accounts came later.
2 February, the agent is there and the snapshot is not: owners of today. Ann: fern, grove, hawthorn, all
    stalled and all resolved; alerts of the 4th, 10:00 about fern (report on the 5th, 16:00: 30 h) and grove
    (workspace on the 5th, 10:00: 24 h), median 27. A mail to hawthorn is no escalation. Ben: cypress, maple.
9 February. Ann: elder, nettle and orchid, all stalled. The alert about elder counts; that about nettle was in
    dev/shadow, so its stall was resolved without one; that about orchid is in doubt. Ben: cypress until it
    left on the 12th, maple, and of the control arm iris and juniper (resolved on the 12th by itself).
16 February. Ann had elder until the night to the 18th, and orchid. Ben: elder from then on, maple (window
    until the 21st, 00:00) and iris; the alert about maple; elder made its workspace on the 19th, 10:00, 192 h
    after the alert that Ann got. Nobody's: kelp, with an alert. elder's invitation stalled on the 21st.
23 February, not over. Ann: orchid stalled; poppy signed up at 10:00 today, which no night has seen, and does
    not slip before 14:00. Ben: elder and iris, an alert about elder's invitation; maple is out of care, and
    its stall of January ended on the 24th, 00:00, 86 h after the alert. Nobody's: kelp stalled, larch (done
    in 2 hours; its CSM is a blank).

Messages of 2 to 8 February. Mails: hawthorn, fern, grove, and cypress's bounced: 3 delivered. An unsubscribe
    that names only mail-17; fern was reported as spam and answered angrily: two kinds, one message. 2 of 3
    negative. The hint was dismissed a week later and belongs to the week in which it was shown: 1 of 1.
    Alerts: 0 of 2.
9 February. Orchid's mail was confirmed by a person; the alert in doubt is not delivered, what was said in
    dev/shadow does not count, and what was said about elder's alert was loaded at 13:00 today. 0 of 1 each.
    Mature since the 23rd.
16 February. kelp's CSM complained, 1 of 2; the week rests until 2 March, so there is no rate. 23 February
    likewise.
Wilson, z = 1.959964: centre (p + z^2/2n) / (1 + z^2/n), half width
z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n).
    2 of 3: (0.666667 + 0.640243) / 2.280486 = 0.573084 and
    1.959964 * sqrt(0.074074 + 0.106707) / 2.280486 = 0.365424.
    0 of n: from 0 to z^2 / (n + z^2), 0.793451 of one and 0.657620 of two; 1 of 1: from 1 / (1 + z^2) =
    0.206549 to 1.
"""

from fractions import Fraction
from typing import Any

import pytest

from tests.kpis.care import story
from tests.properties.dbt_project_copy import DbtProjectCopy

_KEYS = {
    "rpt_csm_efficiency_weekly": ("week_start_on", "csm_email"),
    "rpt_negative_sentiment_weekly": ("week_start_on", "template_key", "channel"),
}
_TEXTS = {
    "week_start_on",
    "csm_email",
    "owner_source",
    "is_week_complete",
    "template_key",
    "channel",
    "is_mature",
}


@pytest.mark.parametrize("report", story.REPORTS)
def test_the_report_says_what_was_reckoned_by_hand(told_of_care: DbtProjectCopy, report: str) -> None:
    by_hand = {_key(report, row): _read(row) for row in story.rows_of(report)}
    found = {
        _key(report, row): _written(row) for row in told_of_care.rows(f"select * from onboarding.{report}")
    }

    assert sorted(found) == sorted(by_hand)
    for key, row in by_hand.items():
        assert found[key] == row, key


def test_the_arms_of_the_story_are_those_of_the_experiment(told_of_care: DbtProjectCopy) -> None:
    assigned = told_of_care.rows("select account_id, arm from onboarding.fct_experiment_assignments")
    assert {row["account_id"]: row["arm"] for row in assigned} == {
        row["account_id"]: row["arm"] for row in story.rows_of("accounts") if row["is_internal"] != "yes"
    }


def _key(report: str, row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in _KEYS[report])


def _read(row: dict[str, str]) -> dict[str, object]:
    """The row by hand, to the seven digits in which the bounds are written."""
    return {
        name: value
        if name in _TEXTS
        else pytest.approx(float(Fraction(value)), rel=0, abs=5e-8)
        if value
        else None
        for name, value in row.items()
    }


def _written(row: dict[str, Any]) -> dict[str, object]:
    return {name: str(value) if name in _TEXTS else value for name, value in row.items()}
