"""Where the user's tables are: the variables of `dbt_project.yml`, with the line on which each stands.

Only the variables that name sources are judged; every other one belongs to the dbt project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# The YAML reader ships no types.
import yaml  # type: ignore[import-untyped]

from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import shown_path
from dagster_project.validation.source_contract import EVENT_SOURCES, SOURCES
from dagster_project.validation.suggestions import choose_from, closest

_ACCOUNT_KEYS = {"amplitude": "amplitude_group_types", "mixpanel": "mixpanel_group_properties"}
_PLACES = tuple(f"{source}_{place}" for source in SOURCES for place in ("schema", "database"))


@dataclass(frozen=True)
class ProjectVars:
    """`schemas` and `databases` per source (a database of None is the warehouse's own); `event_sources` is
    empty where the project leaves the choice to what exists; `account_keys` are, per source, the keys under
    which the JSON of an event may name its account."""

    file: str
    schemas: Mapping[str, str]
    databases: Mapping[str, str | None]
    event_sources: tuple[str, ...]
    account_keys: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...] = ()


def read_project_vars(project_dir: Path) -> ProjectVars:
    """The variables, defaults filled in. What cannot be read says so in `problems`."""
    path = project_dir / "dbt_project.yml"
    file = shown_path(path)

    def unreadable(line: int | None, what: str, remedy: str) -> ProjectVars:
        return _resolve(file, {}, {}, (Problem(Severity.ERROR, file, line, "dbt_project.yml", what, remedy),))

    if not path.is_file():
        return unreadable(
            None, "dbt_project.yml is missing", "point MILESTONE_AGENT_DBT_PROJECT at a dbt project"
        )
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        # Anchors can blow a small file up to gigabytes; a project of ours needs none.
        has_anchors = any(
            isinstance(token, yaml.AnchorToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)
        )
    except UnicodeDecodeError:
        return unreadable(None, "dbt_project.yml is not UTF-8 text", "save it as UTF-8")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        return unreadable(
            line, f"dbt_project.yml is not valid yaml ({error.problem})", "mend the indentation or quotes"
        )
    if not isinstance(root, yaml.MappingNode):
        return unreadable(1, "dbt_project.yml holds no settings", "restore it from the repository")
    if has_anchors:
        return unreadable(None, "dbt_project.yml uses yaml anchors", "write the values out")
    nodes = _variables(root)
    return _resolve(file, nodes, {name: node.start_mark.line + 1 for name, node in nodes.items()}, ())


def _child(node: yaml.MappingNode, name: str) -> yaml.Node | None:
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value == name:
            found: yaml.Node = value
            return found
    return None


def _variables(root: yaml.MappingNode) -> dict[str, yaml.Node]:
    """`vars:` of the project; those below the project's own name win, as in dbt."""
    block = _child(root, "vars")
    project = _child(root, "name")
    if not isinstance(block, yaml.MappingNode):
        return {}
    found = {key.value: value for key, value in block.value if isinstance(key, yaml.ScalarNode)}
    own = found.get(project.value) if isinstance(project, yaml.ScalarNode) else None
    if isinstance(own, yaml.MappingNode):
        found.update({key.value: value for key, value in own.value if isinstance(key, yaml.ScalarNode)})
    return found


def _resolve(
    file: str, nodes: Mapping[str, yaml.Node], lines: Mapping[str, int], problems: tuple[Problem, ...]
) -> ProjectVars:
    found = list(problems)
    schemas: dict[str, str] = {}
    databases: dict[str, str | None] = {}
    for source in SOURCES:
        schema, database = _scalar(nodes.get(f"{source}_schema")), _scalar(nodes.get(f"{source}_database"))
        schemas[source] = schema or source
        databases[source] = database
    found.extend(_misspelt(file, nodes, lines))
    enabled, complaints = _event_sources(file, nodes.get("event_sources"))
    found.extend(complaints)
    keys = {source: _names(nodes.get(variable)) for source, variable in _ACCOUNT_KEYS.items()}
    return ProjectVars(file, schemas, databases, enabled, keys, lines, tuple(found))


def _names(node: yaml.Node | None) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return tuple(str(item.value) for item in items if isinstance(item, yaml.ScalarNode))


def _scalar(node: yaml.Node | None) -> str | None:
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return str(node.value) or None


def _misspelt(file: str, nodes: Mapping[str, yaml.Node], lines: Mapping[str, int]) -> Iterator[Problem]:
    for name, node in nodes.items():
        line = lines.get(name)
        if name in _PLACES:
            if not isinstance(node, yaml.ScalarNode):
                what = f"the variable {name} is not a name"
                yield Problem(
                    Severity.ERROR, file, line, name, what, f"write it as {name}: my_{name.split('_')[1]}"
                )
        elif name.endswith(("_schema", "_database")) and (near := closest(name, _PLACES)):
            what = f"the variable {name} is not known"
            yield Problem(Severity.ERROR, file, line, name, what, f"did you mean {near[0]}?")


def _event_sources(file: str, node: yaml.Node | None) -> tuple[tuple[str, ...], list[Problem]]:
    if node is None or (isinstance(node, yaml.ScalarNode) and _scalar(node) is None):
        return (), []
    key = "event_sources"
    if not isinstance(node, yaml.SequenceNode):
        what = "the variable event_sources is not a list"
        remedy = "write it as event_sources: [segment], or [] for those that exist"
        return (), [Problem(Severity.ERROR, file, node.start_mark.line + 1, key, what, remedy)]
    named: list[str] = []
    problems: list[Problem] = []
    for item in node.value:
        name = str(item.value)
        line = item.start_mark.line + 1
        if name not in EVENT_SOURCES:
            what = f"event source '{name}' in event_sources is not known"
            problems.append(Problem(Severity.ERROR, file, line, key, what, choose_from(name, EVENT_SOURCES)))
        elif name in named:
            what = f"event source '{name}' is in event_sources twice"
            problems.append(Problem(Severity.ERROR, file, line, key, what, "name it once"))
        else:
            named.append(name)
    return tuple(named), problems
