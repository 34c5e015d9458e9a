"""What dbt is told to select means exactly the nodes that are meant, in few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from dagster_dbt.utils import select_unique_ids

from dagster_project.dbt_selection import fully_qualified, parts_of, selection_of
from tests.parsed_project import ParsedProject


@pytest.fixture(scope="module")
def manifest(parsed_project: ParsedProject) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(parsed_project.manifest.read_text(encoding="utf-8"))
    return found


def selected_by_dbt(manifest: Mapping[str, Any], select: list[str], exclude: list[str]) -> set[str]:
    """As dbt understands the words, with the tests that look at what they name."""
    return set(select_unique_ids(" ".join(select), " ".join(exclude), "", None, manifest))


@pytest.mark.parametrize("part", ["plan", "after_senders", "reports"])
def test_few_words_mean_the_nodes_of_a_part_and_their_tests(manifest: Mapping[str, Any], part: str) -> None:
    [nodes] = [each.nodes for each in parts_of(manifest) if each.name == part]
    selection = selection_of(manifest, nodes)
    assert len(selection.select) + len(selection.exclude) < 8
    named = selected_by_dbt(manifest, fully_qualified(manifest, nodes), [])
    assert selected_by_dbt(manifest, [*selection.select], [*selection.exclude]) == named >= set(nodes)


MODELS = {
    f"model.p.{name}": {"fqn": ["p", name], "tags": ["tick"], "config": {"tags": ["tick"]}}
    for name in "abcdef"
}


def small_manifest(**more: dict[str, Any]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"nodes": MODELS, "sources": {}, "child_map": {}, "parent_map": {}}
    return nothing | more


def test_of_a_tag_the_few_that_are_not_meant_are_left_out_by_name() -> None:
    selection = selection_of(small_manifest(), set(MODELS) - {"model.p.f"})
    assert selection.select == ("tag:tick",)
    assert selection.exclude == ("fqn:p.f",)


def test_the_many_that_are_not_meant_are_left_out_by_a_tag_of_theirs_if_it_holds_nothing_that_is_meant() -> (
    None
):
    late = {"model.p.d", "model.p.e"}
    nodes = {
        name: {**node, "tags": ["tick", "report"] if name in late else ["tick"], "config": {}}
        for name, node in MODELS.items()
    }
    assert selection_of(small_manifest(nodes=nodes), set(MODELS) - late).exclude == ("tag:report",)

    nodes["model.p.a"] = {**nodes["model.p.a"], "tags": ["tick", "report"]}
    assert selection_of(small_manifest(nodes=nodes), set(MODELS) - late).exclude == ("fqn:p.d", "fqn:p.e")


@pytest.mark.parametrize(
    "more",
    [
        {"sources": {"source.p.s": {"tags": ["tick"]}}},
        {"child_map": {"model.p.f": ["test.p.t"]}, "parent_map": {"test.p.t": ["model.p.a", "model.p.f"]}},
        {"nodes": {name: {**node, "tags": ["ti*k"], "config": {}} for name, node in MODELS.items()}},
    ],
    ids=["a source carries it as well", "a test looks at both sides", "it would be read as a pattern"],
)
def test_a_tag_that_would_mean_more_or_less_is_not_used(more: dict[str, Any]) -> None:
    selection = selection_of(small_manifest(**more), set(MODELS) - {"model.p.f"})
    assert selection.select == tuple(f"fqn:p.{name}" for name in "abcde")
    assert selection.exclude == ()
