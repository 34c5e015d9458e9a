"""The readout of every experiment as one asset, with checks and pictures; hourly, apart from the tick.

Only wiring: numbers are made in `experiments`, read and kept in `readout`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    TableRecord,
    asset,
)

from dagster_project.assets.dbt import DUCKDB_POOL
from dagster_project.errors import RunFailed
from dagster_project.marts_copy import copy_marts
from dagster_project.readout.pictures import (
    activation_picture,
    as_markdown,
    days_saved_picture,
    growth_picture,
    guardrails_picture,
)
from dagster_project.readout.run import Made, keys_of, make_readout
from dagster_project.readout.tables import metric_tables
from dagster_project.readout.words import verdict
from dagster_project.readout.writing_page import page_path, write_page
from dagster_project.session import TickSession
from dagster_project.settings import Settings
from dagster_project.translator import OWNER
from experiments.decision import Status
from experiments.readout import Readout

READOUTS_KEY = AssetKey(["onboarding", "experiment_readouts"])
READ_BY_READOUTS = frozenset(
    {
        AssetKey(["onboarding", "fct_experiment_outcomes"]),
        AssetKey(["onboarding", "fct_nudges"]),
        AssetKey(["onboarding_intermediate", "int_assignments_resolved"]),
    }
)

_PICTURES = {
    "activated accounts by age": activation_picture,
    "days saved over time": days_saved_picture,
    "guardrails": guardrails_picture,
    "accounts assigned and activated": growth_picture,
}

CHECKS = {
    "sample_ratio": "The arms came out in the proportion that was configured, as a whole and in every group.",
    "identity": "Every stored arm is the one that the hash gives.",
    "contamination": "No control account was sent a nudge.",
    "gates": "There are enough accounts, watched for long enough, to read the primary metric.",
    "statistics": "Every statistic could be computed.",
}


def build_readouts(engine: str = "duckdb") -> AssetsDefinition:
    """The asset `onboarding/experiment_readouts`, labelled with the warehouse's engine. A readout that fails
    does not stop those of other experiments."""

    @asset(
        key=READOUTS_KEY,
        deps=sorted(READ_BY_READOUTS),
        group_name="experiments",
        owners=[OWNER],
        kinds={"python", engine},
        pool=DUCKDB_POOL,
        required_resource_keys={"tick"},
        check_specs=[
            AssetCheckSpec(name=name, asset=READOUTS_KEY, description=told) for name, told in CHECKS.items()
        ],
        description=(
            "Does nudging shorten time to first value? One row per experiment, data cut-off, metric, basis, "
            "epoch and arm; history is kept, and a cut-off is written once. The decision of each cut-off "
            "is in experiment_decisions. The metadata show the verdict and its pictures."
        ),
    )
    def experiment_readouts(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        session: TickSession = context.resources.tick
        made, broken = _made(session, context)
        if any(each.is_new for each in made):
            copy_marts(session.settings, session.clock())
        yield MaterializeResult(metadata=_metadata(session.settings, made, broken))
        yield from _checks([each.readout for each in made])
        if broken:
            raise RunFailed("; ".join(f"{key}: {why}" for key, why in broken.items()))

    return experiment_readouts


def _made(session: TickSession, context: AssetExecutionContext) -> tuple[list[Made], dict[str, str]]:
    made: list[Made] = []
    broken: dict[str, str] = {}
    for key in keys_of(session.settings):
        try:
            made.append(make_readout(session.settings, key, session.clock()))
            write_page(session.settings, made[-1])
        except Exception as error:
            context.log.exception(f"the readout of {key} failed")
            broken[key] = f"{type(error).__name__}: {error}"
    return made, broken


def _metadata(settings: Settings, made: Sequence[Made], broken: Mapping[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for each in made:
        readout = each.readout
        prefix = f"{readout.experiment.experiment_key}: " if len(made) > 1 else ""
        metadata[f"{prefix}verdict"] = MetadataValue.md(f"**{verdict(readout)}**")
        metadata[f"{prefix}status"] = str(readout.decision.status)
        metadata[f"{prefix}reasons"] = MetadataValue.md(
            "\n".join(f"- {told}" for told in readout.decision.reasons)
        )
        for title, draw in _PICTURES.items():
            metadata[f"{prefix}{title}"] = MetadataValue.md(as_markdown(draw(readout), title))
        metadata[f"{prefix}numbers"] = MetadataValue.table(_numbers(readout))
        metadata[f"{prefix}data cut-off"] = readout.cutoff.isoformat()
        metadata[f"{prefix}looks so far"] = readout.decision.record.looks
        metadata[f"{prefix}is a new cut-off"] = each.is_new
        metadata[f"{prefix}page"] = MetadataValue.path(
            str(page_path(settings, readout.experiment.experiment_key))
        )
        if readout.failures:
            metadata[f"{prefix}statistics that failed"] = "\n".join(readout.failures)
    for key, why in broken.items():
        metadata[f"{key}: failed"] = why
    return metadata


def _numbers(readout: Readout) -> list[TableRecord]:
    """Of what the page shows of all accounts assigned, the columns that leave the verdict its width."""
    return [
        TableRecord(
            {
                "metric": line.what,
                "up to day": line.window,
                "with nudges": line.treatment,
                "without": line.control,
                "difference": line.difference,
                "interval": f"{line.interval} ({line.kind})" if line.kind else line.interval,
            }
        )
        for table in metric_tables(readout)
        if table.is_main
        for line in table.lines
    ]


def _checks(readouts: Sequence[Readout]) -> Iterator[AssetCheckResult]:
    if not readouts:
        yield from (_nothing_checked(name) for name in CHECKS)
        return
    yield _check("sample_ratio", {r.experiment.experiment_key: _alarms(r) for r in readouts})
    yield _check(
        "identity",
        {
            r.experiment.experiment_key: f"{r.soundness.mismatched:,} stored arms are not those of the hash"
            for r in readouts
            if r.soundness.mismatched
        },
    )
    yield _check(
        "contamination",
        {
            r.experiment.experiment_key: f"{r.soundness.contaminated:,} control accounts were sent a nudge"
            for r in readouts
            if r.soundness.contaminated
        },
    )
    yield _check(
        "gates",
        {
            r.experiment.experiment_key: " ".join(r.decision.reasons)
            for r in readouts
            if r.decision.status == Status.TOO_EARLY
        },
        severity=AssetCheckSeverity.WARN,
    )
    yield _check("statistics", {r.experiment.experiment_key: "; ".join(r.failures) for r in readouts})


def _nothing_checked(name: str) -> AssetCheckResult:
    """A warning: green would say that something was looked at."""
    return AssetCheckResult(
        check_name=name,
        asset_key=READOUTS_KEY,
        passed=False,
        severity=AssetCheckSeverity.WARN,
        description=f"No experiment has been read, so nothing is known of this: {CHECKS[name]}",
    )


def _alarms(readout: Readout) -> str:
    alarms = [split for split in readout.soundness.splits if split.is_alarm]
    return "; ".join(f"epoch {split.epoch} {split.group}".strip() for split in alarms)


def _check(
    name: str, found: Mapping[str, str], severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
) -> AssetCheckResult:
    wrong = {key: told for key, told in found.items() if told}
    return AssetCheckResult(
        check_name=name,
        asset_key=READOUTS_KEY,
        passed=not wrong,
        severity=severity,
        description="; ".join(f"{key}: {told}" for key, told in wrong.items()) or CHECKS[name],
    )
