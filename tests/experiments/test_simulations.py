"""What the rules of analysis promise, put to accounts that never existed.

A plain run takes a small slice that refutes a broken rule; `pytest -m simulation` takes the repetitions that
confirm a sound one, on all cores, and prints the figures. All seeds are fixed. The looks carry no faults and
no crossed guardrails: both would only keep the rule from claiming something.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.confidence_sequence import confidence_sequence
from experiments.decision import IntervalKind, Look, Record, Status, decide
from experiments.epoch import Epoch
from experiments.planning import Planning
from experiments.pooling import pooled
from experiments.readout import Observed, read_out
from experiments.result import Estimate, NotEstimable
from experiments.sample_ratio import SampleRatio, sample_ratio
from experiments.survival import restricted_mean_difference
from tests.experiments.arrivals import (
    RAMP,
    arriving,
    ramped,
    true_completer_mean,
    true_restricted_mean,
    watched,
)
from tests.experiments.hourly import accounts_per_arm, completers_p_value, differences, least_even_hour
from tests.experiments.outcomes import FIFTH, outcomes
from tests.experiments.repeated import Mean, Rate, repeated
from tests.experiments.watching import (
    LAST_DAY,
    LAST_HOUR,
    STARTS,
    Watched,
    estimates_of,
    plan,
    watch_without_effect,
)

WANTED_DAYS = 3.0
"""The shipped `min_delta_days`. Within 30 days it is more than most crossings show: it limits rolling out."""

ANY_DAYS = 1.0
"""Less than any crossing of this size of experiment shows, so that it limits nothing."""

_WANTED = (WANTED_DAYS, ANY_DAYS)

FASTER = 0.8

Tell = Callable[..., None]


@dataclass(frozen=True)
class Effort:
    """How much is simulated: the slice of every run, in one process, or the long run on all cores."""

    is_long: bool

    def times(self, short: int, long: int) -> int:
        """So many repetitions."""
        return long if self.is_long else short

    @property
    def processes(self) -> int | None:
        """One, or all cores."""
        return None if self.is_long else 1

    def is_at_most(self, rate: Rate, limit: float) -> bool:
        """The long run confirms it with 97.5 % certainty; the slice only fails to refute it."""
        return (rate.high if self.is_long else rate.low) <= limit


efforts = pytest.mark.parametrize(
    "effort",
    [
        pytest.param(Effort(is_long=False), id="slice", marks=[pytest.mark.simulation, pytest.mark.slice]),
        pytest.param(Effort(is_long=True), id="long", marks=pytest.mark.simulation),
    ],
)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Have a figure printed at the end of the run."""

    def figure(title: str, result: Rate | Mean, *remarks: str) -> None:
        record_property("figure", (title, result.repetitions, ", ".join([str(result), *remarks])))

    return figure


@cache
def unequal(effort: Effort) -> list[Watched]:
    """Experiments without effect, 20 % treated, under the shipped plan; a long run adds one that wants
    little."""
    watch = partial(watch_without_effect, treatment_share=0.2, min_deltas=_WANTED[: effort.times(1, 2)])
    return repeated(watch, times=effort.times(120, 6_000), seed=1, processes=effort.processes)


@cache
def halves(effort: Effort) -> list[Watched]:
    """The same with 50 % treated, where a sequence is read sooner."""
    watch = partial(watch_without_effect, treatment_share=0.5, min_deltas=(WANTED_DAYS,))
    return repeated(watch, times=effort.times(20, 2_500), seed=2, processes=effort.processes)


def test_all_hours_at_once_are_the_products_numbers_look_by_look() -> None:
    """Gates, numbers, burn-in, sample ratio and the comparison of completers, at looks drawn at random."""
    random = np.random.default_rng(3)
    seen = {"gated": 0, "estimated": 0, "tested": 0}
    for size, share, horizon in [(450, 0.2, 30.0), (120, 0.5, 30.0), (450, 0.5, 60.0), (90, 0.3, 14.0)]:
        accounts = arriving(random, size, days=90, treatment_share=share, pace=0.9)
        shown = differences(accounts, hours=LAST_HOUR, horizon_days=horizon)
        control, treatment = accounts_per_arm(accounts, hours=LAST_HOUR)
        p_values = completers_p_value(accounts, hours=LAST_HOUR, fewest=5)
        first = int(np.argmax(shown.is_estimable))
        assert not shown.is_estimable[: int(horizon * 24)].any()
        for hour in [*random.integers(1, LAST_HOUR, 60).tolist(), first - 1, first, LAST_HOUR]:
            arms = accounts.arms_on(hour / 24)
            answer = restricted_mean_difference(*arms, horizon_days=horizon)
            assert shown.is_estimable[hour] == isinstance(answer, Estimate)
            if isinstance(answer, Estimate):
                assert shown.point[hour] == pytest.approx(answer.point, abs=1e-9)
                assert shown.standard_error[hour] == pytest.approx(answer.standard_error, abs=1e-9)
            assert shown.fewest_events[hour] == min(arm.is_reached.sum() for arm in arms)
            assert (control[hour], treatment[hour]) == tuple(arm.accounts for arm in arms)
            completers = [arm.durations[arm.is_reached] for arm in arms]
            if min(len(times) for times in completers) >= 5:
                welch = stats.ttest_ind(*completers, equal_var=False).pvalue
                assert p_values[hour] == pytest.approx(welch, abs=1e-9)
                seen["tested"] += 1
            seen["estimated" if isinstance(answer, Estimate) else "gated"] += 1
    assert min(seen.values()) > 50


def test_the_estimates_of_all_hours_are_the_products_answers_in_every_field() -> None:
    accounts = arriving(np.random.default_rng(4), 280, days=90, treatment_share=0.2)
    estimates = estimates_of(accounts, differences(accounts, hours=LAST_HOUR, horizon_days=30))

    kinds = set()
    for hour in range(24, LAST_HOUR + 1, 96):
        answer = restricted_mean_difference(*accounts.arms_on(hour / 24), horizon_days=30)
        mine = estimates[hour]
        assert type(mine) is type(answer)
        if isinstance(mine, Estimate) and isinstance(answer, Estimate):
            assert (mine.lower, mine.upper) == pytest.approx((answer.lower, answer.upper), abs=1e-9)
            assert (mine.level, mine.accounts, mine.caveats) == (0.95, answer.accounts, answer.caveats)
            kinds.add(mine.caveats)
    assert kinds == {("small_sample",), ()}


def test_the_least_even_hour_has_the_least_p_value() -> None:
    accounts = arriving(np.random.default_rng(5), 450, days=90, treatment_share=0.2)
    control, treatment = accounts_per_arm(accounts, hours=LAST_HOUR)

    worst = least_even_hour(control, treatment, treatment_share=0.2)

    def p_value(hour: int) -> float:
        observed = {"control": int(control[hour]), "treatment": int(treatment[hour])}
        answer = sample_ratio(observed, {"control": 0.8, "treatment": 0.2})
        return answer.p_value if isinstance(answer, SampleRatio) else 1.0

    assert p_value(worst) < 1
    assert p_value(worst) == min(p_value(hour) for hour in [worst, *range(0, LAST_HOUR + 1, 10)])


@efforts
def test_the_rule_seldom_finds_what_is_not_there(effort: Effort, tell: Tell) -> None:
    """Read every hour and once at the end; either side counts, and so does rolling out."""
    for place, wanted in enumerate(_WANTED[: effort.times(1, 2)]):
        stories = [each.stories[place] for each in unequal(effort)]
        found = Rate.of([story.is_found for story in stories])
        anytime = Rate.of([story.is_found_anytime for story in stories])
        rolled_out = Rate.of([Status.ROLL_OUT in story.statuses for story in stories])
        what = f"no effect, {wanted:g} days wanted:"
        tell(f"{what} anything found", found)
        tell(f"{what} found before the final look", anytime)
        tell(f"{what} rolled out", rolled_out)

        assert effort.is_at_most(found, 0.055 if effort.is_long else 0.05)
        assert effort.is_at_most(anytime, 0.01)
        assert effort.is_at_most(rolled_out, 0.05)
    in_halves = Rate.of([each.stories[0].is_found for each in halves(effort)])
    tell("no effect, half treated: anything found", in_halves)
    assert in_halves.low <= 0.05


@pytest.mark.simulation
def test_wanting_little_limits_nothing() -> None:
    """So the figure of the smaller plan is one without a limit: whoever crossed above 0 was rolled out,
    unless the upper end had been too low at an earlier look."""
    stories = [each.stories[1] for each in unequal(Effort(is_long=True))]
    crossed = [story for story in stories if story.crossing is not None and story.crossing.is_benefit]
    kept_back = [story for story in crossed if Status.ROLL_OUT not in story.statuses]

    assert len(crossed) > 50
    assert all(Status.STOP_FUTILE in story.statuses for story in kept_back)


@efforts
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_the_confidence_sequence_read_every_hour_keeps_its_alpha(
    effort: Effort, alpha: float, tell: Tell
) -> None:
    for experiments, who in ((unequal(effort), "20 % treated"), (halves(effort), "half treated")):
        leaves = Rate.of([each.stories[0].leaves_sequence(alpha) for each in experiments])
        tell(f"no effect, {who}: sequence of {alpha:g} ever left 0", leaves)
        assert effort.is_at_most(leaves, alpha)


def test_leaving_the_sequence_is_the_same_as_evidence_beyond_its_alpha() -> None:
    """What lets one maximum speak for both values of alpha."""
    for point in np.linspace(-9, 9, 181):
        estimate = Estimate(float(point), 1.3, float(point) - 1, float(point) + 1, 0.95, 100)
        for alpha in (0.01, 0.05):
            answer = confidence_sequence(estimate, alpha=alpha, mixture_variance=9, fewest_events=20)
            assert not isinstance(answer, NotEstimable)
            is_aside = not answer.interval.lower <= 0 <= answer.interval.upper
            assert is_aside == (answer.log_e > math.log(1 / alpha))


@efforts
@pytest.mark.parametrize(("horizon", "over_days"), [(30.0, 90.0), (60.0, 90.0), (60.0, 180.0)])
@pytest.mark.parametrize("treated", [50, 100, 400])
@pytest.mark.parametrize("pace", [1.0, FASTER], ids=["no_effect", "faster"])
def test_the_interval_covers_the_truth_as_often_as_it_says(
    effort: Effort,
    horizon: float,
    over_days: float,
    treated: int,
    pace: float,
    tell: Tell,
) -> None:
    """Four controls for one treated account, each watched for 0 to `over_days` days: .93 to .96 of what is
    shown, and without bias, since what is refused for too few accounts watched to the horizon does not
    depend on how they fared."""
    once = partial(_shown, horizon=horizon, over_days=over_days, treated=treated, pace=pace)
    times = effort.times(150, 20_000 if treated <= 100 else 10_000)
    answers = repeated(once, times=times, seed=6, processes=effort.processes)

    shown = [answer for answer in answers if answer is not None]
    covers = Rate.of([each.is_covering for each in shown])
    off = Mean.of([each.error_days for each in shown])
    share = len(shown) / times
    effect = "no effect" if pace == 1 else "20 % faster"
    title = f"{treated} treated, horizon {horizon:g} of {over_days:g} days, {effect}: interval covers"
    tell(title, covers, f"{share:.1%} are shown", f"off by {off.days:+.2f} days")

    assert covers.high >= 0.93 and covers.low <= 0.96
    assert share > 0.9
    if effort.is_long:
        assert covers.low >= 0.93 and covers.high <= 0.96
        assert share > 0.97
        assert abs(off.days) < 0.12


@dataclass(frozen=True)
class _Shown:
    """Whether the interval holds the truth, and the error of the point."""

    is_covering: bool
    error_days: float


def _shown(
    random: np.random.Generator, *, horizon: float, over_days: float, treated: int, pace: float
) -> _Shown | None:
    """None where the product refuses an interval."""
    control = watched(random, 4 * treated, random.uniform(0, over_days, 4 * treated))
    treatment = watched(random, treated, random.uniform(0, over_days, treated), pace=pace)
    truth = true_restricted_mean(horizon) - true_restricted_mean(horizon, pace=pace)
    answer = restricted_mean_difference(control, treatment, horizon_days=horizon)
    if not isinstance(answer, Estimate):
        return None
    return _Shown(answer.lower <= truth <= answer.upper, answer.point - truth)


@efforts
@pytest.mark.parametrize("share", [0.2, 0.5], ids=["fifth", "half"])
def test_the_planned_size_finds_the_planned_difference_as_often_as_planned(
    effort: Effort, share: float, tell: Tell
) -> None:
    """At the final look of the rule of decision, within 3 points of 80 %, of accounts as many as the readout
    asks for before the start, from what 20,000 accounts before it did."""
    planned = _planned(share)
    once = partial(_is_found_at_the_end, accounts=planned, share=share)
    answers = repeated(once, times=effort.times(200, 6_000), seed=7, processes=effort.processes)

    found = Rate.of(answers)
    title = f"20 % faster, {share * 100:g} % treated, planned for 80 % before the start: found"
    tell(title, found, f"{planned:,} matured accounts")

    assert found.high >= 0.77 and found.low <= 0.83
    if effort.is_long:
        assert found.low >= 0.77 and found.high <= 0.83


@cache
def _planned(share: float) -> int:
    """Accounts that the readout asks for to find accounts 20 % faster, before any is enrolled."""
    saved = true_restricted_mean(60) - true_restricted_mean(60, pace=FASTER)
    days = np.random.default_rng(9).uniform(0, 180, 20_000)
    before = watched(np.random.default_rng(10), days.size, days)
    experiment = plan(saved, horizon_days=60)
    readout = read_out(
        experiment,
        [Epoch(1, STARTS, share)],
        Observed(
            outcomes=outcomes(0, cutoff=STARTS, epochs=FIFTH),
            assignments=pd.DataFrame({"account_id": [], "bucket": [], "arm": [], "epoch": []}),
            contaminated=0,
            before=pd.DataFrame(
                {
                    "signed_up_at": [STARTS - timedelta(days=float(ago)) for ago in days],
                    "duration_days": before.durations,
                    "is_first_value_reached": before.is_reached,
                }
            ),
            cutoff=STARTS,
        ),
        Record(),
    )
    assert isinstance(readout.planning, Planning) and not readout.planning.is_deviation_assumed
    return readout.planning.accounts_needed


def _is_found_at_the_end(random: np.random.Generator, *, accounts: int, share: float) -> bool:
    treated = round(accounts * share)
    control = watched(random, accounts - treated, random.uniform(60, 120, accounts - treated))
    treatment = watched(random, treated, random.uniform(60, 120, treated), pace=FASTER)
    fixed = restricted_mean_difference(control, treatment, horizon_days=60)
    experiment = plan(WANTED_DAYS, horizon_days=60)
    unread = NotEstimable("not_read", "only the final look is asked about")
    record = decide(experiment, Look(STARTS + timedelta(days=LAST_DAY), fixed, unread), Record()).record
    crossing = record.crossing
    return crossing is not None and crossing.kind is IntervalKind.FINAL and crossing.is_benefit


@efforts
def test_a_comparison_of_completers_fails_where_the_rule_does_not(effort: Effort, tell: Tell) -> None:
    """Welch's test of those who arrived, in the same experiments at the same hours."""
    alarms = Rate.of([each.is_naive_alarm for each in unequal(effort)])
    at_once = Rate.of([each.is_naive_alarm_without_burn_in for each in unequal(effort)])
    tell("no effect, completers compared every hour: anything found", alarms)
    tell("no effect, completers from 5 per arm on: anything found", at_once)

    assert alarms.low > (0.25 if effort.is_long else 0.1)
    assert at_once.low > (0.4 if effort.is_long else 0.25)


@efforts
def test_an_average_of_completers_misses_its_own_truth_the_more_accounts_there_are(
    effort: Effort, tell: Tell
) -> None:
    """At day 90 of a treatment that makes accounts 20 % faster: 6.0 days on the average of all who arrive."""
    shares = []
    for treated in (50, 400):
        once = partial(_completers_cover, treated=treated)
        answers = repeated(once, times=effort.times(150, 3_000), seed=8, processes=effort.processes)
        covers = Rate.of(answers)
        tell(f"{treated} treated, day 90, 20 % faster: completers' 95 % interval covers", covers)
        shares.append(covers)

    few, many = shares
    assert many.high < 0.2
    assert many.high < few.low < few.high < 0.93


def _completers_cover(random: np.random.Generator, *, treated: int) -> bool:
    accounts = arriving(random, 5 * treated, days=90, treatment_share=0.2, pace=FASTER)
    control, treatment = (arm.durations[arm.is_reached] for arm in accounts.arms_on(90))
    interval = stats.ttest_ind(control, treatment, equal_var=False).confidence_interval(0.95)
    truth = true_completer_mean() - true_completer_mean(pace=FASTER)
    return bool(interval.low <= truth <= interval.high)


@efforts
@pytest.mark.parametrize("pace_per_epoch", [1.0, FASTER], ids=["steady", "faster_every_epoch"])
def test_a_ramp_compared_as_one_shows_days_that_its_epochs_do_not(
    effort: Effort, pace_per_epoch: float, tell: Tell
) -> None:
    """20, 50 and 80 % treated, nothing gained. Completers mislead on a steady ramp already, the restricted
    mean where accounts get faster anyway. Pooled by inverse variance, epochs show neither."""
    once = partial(_compare_ramp, pace_per_epoch=pace_per_epoch)
    ramps = repeated(once, times=effort.times(100, 4_000), seed=10, processes=effort.processes)

    completers = Mean.of([ramp.completers_at_90 for ramp in ramps])
    as_one = Mean.of([ramp.as_one.point for ramp in ramps])
    by_epoch = Mean.of([ramp.by_epoch.point for ramp in ramps])
    found_as_one = Rate.of([_is_aside(ramp.as_one) for ramp in ramps])
    found_by_epoch = Rate.of([_is_aside(ramp.by_epoch) for ramp in ramps])
    what = "ramp" if pace_per_epoch == 1 else "ramp, each month 20 % faster"
    tell(f"{what}: completers as one, day 90", completers)
    tell(f"{what}: restricted mean as one, day 120", as_one)
    tell(f"{what}: restricted mean by epoch, day 120", by_epoch)
    tell(f"{what}: as one, one look at 5 %: anything found", found_as_one)
    tell(f"{what}: by epoch, one look at 5 %: anything found", found_by_epoch)

    assert completers.low > 3
    assert by_epoch.low < 0 < by_epoch.high or max(-by_epoch.low, by_epoch.high) < 0.05
    assert effort.is_at_most(found_by_epoch, 0.065 if effort.is_long else 0.05)
    if pace_per_epoch < 1:
        assert as_one.low > 1
        assert found_as_one.low > 0.25


@dataclass(frozen=True)
class Ramp:
    """Days saved by a treatment that does nothing, in three readings."""

    completers_at_90: float
    as_one: Estimate
    by_epoch: Estimate


def _compare_ramp(random: np.random.Generator, *, pace_per_epoch: float) -> Ramp:
    accounts, epoch = ramped(random, 900, pace_per_epoch=pace_per_epoch)
    control, treatment = (arm.durations[arm.is_reached].mean() for arm in accounts.arms_on(90))
    as_one, *epochs = (
        restricted_mean_difference(*chosen.arms_on(120), horizon_days=30)
        for chosen in (accounts, *(accounts.only(epoch == number) for number in range(len(RAMP))))
    )
    by_epoch = pooled([answer for answer in epochs if isinstance(answer, Estimate)])
    assert isinstance(as_one, Estimate) and isinstance(by_epoch, Estimate)
    assert not any(isinstance(answer, NotEstimable) for answer in epochs)
    return Ramp(float(control - treatment), as_one, by_epoch)


def _is_aside(estimate: Estimate) -> bool:
    return not estimate.lower <= 0 <= estimate.upper


@efforts
def test_a_sound_split_read_every_hour_seldom_alarms(effort: Effort, tell: Tell) -> None:
    alarms = Rate.of([each.is_sample_ratio_alarm for each in unequal(effort)])
    tell("sound split of 20 %, sample ratio read every hour: alarm", alarms)

    assert effort.is_at_most(alarms, 0.03 if effort.is_long else 0.02)
    assert not effort.is_long or alarms.low > 0.001
