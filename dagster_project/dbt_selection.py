"""Which dbt nodes belong to which part of a tick or of the night: pure functions of the manifest.

The tags are set in the dbt project: `tick` (needed by a tick), `after_senders` (has to be fresh once the
senders are done), `report` (nightly), `guard` (a test that stops a tick). How nodes are run is said in
`dbt_in_process`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALL_DATA_TESTS = ("resource_type:test",)
UNIT_TESTS = ("resource_type:unit_test",)


@dataclass(frozen=True)
class Part:
    """A part of the project that is run as one dbt call: its models as a dbt selection, its guards by
    name.
    """

    name: str
    select: str
    exclude: str
    guards: tuple[str, ...] = ()


SEEDS = Part("seeds", select="resource_type:seed", exclude="")
PLAN_SELECT = "resource_type:seed tag:tick,resource_type:model"
PLAN_EXCLUDE = "tag:after_senders tag:report"
AFTER_SELECT = "tag:after_senders,resource_type:model"
REPORT_SELECT = "tag:report,resource_type:model"
SNAPSHOT_SELECT = "resource_type:snapshot"
REPORT_EXCLUDE = "tag:after_senders"


def parts_of(manifest: Mapping[str, Any]) -> tuple[Part, Part, Part]:
    """The plan half, the half after the senders and the nightly part. A guard runs with the last of its
    parents.
    """
    after = _after_senders(manifest)
    guards = [node for node in manifest["nodes"].values() if _is_guard(node)]
    late = {guard["unique_id"] for guard in guards if after & set(guard["depends_on"]["nodes"])}
    return (
        Part(
            "plan",
            PLAN_SELECT,
            PLAN_EXCLUDE,
            tuple(g["unique_id"] for g in guards if g["unique_id"] not in late),
        ),
        Part("after_senders", AFTER_SELECT, "", tuple(sorted(late))),
        Part("reports", _nightly_select(manifest), REPORT_EXCLUDE),
    )


def has_models(manifest: Mapping[str, Any], part: Part) -> bool:
    """Whether there is anything to run; a project without reports is a legal one."""
    if part.name == "after_senders":
        return bool(_after_senders(manifest))
    if part.name == "reports":
        return any(
            node["resource_type"] == "snapshot" or (_is_model(node) and "report" in node["tags"])
            for node in manifest["nodes"].values()
            if "after_senders" not in node["tags"]
        )
    return any(_is_model(node) and "tick" in node["tags"] for node in manifest["nodes"].values())


def fully_qualified(manifest: Mapping[str, Any], unique_ids: list[str]) -> list[str]:
    """dbt's exact selector of each node."""
    return ["fqn:" + ".".join(manifest["nodes"][unique_id]["fqn"]) for unique_id in sorted(unique_ids)]


def reads_the_ledger(manifest: Mapping[str, Any], unique_id: str) -> bool:
    """Whether the node reads a ledger relation, directly or through views, which are as fresh as the
    moment of reading.
    """
    parents = manifest["parent_map"].get(unique_id, [])
    for parent in parents:
        if parent.startswith("source."):
            if manifest["sources"][parent]["source_name"] == "nudges":
                return True
        elif manifest["nodes"][parent]["config"].get("materialized") == "view" and reads_the_ledger(
            manifest, parent
        ):
            return True
    return False


def _nightly_select(manifest: Mapping[str, Any]) -> str:
    """dbt complains about a criterion that finds nothing."""
    has_snapshots = any(node["resource_type"] == "snapshot" for node in manifest["nodes"].values())
    return f"{REPORT_SELECT} {SNAPSHOT_SELECT}" if has_snapshots else REPORT_SELECT


def _after_senders(manifest: Mapping[str, Any]) -> set[str]:
    return {
        node["unique_id"]
        for node in manifest["nodes"].values()
        if _is_model(node) and "after_senders" in node["tags"]
    }


def _is_model(node: Mapping[str, Any]) -> bool:
    return bool(node["resource_type"] == "model")


def _is_guard(node: Mapping[str, Any]) -> bool:
    return bool(node["resource_type"] == "test" and "guard" in node["tags"])
