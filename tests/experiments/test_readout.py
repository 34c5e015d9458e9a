"""The readout as a whole: what it says on accounts whose truth is known."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from experiments.decision import IntervalKind, Record, Status
from experiments.epoch import Epoch
from experiments.metrics import activation
from experiments.planning import Planning
from experiments.readout import Readout
from experiments.row import Basis, Row
from tests.experiments.outcomes import FIFTH, START, observed, observed_of, read


def rows_of(readout: Readout, metric: str, **wanted: object) -> list[Row]:
    """Rows of a metric whose place has these values."""
    return [
        row
        for row in readout.rows
        if row.place.metric == metric
        and all(getattr(row.place, name) == value for name, value in wanted.items())
    ]


def the_row(readout: Readout, metric: str, kind: str | None = "fixed", **wanted: object) -> Row:
    """The only such row."""
    found = [row for row in rows_of(readout, metric, **wanted) if kind is None or row.interval_kind == kind]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def faster() -> Readout:
    """2,500 accounts, the treated in three fifths of the time, on day 200."""
    return read(observed(2500, speed=0.6))


def test_a_clear_effect_is_rolled_out_and_its_interval_holds_the_truth(faster: Readout) -> None:
    """By numerical integration of the model the restricted mean falls by 6.0 days."""
    assert faster.decision.status == Status.ROLL_OUT
    saved = the_row(
        faster, "restricted_mean_days", arm="difference", parameter_days=60, epoch=None, basis=Basis.ASSIGNED
    )
    assert saved.lower is not None and saved.upper is not None
    assert saved.lower < _days_saved(0.6, 60) < saved.upper


def _days_saved(speed: float, horizon: float) -> float:
    """0.7 * integral over the horizon of the gain in the log-normal's distribution function."""
    from scipy import integrate, stats

    times = stats.lognorm(s=0.9, scale=20)
    gain = integrate.quad(lambda day: times.cdf(day / speed) - times.cdf(day), 0, horizon)[0]
    return 0.7 * float(gain)


def test_no_number_of_a_readout_is_nan_and_what_is_missing_has_a_reason() -> None:
    for readout in (read(observed(2500)), read(observed(40)), read(observed(300, day=20)), read(observed(0))):
        for row in readout.rows:
            numbers = [row.point, row.standard_error, row.lower, row.upper, row.p_value, row.share_censored]
            assert all(number is None or math.isfinite(number) for number in numbers), row
            assert row.point is not None or (row.reason and row.explanation), row
        assert readout.failures == ()


def test_every_row_has_a_place_of_its_own(faster: Readout) -> None:
    places = [(row.place, row.interval_kind) for row in faster.rows]
    assert len(set(places)) == len(places)


def test_forty_accounts_are_too_few_and_are_told_when_to_come_back() -> None:
    readout = read(observed(40, days=90, day=95))

    assert readout.decision.status == Status.TOO_EARLY
    assert any("can be read from about 20" in reason for reason in readout.decision.reasons)


def test_too_early_says_a_date_on_which_it_can_then_really_be_read() -> None:
    early = read(observed(2500, day=30))
    told = next(reason for reason in early.decision.reasons if "from about" in reason)
    day = date.fromisoformat(told.split("from about ")[1][:10])

    assert early.decision.status == Status.TOO_EARLY
    assert read(observed(2500, day=(day - START.date()).days)).decision.status != Status.TOO_EARLY


def test_an_arm_that_is_missing_in_one_segment_is_invalid_though_the_whole_looks_right() -> None:
    seen = observed(2500, speed=0.6)
    rows = seen.outcomes
    is_gone = (rows["arm"] == "control") & (rows["segment"] == "large") & (rows.index % 10 < 9)
    kept = rows.loc[~is_gone].reset_index(drop=True)

    readout = read(observed_of(kept, seen.cutoff))

    assert readout.decision.status == Status.INVALID
    assert any("segment large" in reason for reason in readout.decision.reasons)
    whole = next(split for split in readout.soundness.splits if not split.group)
    assert not whole.is_alarm


def test_accounts_of_one_arm_that_are_missing_from_the_analysis_make_it_invalid() -> None:
    seen = observed(2500)
    is_late = (seen.outcomes["arm"] == "control") & (np.arange(len(seen.outcomes)) % 20 == 0)

    readout = read(replace(seen, outcomes=seen.outcomes.loc[~is_late].reset_index(drop=True)))

    assert readout.decision.status == Status.INVALID
    assert any("missing from the analysis" in reason for reason in readout.decision.reasons)


def test_an_arm_that_is_not_the_one_of_the_hash_makes_it_invalid() -> None:
    seen = observed(2500)
    moved = seen.outcomes.copy()
    moved.loc[0, "arm"] = "control" if moved.loc[0, "arm"] == "treatment" else "treatment"

    readout = read(observed_of(moved, seen.cutoff))

    assert readout.decision.status == Status.INVALID
    assert readout.soundness.mismatched == 1


def test_a_nudge_to_the_control_group_makes_it_invalid() -> None:
    assert read(observed(2500, contaminated=1)).decision.status == Status.INVALID


def test_complaints_of_treated_accounts_stop_it() -> None:
    seen = observed(2500, speed=0.6)
    rows = seen.outcomes.copy()
    rows["has_complained"] = (rows["arm"] == "treatment") & (rows.index % 3 == 0)

    readout = read(observed_of(rows, seen.cutoff))

    assert readout.decision.status == Status.GUARDRAIL_STOP
    assert "complained" in readout.decision.reasons[0]


def test_a_ramp_is_compared_within_its_epochs() -> None:
    """20, 50, 80 % without an effect: compared as one, treated accounts are the younger ones and look
    faster."""
    ramp = [
        Epoch(number + 1, START + timedelta(days=40 * number), share)
        for number, share in enumerate((0.2, 0.5, 0.8))
    ]
    readout = read(observed(3000, epochs=ramp, day=140), epochs=ramp)

    overall = the_row(
        readout, "restricted_mean_days", arm="difference", parameter_days=60, epoch=None, basis=Basis.ASSIGNED
    )
    arms = {
        arm: the_row(
            readout, "restricted_mean_days", arm=arm, parameter_days=60, epoch=None, basis=Basis.ASSIGNED
        )
        for arm in ("control", "treatment")
    }
    assert overall.lower is not None and overall.upper is not None and overall.point is not None
    assert overall.lower < 0 < overall.upper
    # The numbers are there, or the comparison fails.
    assert arms["control"].point - arms["treatment"].point == pytest.approx(overall.point)  # type: ignore[operator]
    assert {row.place.epoch for row in rows_of(readout, "sample_ratio")} == {1, 2, 3}
    assert readout.soundness.faults == ()


def test_only_accounts_watched_for_the_whole_window_count_as_activated_or_not(faster: Readout) -> None:
    seen = observed(2500, speed=0.6, day=70, days=70)
    rows = seen.outcomes
    for window in activation.WINDOWS_DAYS:
        treated = rows.loc[(rows["arm"] == "treatment") & (rows["watched_days"] >= window)]
        share = (treated["is_first_value_reached"] & (treated["duration_days"] <= window)).mean()
        row = the_row(read(seen), "activation_rate", arm="treatment", parameter_days=window, epoch=None)
        assert (row.accounts, row.point) == (len(treated), pytest.approx(share))


def test_the_mean_of_completers_is_marked_as_biased_beside_the_share_it_leaves_out(faster: Readout) -> None:
    rows = rows_of(faster, "mean_days_of_completers")

    assert {row.place.arm for row in rows} == {"control", "treatment"}
    for row in rows:
        assert row.caveats == ("biased",)
        # The numbers are there, or the comparison fails.
        assert row.share_censored is not None and row.accounts is not None
        assert row.share_censored == pytest.approx(1 - row.accounts_reached / row.accounts)  # type: ignore[operator]


def test_secondary_p_values_are_adjusted_together(faster: Readout) -> None:
    adjusted = [row for row in faster.rows if row.p_value_adjusted is not None]

    assert {(row.place.metric, row.place.parameter_days) for row in adjusted} == {
        ("restricted_mean_days", 30),
        ("activation_rate", 14),
        ("activation_rate", 30),
        ("activation_rate", 60),
        ("log_rank", None),
        ("capped_rank_test", 60),
    }
    smallest = min(adjusted, key=lambda row: row.p_value or 1)
    assert smallest.p_value_adjusted == pytest.approx(min(1, 6 * (smallest.p_value or 1)))


def test_exposed_accounts_count_from_their_first_slip(faster: Readout) -> None:
    row = the_row(faster, "restricted_mean_days", basis=Basis.EXPOSED, arm="treatment", epoch=None)
    slipped = observed(2500, speed=0.6).outcomes.dropna(subset=["days_to_first_slip"])

    assert row.accounts == int((slipped["arm"] == "treatment").sum())


def test_the_hold_out_is_compared_by_itself_when_there_is_one(faster: Readout) -> None:
    everybody = [Epoch(1, START, 1.0)]
    readout = read(
        observed(3000, epochs=everybody, holdout_share=0.1, speed=0.6), epochs=everybody, holdout_share=0.1
    )

    held_out = the_row(
        readout, "restricted_mean_days", basis=Basis.HELD_OUT, arm="difference", epoch=None, parameter_days=60
    )
    assert held_out.lower is not None and held_out.lower > 0
    assert rows_of(faster, "restricted_mean_days", basis=Basis.HELD_OUT) == []


def test_a_statistic_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no such thing")

    monkeypatch.setattr(activation, "matured_shares", fails)

    readout = read(observed(2500, speed=0.6))

    assert readout.decision.status == Status.ROLL_OUT
    assert len(readout.failures) == 3
    assert "ZeroDivisionError" in readout.failures[0]
    assert rows_of(readout, "log_rank")


def test_before_anybody_is_enrolled_the_plan_is_made_from_earlier_accounts() -> None:
    seen = observed(1500, day=200)
    before = seen.outcomes[["signed_up_at", "duration_days", "is_first_value_reached"]]
    nobody = observed_of(seen.outcomes.iloc[:0], START + timedelta(days=121))

    readout = read(replace(nobody, before=before))

    assert readout.decision.status == Status.TOO_EARLY
    assert isinstance(readout.planning, Planning)
    assert not readout.planning.is_deviation_assumed
    assert readout.planning.accounts_needed == pytest.approx(2780, rel=0.05)
    assert readout.planning.accounts_more == readout.planning.accounts_needed
    assert readout.planning.days_more == pytest.approx(readout.planning.accounts_needed / 12.5 + 60, rel=0.1)


def test_all_accounts_in_one_arm_are_a_reason_and_no_error() -> None:
    everybody = [Epoch(1, START, 1.0)]

    readout = read(observed(600, epochs=everybody), epochs=everybody)

    assert readout.decision.status == Status.TOO_EARLY
    assert "in both arms" in " ".join(readout.decision.reasons)
    assert readout.failures == ()


def test_the_final_look_is_a_row_of_its_own_once_taken() -> None:
    readout = read(observed(2500, day=300), record=Record())

    row = the_row(readout, "restricted_mean_days", kind=IntervalKind.FINAL, arm="difference")
    assert row.level == pytest.approx(0.96)
    assert readout.decision.record.final is not None


def test_the_course_ends_at_the_cut_off_with_the_number_of_today(faster: Readout) -> None:
    last = faster.past_looks[-1]
    saved = the_row(faster, "restricted_mean_days", kind=IntervalKind.ANYTIME, arm="difference")

    assert len(faster.past_looks) <= 12
    assert last.at == faster.cutoff
    assert (last.point, last.lower, last.upper) == pytest.approx((saved.point, saved.lower, saved.upper))
    assert faster.past_looks[0].lower is None


def test_growth_ends_with_everybody(faster: Readout) -> None:
    for of_arm, summary in zip(faster.growth, faster.arms, strict=True):
        assert (of_arm.assigned[-1], of_arm.activated[-1]) == (summary.accounts, summary.reached)
        assert list(of_arm.assigned) == sorted(of_arm.assigned)


def test_outcomes_that_are_none_are_refused() -> None:
    rows = observed(100).outcomes
    for wrong, told in (
        (rows.drop(columns="watched_days"), "watched_days"),
        (rows.assign(arm="both"), "both"),
        (rows.assign(duration_days=math.nan), "finite"),
        (pd.concat([rows, rows]), "twice"),
    ):
        with pytest.raises(ValueError, match=told):
            read(observed_of(wrong, START + timedelta(days=200)), epochs=FIFTH)
