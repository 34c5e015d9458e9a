"""Whether the nudges are worth it: frames and arrays in, frozen results out.

Belongs here: estimators, tests, the rules of analysis, the arithmetic of their plans. Does not belong here:
reading or writing anything, engines, deciding when a readout is made.
"""

from experiments.assignment import bucket_of, mismatched_arms
from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence
from experiments.design import Experiment
from experiments.power import accounts_needed
from experiments.result import Estimate, NotEstimable
from experiments.sample_ratio import SampleRatio, sample_ratio
from experiments.survival import (
    Arm,
    KaplanMeier,
    RestrictedMean,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
)

__all__ = [
    "Arm",
    "ConfidenceSequence",
    "Estimate",
    "Experiment",
    "KaplanMeier",
    "NotEstimable",
    "RestrictedMean",
    "SampleRatio",
    "accounts_needed",
    "bucket_of",
    "confidence_sequence",
    "kaplan_meier",
    "mismatched_arms",
    "restricted_mean",
    "restricted_mean_difference",
    "sample_ratio",
]
