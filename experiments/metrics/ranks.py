"""Tests without days: log-rank, and Mann-Whitney on times capped at the horizon.

Estimands: none in days; `point` is z, above 0 where treated accounts arrive sooner. Mantel 1966; Mann and
Whitney 1947 with van Elteren's weights over epochs.
"""

from collections.abc import Iterator

from experiments.accounts import Accounts
from experiments.capped_times import capped_rank_test
from experiments.log_rank import log_rank
from experiments.metrics.matured import capped_strata
from experiments.rank_test import RankTest
from experiments.result import NotEstimable
from experiments.row import DIFFERENCE, Place, Row

LOG_RANK = "log_rank"
CAPPED_RANKS = "capped_rank_test"


def log_rank_rows(accounts: Accounts) -> Iterator[Row]:
    """One row over all epochs."""
    yield _row(LOG_RANK, None, log_rank([(each.control, each.treatment) for each in accounts.strata]))


def capped_rank_rows(accounts: Accounts, *, horizon_days: float) -> Iterator[Row]:
    """One row over all epochs, of accounts watched to the horizon."""
    strata = capped_strata(accounts, horizon_days=horizon_days)
    test = capped_rank_test([(part.control, part.treatment) for _, part in strata])
    yield _row(CAPPED_RANKS, horizon_days, test)


def _row(metric: str, days: float | None, answer: RankTest | NotEstimable) -> Row:
    place = Place(metric, DIFFERENCE, "z", days)
    if isinstance(answer, NotEstimable):
        return Row(place, reason=answer.reason, explanation=answer.explanation)
    return Row(place, point=answer.z, p_value=answer.p_value, accounts=answer.accounts)
