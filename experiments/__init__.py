"""Whether the nudges are worth it: frames and arrays in, frozen results out.

Belongs here: estimators, tests, the rules of analysis, the arithmetic of their plans. Does not belong here:
reading or writing anything, engines, deciding when a readout is made.
"""

from experiments.adjusted import adjusted_mean_difference
from experiments.assignment import bucket_of, mismatched_arms
from experiments.capped_times import capped_rank_test, matured_mean_difference
from experiments.completers import Completers, completers
from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence, half_width
from experiments.design import Experiment
from experiments.guardrails import Guardrail, guardrail
from experiments.log_rank import log_rank
from experiments.median import Median, median
from experiments.multiplicity import holm
from experiments.pooling import pooled
from experiments.power import accounts_needed, detectable_days, power_of
from experiments.rank_test import RankTest
from experiments.result import Estimate, NotEstimable
from experiments.sample_ratio import SampleRatio, sample_ratio
from experiments.shares import Share, difference_of_shares, two_proportion_test, wilson_interval
from experiments.survival import (
    Arm,
    KaplanMeier,
    RestrictedMean,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
    standard_deviation_within,
)

__all__ = [
    "Arm",
    "Completers",
    "ConfidenceSequence",
    "Estimate",
    "Experiment",
    "Guardrail",
    "KaplanMeier",
    "Median",
    "NotEstimable",
    "RankTest",
    "RestrictedMean",
    "SampleRatio",
    "Share",
    "accounts_needed",
    "adjusted_mean_difference",
    "bucket_of",
    "capped_rank_test",
    "completers",
    "confidence_sequence",
    "detectable_days",
    "difference_of_shares",
    "guardrail",
    "half_width",
    "holm",
    "kaplan_meier",
    "log_rank",
    "matured_mean_difference",
    "median",
    "mismatched_arms",
    "pooled",
    "power_of",
    "restricted_mean",
    "restricted_mean_difference",
    "sample_ratio",
    "standard_deviation_within",
    "two_proportion_test",
    "wilson_interval",
]
