"""Share of accounts that reached first value within 14, 30 and 60 days of sign-up.

Estimand: share per arm among accounts that were watched for the whole window (matured), and treatment minus
control. Intervals: Wilson 1927; Newcombe 1998, method 10. Test over epochs: Cochran-Mantel-Haenszel.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from experiments.accounts import Accounts
from experiments.metrics.pooled_difference import Answer, differences
from experiments.rank_test import RankTest
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Place, Row, row_of
from experiments.shares import Share, difference_of_shares, two_proportion_test, wilson_interval

METRIC = "activation_rate"
WINDOWS_DAYS = (14.0, 30.0, 60.0)


def activation_rows(accounts: Accounts, *, window_days: float) -> Iterator[Row]:
    """Both arms and their difference, per epoch and over all."""
    strata = matured_shares(accounts, window_days=window_days)
    for epoch, (control, treatment) in strata:
        for arm, share in ((CONTROL, control), (TREATMENT, treatment)):
            yield _arm(share, arm, window_days, epoch)
    for arm, place in ((CONTROL, 0), (TREATMENT, 1)):
        shares = [pair[place] for _, pair in strata]
        together = Share(sum(each.events for each in shares), sum(each.accounts for each in shares))
        yield _arm(together, arm, window_days, None)
    compared = differences(strata, lambda pair: difference_of_shares(pair[1], pair[0]))
    for epoch, answer in compared.by_epoch:
        pair = dict(strata)[epoch]
        yield _difference(answer, [pair], window_days, epoch)
    yield _difference(compared.overall, [pair for _, pair in strata], window_days, None)


def matured_shares(accounts: Accounts, *, window_days: float) -> list[tuple[int, tuple[Share, Share]]]:
    """Epoch, and the shares of control and treatment among accounts watched for the window."""
    is_matured = accounts.watched_days >= window_days
    is_activated = accounts.is_reached & (accounts.duration_days <= window_days)
    return [
        (epoch, (_share(is_activated, control), _share(is_activated, treatment)))
        for epoch, control, treatment in accounts.masks(is_matured)
        if control.any() and treatment.any()
    ]


def _share(is_event: np.ndarray, rows: np.ndarray) -> Share:
    return Share(int(np.count_nonzero(is_event & rows)), int(np.count_nonzero(rows)))


def _arm(share: Share, arm: str, days: float, epoch: int | None) -> Row:
    row = row_of(
        Place(METRIC, arm, "share", days, epoch=epoch), wilson_interval(share), interval_kind="fixed"
    )
    return row.with_counts(accounts=share.accounts, reached=share.events)


def _difference(answer: Answer, pairs: list[tuple[Share, Share]], days: float, epoch: int | None) -> Row:
    row = row_of(Place(METRIC, DIFFERENCE, "share", days, epoch=epoch), answer, interval_kind="fixed")
    shares = [share for pair in pairs for share in pair]
    counted = row.with_counts(
        accounts=sum(share.accounts for share in shares), reached=sum(share.events for share in shares)
    )
    test = two_proportion_test(pairs) if pairs else None
    return replace(counted, p_value=test.p_value) if isinstance(test, RankTest) else counted
