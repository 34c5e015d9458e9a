"""Whether the comparison is one at all: split, identity, contamination. Asked before any effect is looked at.

Belongs here: the checks of the assignment. Does not belong here: effects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from experiments.accounts import GROUPS, Accounts
from experiments.assignment import mismatched_arms
from experiments.design import Experiment
from experiments.epoch import Epoch
from experiments.result import NotEstimable
from experiments.row import CONTROL, TREATMENT
from experiments.sample_ratio import ALARM_BELOW, SampleRatio, sample_ratio


@dataclass(frozen=True)
class Split:
    """The sample ratio of an epoch, of all its accounts (`group` empty) or of those of one group such as
    `segment enterprise`. `is_alarm` counts in how many groups were looked at."""

    epoch: int
    group: str
    accounts: Mapping[str, int]
    answer: SampleRatio | NotEstimable
    is_alarm: bool


@dataclass(frozen=True)
class Soundness:
    """The answers of all checks. `mismatched` counts stored arms that are not those of the hash,
    `contaminated` control accounts that were sent a nudge, `mixed` accounts left out because their arms met
    in a merge."""

    splits: Sequence[Split]
    mismatched: int
    contaminated: int
    mixed: int
    faults: tuple[str, ...]
    """Why no effect may be read, in sentences; empty when all is well."""


def soundness(
    experiment: Experiment,
    epochs: Sequence[Epoch],
    accounts: Accounts,
    assignments: pd.DataFrame,
    *,
    contaminated: int,
) -> Soundness:
    """All checks. `assignments` holds everybody who was ever assigned (account_id, bucket, arm, epoch),
    `accounts` those who are analysed; `contaminated` counts control accounts that were sent a nudge.

    The sample ratio is tested per epoch, at p < .001, and in every group of what was known at sign-up,
    where a whole can look right though an arm is missing in a part of it: there with the exact binomial
    test and the level divided by the number of groups (Bonferroni).
    """
    treated = {epoch.number: epoch.treated_fraction(experiment.holdout_share) for epoch in epochs}
    wrong = mismatched_arms(
        assignments,
        salt=experiment.salt,
        treatment_shares={epoch.number: epoch.treatment_share for epoch in epochs},
        holdout_share=experiment.holdout_share,
    )
    splits = (*_splits(accounts, treated), *_splits_of_groups(accounts, treated))
    faults = (
        *(_split_fault(split, treated[split.epoch]) for split in splits if split.is_alarm),
        *_identity_faults(wrong),
        *_contamination_faults(contaminated),
        *_attrition_faults(accounts, assignments),
    )
    return Soundness(splits, len(wrong), contaminated, len(assignments) - accounts.size, faults)


def _splits(accounts: Accounts, treated: Mapping[int, float]) -> Iterator[Split]:
    for epoch, counts in _counts(accounts).items():
        share = treated.get(epoch, 0.0)
        if not 0 < share < 1:
            answer: SampleRatio | NotEstimable = NotEstimable(
                "one_arm", "all accounts of the epoch were to be in one arm"
            )
        else:
            answer = sample_ratio(counts, {TREATMENT: share, CONTROL: 1 - share})
        yield Split(epoch, "", counts, answer, isinstance(answer, SampleRatio) and answer.is_alarm)


def _counts(accounts: Accounts) -> dict[int, dict[str, int]]:
    everybody = np.ones(accounts.size, dtype=np.bool_)
    return {
        epoch: {CONTROL: int(control.sum()), TREATMENT: int(treatment.sum())}
        for epoch, control, treatment in accounts.masks(everybody)
    }


def _splits_of_groups(accounts: Accounts, treated: Mapping[int, float]) -> list[Split]:
    """Groups with the exact p-value, and an alarm below .001 divided by their number."""
    found: list[tuple[int, str, dict[str, int], float, float]] = []
    for column in GROUPS:
        codes, levels = pd.factorize(accounts.groups[column], use_na_sentinel=True)
        if len(levels) < 2:
            continue
        for epoch in accounts.epoch_numbers:
            share = treated.get(epoch, 0.0)
            if not 0 < share < 1:
                continue
            rows = (accounts.epochs == epoch) & (codes >= 0)
            everybody = np.bincount(codes[rows], minlength=len(levels))
            of_treatment = np.bincount(codes[rows & accounts.is_treated], minlength=len(levels))
            for level, whole, part in zip(levels, everybody, of_treatment, strict=True):
                if whole:
                    counts = {CONTROL: int(whole - part), TREATMENT: int(part)}
                    p_value = float(stats.binomtest(int(part), int(whole), share).pvalue)
                    found.append((epoch, f"{column} {level}", counts, share, p_value))
    return [
        Split(
            epoch,
            group,
            counts,
            _exact(counts, share, p_value),
            is_alarm=p_value * len(found) < ALARM_BELOW,
        )
        for epoch, group, counts, share, p_value in found
    ]


def _exact(counts: Mapping[str, int], share: float, p_value: float) -> SampleRatio:
    whole = sum(counts.values())
    expected = {CONTROL: whole * (1 - share), TREATMENT: whole * share}
    chi_square = sum((counts[arm] - expected[arm]) ** 2 / expected[arm] for arm in expected)
    return SampleRatio(counts, expected, chi_square, p_value)


def _split_fault(split: Split, share: float) -> str:
    whole = sum(split.accounts.values())
    where = f" of {split.group}" if split.group else ""
    assert isinstance(split.answer, SampleRatio)
    return (
        f"{split.accounts[TREATMENT]:,} of {whole:,} accounts{where} in epoch {split.epoch} are treated "
        f"where {share * 100:g} % were to be (p = {split.answer.p_value:.1g}): accounts are missing from an "
        "arm, or were moved."
    )


def _identity_faults(wrong: pd.DataFrame) -> Iterator[str]:
    if len(wrong):
        yield (
            f"{len(wrong):,} stored arms are not those of the hash (the first is "
            f"{wrong['account_id'].iloc[0]}): somebody changed the assignments, the salt or the epochs."
        )


def _contamination_faults(contaminated: int) -> Iterator[str]:
    if contaminated:
        yield f"{contaminated:,} accounts of the control group were sent a nudge."


def _attrition_faults(accounts: Accounts, assignments: pd.DataFrame) -> Iterator[str]:
    """Whether one arm lost more of its accounts between assignment and analysis than the other."""
    assigned = [int((assignments["arm"] == arm).sum()) for arm in (CONTROL, TREATMENT)]
    analysed = [int((~accounts.is_treated).sum()), int(accounts.is_treated.sum())]
    lost = [before - after for before, after in zip(assigned, analysed, strict=True)]
    if min(assigned) == 0 or sum(lost) <= 0 or min(lost) < 0:
        return
    table = [lost, analysed]
    if stats.fisher_exact(table).pvalue < ALARM_BELOW:
        yield (
            f"{lost[0]:,} of {assigned[0]:,} control accounts and {lost[1]:,} of {assigned[1]:,} treated "
            "ones are missing from the analysis: more of one arm than chance explains."
        )
