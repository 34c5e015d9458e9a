"""The readout of one experiment at one data cut-off."""

from dataclasses import dataclass
from datetime import datetime

from experiments.decision import Decision
from experiments.design import Experiment
from experiments.epoch import Epoch
from experiments.guardrails import Guardrail
from experiments.pictured import ActivationCurve, ArmSummary, Growth, PastLook
from experiments.planning import Planning
from experiments.result import NotEstimable
from experiments.row import Row
from experiments.soundness import Soundness


@dataclass(frozen=True)
class Readout:
    """All that one data cut-off says. `failures` names statistics that could not be computed at all."""

    experiment: Experiment
    epochs: tuple[Epoch, ...]
    cutoff: datetime
    decision: Decision
    soundness: Soundness
    planning: Planning | NotEstimable
    arms: tuple[ArmSummary, ...]
    guardrails: tuple[Guardrail, ...]
    rows: tuple[Row, ...]
    curves: tuple[ActivationCurve, ...]
    past_looks: tuple[PastLook, ...]
    growth: tuple[Growth, ...]
    failures: tuple[str, ...]
