"""Numbers per arm that describe and never decide: the median, and the mean of those who arrived.

The mean of completers drops everybody who has not arrived: it grows for a year after the start, and can
have the wrong sign for ever. It is shown because people ask for it, always beside the share it leaves out.
"""

from collections.abc import Iterator

from experiments.accounts import Accounts
from experiments.completers import completers
from experiments.median import Median, median
from experiments.row import CONTROL, TREATMENT, Place, Row

MEDIAN = "median_days"
COMPLETERS = "mean_days_of_completers"
BIASED = "biased"


def median_rows(accounts: Accounts) -> Iterator[Row]:
    """Kaplan-Meier median per epoch and arm, if half of the arm arrives."""
    for stratum in accounts.strata:
        arms = ((CONTROL, stratum.control), (TREATMENT, stratum.treatment))
        for (name, arm), curve in zip(arms, stratum.curves, strict=True):
            place, answer = Place(MEDIAN, name, "days", epoch=stratum.epoch), median(curve)
            if isinstance(answer, Median):
                row = Row(
                    place,
                    point=answer.days,
                    lower=answer.lower,
                    upper=answer.upper,
                    level=0.95,
                    interval_kind="fixed",
                    caveats=("upper_end_open",) if answer.upper is None else (),
                )
            else:
                row = Row(place, reason=answer.reason, explanation=answer.explanation)
            yield row.with_counts(accounts=arm.accounts, reached=int(arm.is_reached.sum()))


def completer_rows(accounts: Accounts) -> Iterator[Row]:
    """AVG(days to the last milestone) per epoch and arm."""
    for stratum in accounts.strata:
        for name, arm in ((CONTROL, stratum.control), (TREATMENT, stratum.treatment)):
            answer = completers(arm)
            place = Place(COMPLETERS, name, "days", epoch=stratum.epoch)
            if answer.mean_days is None:
                row = Row(place, reason="nobody_arrived", explanation="no account has arrived yet")
            else:
                row = Row(place, point=answer.mean_days, caveats=(BIASED,))
            yield row.with_counts(
                accounts=arm.accounts, reached=answer.completed, share_censored=answer.share_censored
            )
