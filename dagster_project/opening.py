"""Going live: what an opening would leave unsent, and whether it may happen at all.

Appending `opened` belongs to the ledger; which nudges count as slipped before it is said in SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dagster_project.clock import aware_utc, naive_utc
from dagster_project.errors import Refused
from dagster_project.settings import PREFIX, Settings
from dagster_project.validation import require_valid
from dagster_project.validation.experiment_rules import check_opening
from dagster_project.validation.seed_reader import read_seed
from dagster_project.validation.seed_schema import SEEDS
from dagster_project.warehouse import reading


@dataclass(frozen=True)
class SlippedBefore:
    """Accounts of one CSM that have slipped by now: how many, and for how many each tier is due already."""

    csm: str
    accounts: int
    tier_1: int
    tier_2: int
    tier_3: int


@dataclass(frozen=True)
class Opening:
    """What a person has to know before opening: the accounts that get no nudge for where they stand now."""

    namespace: str
    as_of: datetime | None
    slipped: Sequence[SlippedBefore]

    @property
    def accounts(self) -> int:
        return sum(row.accounts for row in self.slipped)


def prepare_opening(settings: Settings, *, now: datetime) -> Opening:
    """Raises `Refused` outside live, with anything that `validate` finds, with an experiment that has begun
    before `now` (naive UTC), or before a first tick has said who has slipped."""
    if not settings.is_live:
        raise Refused(
            f"Only a live namespace is opened, and this is {settings.namespace}: set {PREFIX}LIVE=1 if "
            "messages are to leave for real."
        )
    if settings.is_halted:
        raise Refused(f"{PREFIX}HALT=1 stops all sends; unset it before you open {settings.namespace}.")
    require_valid(settings)
    epochs = read_seed(
        settings.dbt_project_dir / "seeds" / "experiment_epochs.csv", SEEDS["experiment_epochs"]
    )
    too_early = list(check_opening(epochs, now))
    if too_early:
        raise Refused("\n".join(str(problem) for problem in too_early))
    with reading(settings) as connection:
        marts = settings.schema("onboarding")
        names = ("fct_onboarding_progress", "dim_accounts", "fct_nudge_decisions")
        if not all(connection.columns_of(marts, name) for name in names):
            raise Refused("No tick has said yet who has slipped; run `milestone-agent tick --dry-run` first.")
        progress, accounts, decisions = (connection.relation(marts, name) for name in names)
        rows = connection.execute(
            f"""
            with due as (
                select
                    account_id,
                    max(case when tier = 1 then 1 else 0 end) as tier_1,
                    max(case when tier = 2 then 1 else 0 end) as tier_2,
                    max(case when tier = 3 then 1 else 0 end) as tier_3
                from {decisions}
                group by account_id
            )
            select
                coalesce(accounts.csm_email, '(no CSM)') as csm,
                count(*),
                coalesce(sum(due.tier_1), 0),
                coalesce(sum(due.tier_2), 0),
                coalesce(sum(due.tier_3), 0)
            from {progress} as progress
            inner join {accounts} as accounts on progress.account_id = accounts.account_id
            left join due on progress.account_id = due.account_id
            where progress.is_slipped
            group by csm
            order by count(*) desc, csm
            """
        ).fetchall()
        as_of = connection.execute(f"select max(as_of) from {progress}").fetchone()
    slipped = tuple(SlippedBefore(str(csm), *(int(number) for number in numbers)) for csm, *numbers in rows)
    latest = as_of[0] if as_of else None
    return Opening(settings.namespace, naive_utc(aware_utc(latest)) if latest else None, slipped)
