"""One number of a readout in tidy form: what it is, of whom, and how sure it is; or why there is none.

Belongs here: the row, and how an answer becomes one. Does not belong here: which rows a readout has, where
they are kept.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from experiments.result import Estimate, NotEstimable


class Basis(StrEnum):
    """Which accounts a number is about."""

    ASSIGNED = "assigned"
    """Everybody who was assigned, nudged or not (intention to treat)."""
    EXPOSED = "exposed"
    """Those who slipped, in both arms, from their first slip on. No nudge comes before it."""
    HELD_OUT = "held_out"
    """Treated accounts against the hold-out, which is never treated however wide the roll-out is."""


CONTROL = "control"
TREATMENT = "treatment"
DIFFERENCE = "difference"


@dataclass(frozen=True)
class Place:
    """Where a number belongs: `epoch` is None for all of them pooled; `parameter_days` is the horizon or
    window in days; `unit` is `days`, `share` or `z`."""

    metric: str
    arm: str
    unit: str
    parameter_days: float | None = None
    basis: Basis = Basis.ASSIGNED
    epoch: int | None = None


@dataclass(frozen=True)
class Row:
    """A row of `experiment_readouts` without its experiment and cut-off. No number is NaN: it is there, or
    `reason` and `explanation` say why not.

    `interval_kind` is `fixed` (valid for one look), `anytime` or `final`. `p_value_adjusted` is Holm's over
    the secondary metrics.
    """

    place: Place
    point: float | None = None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    interval_kind: str | None = None
    p_value: float | None = None
    p_value_adjusted: float | None = None
    accounts: int | None = None
    accounts_reached: int | None = None
    share_censored: float | None = None
    accounts_at_risk: int | None = None
    caveats: tuple[str, ...] = ()
    reason: str | None = None
    explanation: str | None = None

    def with_counts(
        self,
        *,
        accounts: int,
        reached: int | None = None,
        share_censored: float | None = None,
        at_risk: int | None = None,
    ) -> "Row":
        """The same row with the accounts behind it."""
        return replace(
            self,
            accounts=accounts,
            accounts_reached=reached,
            share_censored=share_censored,
            accounts_at_risk=at_risk,
        )


def row_of(place: Place, answer: Estimate | NotEstimable, *, interval_kind: str) -> Row:
    """An estimate as a row, or the reason why there is none."""
    if isinstance(answer, NotEstimable):
        return Row(place, reason=answer.reason, explanation=answer.explanation)
    return Row(
        place,
        point=answer.point,
        standard_error=answer.standard_error,
        lower=answer.lower,
        upper=answer.upper,
        level=answer.level,
        interval_kind=interval_kind,
        accounts=answer.accounts,
        caveats=answer.caveats,
    )
