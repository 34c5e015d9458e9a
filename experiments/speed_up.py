"""How much accounts would differ if they were faster.

Belongs here: what past accounts say of a treated arm that does not exist yet. Does not belong here: the
effect that was observed; a plan made from that only says the result again.
"""

from dataclasses import replace

from scipy.optimize import brentq

from experiments.survival import KaplanMeier, restricted_mean, standard_deviation_within

_SLOWEST, _FASTEST = 1.0, 1e-6


def deviation_when_faster(curve: KaplanMeier, *, horizon_days: float, saved_days: float) -> float:
    """Standard deviation, in days, of min(c * T, horizon), where T are the times of the curve and c is the
    share of its time that an account would need for `saved_days` to be saved within the horizon on average.

    An accelerated failure time (Wei 1992): everybody who arrives does so by the same factor sooner. Faster
    accounts differ more within a horizon that many do not reach, so a plan made with the deviation of past
    accounts alone is too small. Where more days are to be saved than that can give, all are taken to arrive
    at once. Past its last time the curve is carried on flat.
    """

    def missing(share_of_time: float) -> float:
        sooner = restricted_mean(_scaled(curve, share_of_time), horizon_days=horizon_days)
        return now - sooner.days - saved_days

    now = restricted_mean(curve, horizon_days=horizon_days).days
    pace = float(brentq(missing, _FASTEST, _SLOWEST, xtol=1e-4)) if missing(_FASTEST) > 0 else _FASTEST
    return standard_deviation_within(_scaled(curve, pace), horizon_days=horizon_days)


def _scaled(curve: KaplanMeier, share_of_time: float) -> KaplanMeier:
    return replace(curve, times=curve.times * share_of_time)
