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
from dagster_project.readout.run import keys_of
from dagster_project.readout.showing import Showing, show
from dagster_project.readout.shown import Shown
from dagster_project.readout.writing_page import page_path
from dagster_project.session import TickSession
from dagster_project.settings import Settings
from dagster_project.translator import OWNER

READOUTS_KEY = AssetKey(["onboarding", "experiment_readouts"])
READ_BY_READOUTS = frozenset(
    {
        AssetKey(["onboarding", "fct_experiment_outcomes"]),
        AssetKey(["onboarding", "fct_nudges"]),
        AssetKey(["onboarding_intermediate", "int_assignments_resolved"]),
    }
)

CHECKS = {
    "sample_ratio": "The arms came out in the proportion that was configured, as a whole and in every group.",
    "identity": "Every stored arm is the one that the hash gives.",
    "contamination": "No control account was sent a nudge.",
    "gates": "There are enough accounts, watched for long enough, to read the primary metric.",
    "statistics": "Every statistic could be computed.",
}

_WARNINGS = {"gates"}
"""What time alone will mend."""


def build_readouts() -> AssetsDefinition:
    """The asset `onboarding/experiment_readouts`. A readout that fails does not stop those of other
    experiments."""

    @asset(
        key=READOUTS_KEY,
        deps=sorted(READ_BY_READOUTS),
        group_name="experiments",
        owners=[OWNER],
        kinds={"python", "duckdb"},
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
        showings, broken = _showings(session, context)
        if any(each.is_new for each in showings):
            copy_marts(session.settings, session.clock())
        yield MaterializeResult(metadata=_metadata(session.settings, showings, broken))
        yield from _checks([each.shown for each in showings])
        if broken:
            raise RunFailed("; ".join(f"{key}: {why}" for key, why in broken.items()))

    return experiment_readouts


def _showings(session: TickSession, context: AssetExecutionContext) -> tuple[list[Showing], dict[str, str]]:
    showings: list[Showing] = []
    broken: dict[str, str] = {}
    for key in keys_of(session.settings):
        try:
            showings.append(show(session.settings, key, session.clock()))
        except Exception as error:
            context.log.exception(f"the readout of {key} failed")
            broken[key] = f"{type(error).__name__}: {error}"
    return showings, broken


def _metadata(settings: Settings, showings: Sequence[Showing], broken: Mapping[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for each in showings:
        shown = each.shown
        prefix = f"{shown.experiment_key}: " if len(showings) > 1 else ""
        metadata[f"{prefix}verdict"] = MetadataValue.md(f"**{shown.verdict}**")
        metadata[f"{prefix}status"] = shown.status
        metadata[f"{prefix}reasons"] = MetadataValue.md("\n".join(f"- {told}" for told in shown.reasons))
        for title, picture in shown.pictures.items():
            metadata[f"{prefix}{title}"] = MetadataValue.md(picture)
        metadata[f"{prefix}numbers"] = MetadataValue.table([TableRecord(row) for row in shown.numbers])
        metadata[f"{prefix}data cut-off"] = shown.cutoff
        metadata[f"{prefix}looks so far"] = shown.looks
        metadata[f"{prefix}is a new cut-off"] = each.is_new
        metadata[f"{prefix}computed"] = _computed(each)
        metadata[f"{prefix}page"] = MetadataValue.path(str(page_path(settings, shown.experiment_key)))
        if shown.failures:
            metadata[f"{prefix}statistics that failed"] = "\n".join(shown.failures)
    for key, why in broken.items():
        metadata[f"{key}: failed"] = why
    return metadata


def _computed(showing: Showing) -> str:
    if showing.is_computed:
        return "in this run"
    return f"at {showing.shown.computed_at}, shown again: neither cut-off, plan nor code has changed since"


def _checks(shown: Sequence[Shown]) -> Iterator[AssetCheckResult]:
    for name in CHECKS:
        yield _check(name, shown) if shown else _nothing_checked(name)


def _nothing_checked(name: str) -> AssetCheckResult:
    """A warning: green would say that something was looked at."""
    return AssetCheckResult(
        check_name=name,
        asset_key=READOUTS_KEY,
        passed=False,
        severity=AssetCheckSeverity.WARN,
        description=f"No experiment has been read, so nothing is known of this: {CHECKS[name]}",
    )


def _check(name: str, shown: Sequence[Shown]) -> AssetCheckResult:
    wrong = {each.experiment_key: each.faults[name] for each in shown if name in each.faults}
    return AssetCheckResult(
        check_name=name,
        asset_key=READOUTS_KEY,
        passed=not wrong,
        severity=AssetCheckSeverity.WARN if name in _WARNINGS else AssetCheckSeverity.ERROR,
        description="; ".join(f"{key}: {told}" for key, told in wrong.items()) or CHECKS[name],
    )
