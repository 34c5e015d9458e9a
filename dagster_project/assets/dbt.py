"""The dbt project as Dagster assets: seeds and plan, what follows the senders, and the nightly reports and
snapshots.

Every data test is an asset check; a tick asks for the guards only, the night for all of them. How dbt is
called is said in `dbt_in_process`, which nodes form a part in `dbt_selection`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dagster import AssetCheckResult, AssetCheckSeverity, AssetExecutionContext, AssetsDefinition, Output
from dagster_dbt import dbt_assets

from dagster_project.dbt_in_process import DbtCall, NodeEvent, NodeFinished
from dagster_project.dbt_selection import UNIT_TESTS, Part, selection_of
from dagster_project.seeds import remember_loaded, remember_path, stale_seeds
from dagster_project.session import TickSession
from dagster_project.translator import MilestoneTranslator

DUCKDB_POOL = "duckdb"
UNIQUE_ID = "dagster_dbt/unique_id"

AssetEvent = Output[None] | AssetCheckResult


def build_dbt_assets(
    manifest: Mapping[str, Any],
    translator: MilestoneTranslator,
    part: Part,
    check: Callable[[TickSession], None] = lambda session: None,
) -> AssetsDefinition:
    """One step that builds the part, or the nodes of it that somebody picked, and lets `check` have a say."""
    whole = selection_of(manifest, part.nodes)

    @dbt_assets(
        manifest=manifest,
        name=f"dbt_{part.name}",
        select=" ".join(whole.select),
        exclude=" ".join(whole.exclude),
        dagster_dbt_translator=translator,
        required_resource_keys={"tick"},
        pool=DUCKDB_POOL,
    )
    def built(context: AssetExecutionContext) -> Iterator[AssetEvent]:
        session: TickSession = context.resources.tick
        report = _Reporter(context, part, number_of_checks=len(list(built.check_specs)))
        if _has_seeds(manifest, report):
            yield from _load_seeds(session, manifest, report)
        for call in _calls(session, manifest, part, report):
            for event in session.dbt.run(call):
                session.on_node(event)
                yield from report.events_of(event)
        check(session)

    return built


class _Reporter:
    """Turns what dbt finished into what this step was asked for."""

    def __init__(self, context: AssetExecutionContext, part: Part, number_of_checks: int) -> None:
        # In a job this is what the job selected of the step, not all of it.
        definition = context.assets_def
        self.part = part
        self.keys = {
            spec.metadata[UNIQUE_ID]: spec.key
            for spec in definition.specs
            if spec.key in context.selected_asset_keys
        }
        self.checks = {
            spec.metadata[UNIQUE_ID]: spec.key
            for spec in definition.check_specs
            if spec.key in context.selected_asset_check_keys
        }
        self.is_whole = set(self.keys) == set(part.nodes)
        self.has_all_checks = len(self.checks) == number_of_checks

    def events_of(self, event: NodeEvent) -> Iterator[AssetEvent]:
        if not isinstance(event, NodeFinished):
            return
        if event.unique_id in self.keys and event.is_good:
            yield self.output(event.unique_id, {"status": event.status, "seconds": round(event.seconds, 3)})
        elif event.unique_id in self.checks and event.status != "skipped":
            key = self.checks[event.unique_id]
            yield AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=event.status == "pass",
                severity=AssetCheckSeverity.WARN if event.status == "warn" else AssetCheckSeverity.ERROR,
                metadata={"failing rows": event.failures or 0, "seconds": round(event.seconds, 3)},
            )

    def output(self, unique_id: str, metadata: Mapping[str, Any]) -> Output[None]:
        return Output(None, output_name=self.keys[unique_id].to_python_identifier(), metadata=dict(metadata))


def _has_seeds(manifest: Mapping[str, Any], report: _Reporter) -> bool:
    return any(manifest["nodes"][unique_id]["resource_type"] == "seed" for unique_id in report.keys)


def _load_seeds(session: TickSession, manifest: Mapping[str, Any], report: _Reporter) -> Iterator[AssetEvent]:
    """Load the seeds that changed. The others are reported as well, or the steps that read them would be
    skipped.
    """
    stale = stale_seeds(session.settings, manifest)
    wanted = {unique_id: stale[unique_id] for unique_id in stale if unique_id in report.keys}
    if wanted:
        remember_path(session.settings, manifest)
        # A seed whose columns changed cannot be loaded into the old table, so that one is replaced.
        selection = selection_of(manifest, wanted)
        call = DbtCall("seed", selection.select, exclude=selection.exclude, is_full_refresh=True)
        for event in session.dbt.run(call):
            session.on_node(event)
            yield from report.events_of(event)
        remember_loaded(session.settings, manifest, wanted)
    for unique_id in report.keys:
        if manifest["nodes"][unique_id]["resource_type"] == "seed" and unique_id not in wanted:
            yield report.output(unique_id, {"status": "unchanged"})


def _calls(
    session: TickSession, manifest: Mapping[str, Any], part: Part, report: _Reporter
) -> Iterator[DbtCall]:
    kinds = {unique_id: manifest["nodes"][unique_id]["resource_type"] for unique_id in report.keys}
    models = [unique_id for unique_id, kind in kinds.items() if kind != "seed"]
    tests = _tests(part, report, has_models=bool(models))
    selection = selection_of(manifest, [*models, *tests])
    if models:
        yield DbtCall(
            "build",
            selection.select,
            # A model's unit tests share its name as dbt selects it. They say nothing about today's data.
            exclude=(*selection.exclude, *UNIT_TESTS),
            is_full_refresh=session.options.full_refresh,
            variables=session.dbt_variables(),
        )
        if part.name == "reports" and report.is_whole:
            # They look up the columns of their inputs, which only now are all there, also in the first night.
            yield DbtCall("test", UNIT_TESTS)
    elif tests:
        yield DbtCall("test", selection.select, exclude=selection.exclude)


def _tests(part: Part, report: _Reporter, *, has_models: bool) -> set[str]:
    """What was asked for. Tests over several models are nobody's check in Dagster, and count all the same."""
    if report.has_all_checks and (report.is_whole or not has_models):
        return set(part.tests)
    return {*report.checks, *part.guards} if report.is_whole else {*report.checks}
