"""The parts of a dbt manifest that the rules speak of.

Belongs here: reading the manifest. Does not belong here: the rules.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = "milestone_agent"


@dataclass(frozen=True)
class Model:
    """A model, a seed or a snapshot of our project."""

    unique_id: str
    kind: str
    name: str
    path: str
    schema: str
    description: str
    columns: dict[str, str]
    depends_on: tuple[str, ...]
    depends_on_macros: tuple[str, ...]
    is_contract_enforced: bool
    raw_code: str

    @property
    def layer(self) -> str:
        """The folder under `models/`, such as staging or marts."""
        return Path(self.path).parts[0] if self.kind == "model" else self.kind

    @property
    def is_public(self) -> bool:
        """Whether people and other parts rely on it: everything in the schema `onboarding`."""
        return self.layer == "marts"


@dataclass(frozen=True)
class Manifest:
    """Our models, what reads them, and what tests them."""

    models: tuple[Model, ...]
    readers: dict[str, frozenset[str]]
    tests: dict[str, tuple[dict[str, Any], ...]]
    macros: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, path: Path) -> "Manifest":
        """Read a manifest.json."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        nodes = [node for node in raw["nodes"].values() if node["package_name"] == PROJECT]
        models = tuple(
            _model(node) for node in nodes if node["resource_type"] in ("model", "seed", "snapshot")
        )
        readers: dict[str, set[str]] = defaultdict(set)
        for model in models:
            for parent in model.depends_on:
                readers[parent].add(model.unique_id)
        tests: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for node in nodes:
            if node["resource_type"] == "test" and node.get("attached_node"):
                tests[node["attached_node"]].append(node)
        return cls(
            models=models,
            readers={parent: frozenset(children) for parent, children in readers.items()},
            tests={model: tuple(nodes) for model, nodes in tests.items()},
            macros={name: tuple(macro["depends_on"]["macros"]) for name, macro in raw["macros"].items()},
        )

    def named(self, name: str) -> Model:
        """The one model of that name."""
        return next(model for model in self.models if model.name == name)

    def ancestors_of(self, model: Model) -> frozenset[str]:
        """Everything that is built before the model because of it."""
        by_id = {each.unique_id: each.depends_on for each in self.models}
        return _reachable(model.depends_on, by_id)

    def macros_behind(self, model: Model) -> frozenset[str]:
        """Names of the macros that the model calls, and of those that they call."""
        return frozenset(name.split(".")[-1] for name in _reachable(model.depends_on_macros, self.macros))

    def test_names_of(self, model: Model) -> frozenset[str]:
        """The generic tests on a model and on its columns, such as `unique`."""
        return frozenset(node["test_metadata"]["name"] for node in self.tests.get(model.unique_id, ()))


def _reachable(starts: tuple[str, ...], edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += edges.get(place, ())
    return frozenset(found)


def _model(node: dict[str, Any]) -> Model:
    return Model(
        unique_id=node["unique_id"],
        kind=node["resource_type"],
        name=node["name"],
        path=node["path"],
        schema=node["schema"],
        description=node["description"],
        columns={name: column["description"] for name, column in node["columns"].items()},
        depends_on=tuple(node.get("depends_on", {}).get("nodes", ())),
        depends_on_macros=tuple(node.get("depends_on", {}).get("macros", ())),
        is_contract_enforced=bool(node["config"].get("contract", {}).get("enforced")),
        raw_code=node.get("raw_code", ""),
    )
