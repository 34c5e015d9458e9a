"""Which dbt nodes belong to which part of a tick or of the night: pure functions of the manifest.

The tags are set in the dbt project: `tick` (needed by a tick), `after_senders` (has to be fresh once the
senders are done), `report` (nightly), `guard` (a test that stops a tick). How nodes are run is said in
`dbt_in_process`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

UNIT_TESTS = ("resource_type:unit_test",)
_KINDS_WITH_TAGS = (
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "unit_tests",
    "semantic_models",
    "saved_queries",
    "functions",
)


@dataclass(frozen=True)
class Part:
    """A part of the project that one step runs: dbt's unique ids of its nodes and of its tests.

    A test belongs to the part of the last of its parents. Those that a tick runs as well are its guards.
    """

    name: str
    nodes: tuple[str, ...]
    tests: tuple[str, ...]
    guards: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.nodes


def parts_of(manifest: Mapping[str, Any]) -> tuple[Part, Part, Part]:
    """The plan half, the half after the senders and the nightly part."""
    nodes = manifest["nodes"]
    seeds = {unique_id for unique_id, node in nodes.items() if node["resource_type"] == "seed"}
    night = _nightly(manifest)
    after = _after_senders(manifest, night)
    plan = {
        unique_id
        for unique_id, node in nodes.items()
        if _is_model(node) and "tick" in node["tags"] and unique_id not in after | night
    }
    return (
        _part(manifest, "plan", plan | seeds, not_before=after | night),
        _part(manifest, "after_senders", after, not_before=night),
        _part(manifest, "reports", night, not_before=set()),
    )


def _part(manifest: Mapping[str, Any], name: str, nodes: set[str], *, not_before: set[str]) -> Part:
    """The part, with the tests that look at it and at nothing which is built later (`not_before`)."""
    tests = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and nodes & set(node["depends_on"]["nodes"])
        and not not_before & set(node["depends_on"]["nodes"])
    }
    guards = sorted(unique_id for unique_id, node in tests.items() if "guard" in node["tags"])
    return Part(name, tuple(sorted(nodes)), tuple(sorted(tests)), tuple(guards))


def fully_qualified(manifest: Mapping[str, Any], unique_ids: Iterable[str]) -> list[str]:
    """dbt's exact selector of each node."""
    return ["fqn:" + ".".join(manifest["nodes"][unique_id]["fqn"]) for unique_id in sorted(unique_ids)]


@dataclass(frozen=True)
class Selection:
    """What dbt is told to take and to leave."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]


def selection_of(manifest: Mapping[str, Any], unique_ids: Iterable[str]) -> Selection:
    """Exactly these nodes, in few words: tags where they fit, names for the rest.

    dbt compares every word with every node several times per call, which was a fifth of a tick's cost when
    each node was named.
    """
    wanted = set(unique_ids)
    unnamed, unwanted = set(wanted), set[str]()
    words: list[str] = []
    for tag, members in sorted(_tagged(manifest).items()):
        others = members - wanted
        # Only nodes can be named, so a tag that a source or an exposure carries as well is of no use.
        is_usable = others <= manifest["nodes"].keys() and not _share_a_test(manifest, others, wanted)
        if is_usable and len(others) + 1 < len(members & unnamed):
            words.append(f"tag:{tag}")
            unnamed -= members
            unwanted |= others
    select = (*words, *fully_qualified(manifest, unnamed))
    return Selection(select, _left_out(manifest, unwanted, wanted))


def _left_out(manifest: Mapping[str, Any], unwanted: set[str], wanted: set[str]) -> tuple[str, ...]:
    """The words that leave out what is not wanted and nothing else: reports, say, carry a tag of theirs."""
    unnamed = set(unwanted)
    words: list[str] = []
    for tag, members in sorted(_tagged(manifest).items()):
        is_usable = members.isdisjoint(wanted) and not _share_a_test(manifest, members, wanted)
        if is_usable and len(members & unnamed) > 1:
            words.append(f"tag:{tag}")
            unnamed -= members
    return (*words, *fully_qualified(manifest, unnamed))


def _share_a_test(manifest: Mapping[str, Any], left: set[str], taken: set[str]) -> bool:
    """Whether a test looks at a node of each: leaving the one out would leave out a test of the other."""
    return any(
        child.startswith("test.") and not taken.isdisjoint(manifest["parent_map"][child])
        for node in left
        for child in manifest["child_map"].get(node, ())
    )


def _tagged(manifest: Mapping[str, Any]) -> dict[str, set[str]]:
    """What carries each tag, over everything that dbt looks at when it selects by tag. Tags that would be
    read as a pattern or as several words are left out.
    """
    tagged: dict[str, set[str]] = {}
    for kind in (
        "nodes",
        "sources",
        "exposures",
        "metrics",
        "unit_tests",
        "semantic_models",
        "saved_queries",
    ):
        for unique_id, node in manifest.get(kind, {}).items():
            for tag in {*node.get("tags", ()), *node.get("config", {}).get("tags", ())}:
                if re.fullmatch(r"\w+", tag):
                    tagged.setdefault(tag, set()).add(unique_id)
    return tagged


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


def _nightly(manifest: Mapping[str, Any]) -> set[str]:
    """Reports that are built as tables, snapshots, and the views over them, which cannot be made before."""
    nodes = manifest["nodes"]
    night = {
        unique_id
        for unique_id, node in nodes.items()
        if node["resource_type"] == "snapshot" or (_is_report(node) and not _is_view(node))
    }
    views = [unique_id for unique_id, node in nodes.items() if _is_report(node) and _is_view(node)]
    while late := {view for view in views if view not in night and night & set(manifest["parent_map"][view])}:
        night |= late
    return night


def _after_senders(manifest: Mapping[str, Any], night: set[str]) -> set[str]:
    """What is marked so, and reports that are views: those cost nothing, and people look at them during
    the day.
    """
    return {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if _is_model(node)
        and unique_id not in night
        and (_is_report(node) or "after_senders" in node["tags"])
    }


def _is_report(node: Mapping[str, Any]) -> bool:
    return _is_model(node) and "report" in node["tags"] and "after_senders" not in node["tags"]


def _is_view(node: Mapping[str, Any]) -> bool:
    return bool(node["config"].get("materialized") == "view")


def _is_model(node: Mapping[str, Any]) -> bool:
    return bool(node["resource_type"] == "model")
