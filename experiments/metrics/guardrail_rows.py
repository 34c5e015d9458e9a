"""What must not get worse: unsubscribes, complaints, churn, as shares of accounts.

Estimand: share of accounts to which it has happened by the cut-off, treatment minus control; one-sided, see
`guardrails`.
"""

from collections.abc import Iterator, Sequence

from experiments.accounts import Accounts
from experiments.guardrails import Guardrail, guardrail
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Place, Row, row_of
from experiments.shares import Share, wilson_interval
from experiments.survival import Booleans

NAMES = ("unsubscribed", "complained", "churned")


def guardrails_of(accounts: Accounts, margins: dict[str, float]) -> tuple[Guardrail, ...]:
    """Those with a margin in the plan. None where no epoch has both arms."""
    happened = {
        "unsubscribed": accounts.has_unsubscribed,
        "complained": accounts.has_complained,
        "churned": accounts.has_churned,
    }
    return tuple(
        guardrail(name, strata, margin=margins[name])
        for name in NAMES
        if name in margins and (strata := _strata(accounts, happened[name]))
    )


def guardrail_rows(guardrails: Sequence[Guardrail]) -> Iterator[Row]:
    """Both arms and the excess of treatment."""
    for each in guardrails:
        for arm, share in ((CONTROL, each.control), (TREATMENT, each.treatment)):
            row = row_of(Place(each.name, arm, "share"), wilson_interval(share), interval_kind="fixed")
            yield row.with_counts(accounts=share.accounts, reached=share.events)
        yield row_of(Place(each.name, DIFFERENCE, "share"), each.excess, interval_kind="anytime")


def _strata(accounts: Accounts, happened: Booleans) -> list[tuple[Share, Share]]:
    everybody = accounts.is_treated | ~accounts.is_treated
    return [
        (
            Share(int((happened & control).sum()), int(control.sum())),
            Share(int((happened & treatment).sum()), int(treatment.sum())),
        )
        for _, control, treatment in accounts.masks(everybody)
        if control.any() and treatment.any()
    ]
