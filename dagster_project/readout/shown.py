"""What is shown of a readout where it is not computed: verdict, numbers, pictures and what its checks found.

Belongs here: the choice of what is shown, and its form in a file. Does not belong here: when it is computed
(`showing`), how Dagster shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from dagster_project.readout.pictures import (
    activation_picture,
    as_markdown,
    days_saved_picture,
    growth_picture,
    guardrails_picture,
)
from dagster_project.readout.tables import metric_tables
from dagster_project.readout.words import verdict
from experiments.decision import Status
from experiments.readout import Readout

_PICTURES = {
    "activated accounts by age": activation_picture,
    "days saved over time": days_saved_picture,
    "guardrails": guardrails_picture,
    "accounts assigned and activated": growth_picture,
}


@dataclass(frozen=True)
class Shown:
    """`pictures` are Markdown by title, `numbers` rows of cells by heading, `faults` what each check found
    wrong by its name; a check without a fault is not among them. Instants are ISO 8601 in UTC."""

    experiment_key: str
    cutoff: str
    computed_at: str
    verdict: str
    status: str
    reasons: tuple[str, ...]
    looks: int
    pictures: Mapping[str, str]
    numbers: tuple[Mapping[str, str], ...]
    faults: Mapping[str, str]
    failures: tuple[str, ...]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Shown:
        """Raises `ValueError` or `TypeError` for a text that `as_json` did not write."""
        told = json.loads(text)
        if not isinstance(told, dict):
            raise ValueError("not what was kept of a readout")
        lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        return cls(**{**told, **lists})


def shown_of(readout: Readout, computed_at: datetime) -> Shown:
    """What is shown of a readout that was computed at `computed_at` (UTC)."""
    return Shown(
        experiment_key=readout.experiment.experiment_key,
        cutoff=readout.cutoff.isoformat(),
        computed_at=computed_at.isoformat(timespec="seconds"),
        verdict=verdict(readout),
        status=str(readout.decision.status),
        reasons=tuple(readout.decision.reasons),
        looks=readout.decision.record.looks,
        pictures={title: as_markdown(draw(readout), title) for title, draw in _PICTURES.items()},
        numbers=tuple(_numbers(readout)),
        faults={name: told for name, told in _faults(readout).items() if told},
        failures=tuple(readout.failures),
    )


def _numbers(readout: Readout) -> list[dict[str, str]]:
    """Of what the page shows of all accounts assigned, the columns that leave the verdict its width."""
    return [
        {
            "metric": line.what,
            "up to day": line.window,
            "with nudges": line.treatment,
            "without": line.control,
            "difference": line.difference,
            "interval": f"{line.interval} ({line.kind})" if line.kind else line.interval,
        }
        for table in metric_tables(readout)
        if table.is_main
        for line in table.lines
    ]


def _faults(readout: Readout) -> dict[str, str]:
    sound, decision = readout.soundness, readout.decision
    alarms = [f"epoch {split.epoch} {split.group}".strip() for split in sound.splits if split.is_alarm]
    return {
        "sample_ratio": "; ".join(alarms),
        "identity": f"{sound.mismatched:,} stored arms are not those of the hash" if sound.mismatched else "",
        "contamination": (
            f"{sound.contaminated:,} control accounts were sent a nudge" if sound.contaminated else ""
        ),
        "gates": " ".join(decision.reasons) if decision.status == Status.TOO_EARLY else "",
        "statistics": "; ".join(readout.failures),
    }
