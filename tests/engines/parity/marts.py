"""What is compared: every mart, and every intermediate table that keeps state, with the key of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mart:
    """`key` is what a uniqueness test of the project is on; empty where there is none."""

    schema: str
    name: str
    key: tuple[str, ...]


def marts_of(manifest: Path) -> list[Mart]:
    """From a manifest without a prefix, ordered by name."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    keys = dict(_keys(nodes))
    return sorted(
        (
            Mart(node["schema"], node["name"], keys.get(unique_id, ()))
            for unique_id, node in nodes.items()
            if node["resource_type"] == "model" and _is_compared(node)
        ),
        key=lambda mart: (mart.schema, mart.name),
    )


def _is_compared(node: Mapping[str, Any]) -> bool:
    if node["schema"] == "onboarding":
        return True
    return bool(
        node["schema"] == "onboarding_intermediate" and node["config"]["materialized"] == "incremental"
    )


def _keys(nodes: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes.values():
        tested = node.get("test_metadata") or {}
        if tested.get("name") == "unique" and node.get("column_name"):
            yield node["attached_node"], (node["column_name"],)
        elif tested.get("name") == "unique_combination":
            yield node["attached_node"], tuple(tested["kwargs"]["columns"])
