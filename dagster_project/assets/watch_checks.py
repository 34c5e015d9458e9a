"""The looks of `watching` as asset checks: of the finished tick, and of the ledger's entries.

A sensor takes them every few minutes, as a check that runs inside a tick could never find that no tick runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dagster import AssetCheckKey, AssetCheckResult, AssetChecksDefinition, asset_check

from dagster_project.clock import Clock
from dagster_project.inputs import SourceTable
from dagster_project.settings import Settings
from dagster_project.translator import FINISHED_KEY, LEDGER_KEY
from dagster_project.watching import Finding, attempts, freshness


@dataclass(frozen=True)
class Look:
    """A question about the pipeline, and the check that shows its answer."""

    key: AssetCheckKey
    asks: str
    find: Callable[[], Finding]

    @property
    def name(self) -> str:
        return self.key.name


def looks_of(settings: Settings, sources: Sequence[SourceTable], clock: Clock) -> list[Look]:
    return [
        Look(
            AssetCheckKey(FINISHED_KEY, "a_tick_finished_lately"),
            "A tick finished within three intervals and a little, or there was nothing to do.",
            lambda: freshness(settings, sources, clock),
        ),
        Look(
            AssetCheckKey(LEDGER_KEY, "what_is_due_is_attempted"),
            "What was to be sent in two finished ticks was attempted, or a halt holds it back.",
            lambda: attempts(settings, clock),
        ),
    ]


def build_watch_checks(looks: Sequence[Look]) -> list[AssetChecksDefinition]:
    return [_check(look) for look in looks]


def _check(look: Look) -> AssetChecksDefinition:
    @asset_check(asset=look.key.asset_key, name=look.name, description=look.asks)
    def looked() -> AssetCheckResult:
        finding = look.find()
        return AssetCheckResult(
            passed=finding.is_good, description=finding.told, metadata=dict(finding.facts)
        )

    return looked
