"""Where the user's tables are: the variables of `dbt_project.yml`, with the line on which each stands.

Only the variables that name sources are judged; every other one belongs to the dbt project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# The YAML reader ships no types.
import yaml  # type: ignore[import-untyped]

from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import shown_path
from dagster_project.validation.source_contract import EVENT_SOURCES, SOURCES
from dagster_project.validation.suggestions import choose_from, closest

_ACCOUNT_KEYS = {"amplitude": "amplitude_group_types", "mixpanel": "mixpanel_group_properties"}
_PLACES = tuple(f"{source}_{place}" for source in SOURCES for place in ("schema", "database"))
# What dbt cannot do without, with a value to write.
_DEFAULTS: Mapping[str, str] = {
    "event_sources": "[]",
    **{f"{source}_schema": source for source in SOURCES},
    **dict.fromkeys(_ACCOUNT_KEYS.values(), "[account_id]"),
}
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
)
_YAML_KINDS = {
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:bool": "yes or no",
    "tag:yaml.org,2002:timestamp": "a date",
}


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

    try:
        if not path.is_file():
            remedy = "point MILESTONE_AGENT_DBT_PROJECT at a dbt project"
            return unreadable(None, "dbt_project.yml is missing", remedy)
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return unreadable(None, "dbt_project.yml is not UTF-8 text", "save it as UTF-8")
    except OSError as error:
        return unreadable(
            None, f"dbt_project.yml cannot be read ({error.strerror})", "change its permissions"
        )
    try:
        root, has_anchors = _composed(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "reason", "unknown reason")
        what = f"dbt_project.yml is not valid yaml ({why})"
        return unreadable(mark.line + 1 if mark else None, what, "mend the indentation or quotes")
    except RecursionError:
        return unreadable(None, "dbt_project.yml is nested too deep", "restore it from the repository")
    if not isinstance(root, yaml.MappingNode):
        return unreadable(1, "dbt_project.yml holds no settings", "restore it from the repository")
    if has_anchors:
        return unreadable(None, "dbt_project.yml uses yaml anchors", "write the values out")
    strange = next(_not_plain(root), None)
    if strange is not None:
        return unreadable(*strange)
    nodes = _variables(root)
    lines = {name: node.start_mark.line + 1 for name, node in nodes.items()}
    return _resolve(file, nodes, lines, tuple(_missing(file, nodes)))


def _not_plain(node: yaml.Node) -> Iterator[tuple[int, str, str]]:
    """(line, what, remedy) of whatever readers of yaml understand differently, or should not understand."""
    if node.tag not in _PLAIN_TAGS:
        yield (
            node.start_mark.line + 1,
            "dbt_project.yml asks for an object of a program",
            "write a plain value",
        )
    children: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                # The last one would win in dbt, and nobody who reads from the top would know.
                yield key.start_mark.line + 1, f"dbt_project.yml says {key.value} twice", "keep one of them"
            seen.add(str(key.value))
            children = [*children, key, value]
    for child in children:
        yield from _not_plain(child)


@lru_cache(maxsize=4)
def _composed(text: str) -> tuple[yaml.Node, bool]:
    """The nodes, and whether anchors stand among them, which can blow a small file up to gigabytes; a project
    of ours needs none. Kept, because several checks ask and reading yaml is slow. Raises YAMLError.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    tokens = yaml.scan(text, Loader=yaml.SafeLoader)
    return root, any(isinstance(token, yaml.AnchorToken) for token in tokens)


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
    for name, node in nodes.items():
        if name in _PLACES:
            found.extend(_not_a_name(file, name, node))
        elif name in _ACCOUNT_KEYS.values():
            found.extend(_not_a_list_of_keys(file, name, node))
        else:
            found.extend(_misspelt(file, name, node))
    enabled, complaints = _event_sources(file, nodes.get("event_sources"))
    found.extend(complaints)
    keys = {source: _names(nodes.get(variable)) for source, variable in _ACCOUNT_KEYS.items()}
    return ProjectVars(file, schemas, databases, enabled, keys, lines, tuple(found))


def _missing(file: str, nodes: Mapping[str, yaml.Node]) -> Iterator[Problem]:
    """dbt has no default for these: one that is gone stops it."""
    absent = {name: value for name, value in _DEFAULTS.items() if name not in nodes}
    if absent == _DEFAULTS:
        what, remedy = "dbt_project.yml has no vars", "restore the block vars: from the repository"
        yield Problem(Severity.ERROR, file, None, "vars", what, remedy)
        return
    for name, value in absent.items():
        what, remedy = f"the variable {name} is missing", f"write {name}: {value} below vars:"
        yield Problem(Severity.ERROR, file, None, name, what, remedy)


def _names(node: yaml.Node | None) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return tuple(str(item.value) for item in items if isinstance(item, yaml.ScalarNode))


def _scalar(node: yaml.Node | None) -> str | None:
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return str(node.value) or None


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str" and bool(node.value)


def _problem(file: str, name: str, node: yaml.Node, what: str, remedy: str) -> Problem:
    return Problem(Severity.ERROR, file, node.start_mark.line + 1, name, what, remedy)


def _not_a_name(file: str, name: str, node: yaml.Node) -> Iterator[Problem]:
    """A name without a value stands for the source's own, here as in dbt."""
    if not isinstance(node, yaml.ScalarNode):
        remedy = f"write it as {name}: my_{name.split('_')[1]}"
        yield _problem(file, name, node, f"the variable {name} is not a name", remedy)
    elif _scalar(node) is not None and not _is_text(node):
        what = (
            f"the variable {name} is {node.value}, which yaml reads as {_YAML_KINDS.get(node.tag, 'no text')}"
        )
        yield _problem(file, name, node, what, f'put quotes around it: {name}: "{node.value}"')


def _not_a_list_of_keys(file: str, name: str, node: yaml.Node) -> Iterator[Problem]:
    if isinstance(node, yaml.SequenceNode) and node.value and all(map(_is_text, node.value)):
        return
    what = f"the variable {name} is not a list of names"
    yield _problem(file, name, node, what, f"write it as {name}: {_DEFAULTS[name]}")


def _misspelt(file: str, name: str, node: yaml.Node) -> Iterator[Problem]:
    if name.endswith(("_schema", "_database")) and (near := closest(name, _PLACES)):
        yield _problem(file, name, node, f"the variable {name} is not known", f"did you mean {near[0]}?")


def _event_sources(file: str, node: yaml.Node | None) -> tuple[tuple[str, ...], list[Problem]]:
    if node is None:
        return (), []
    key = "event_sources"
    if not isinstance(node, yaml.SequenceNode):
        what = "the variable event_sources is not a list"
        remedy = "write it as event_sources: [segment], or [] for those that exist"
        return (), [_problem(file, key, node, what, remedy)]
    named: list[str] = []
    problems: list[Problem] = []
    for item in node.value:
        name = str(item.value) if isinstance(item, yaml.ScalarNode) else "[...]"
        if name not in EVENT_SOURCES:
            what = f"event source '{name}' in event_sources is not known"
            problems.append(_problem(file, key, item, what, choose_from(name, EVENT_SOURCES)))
        elif name in named:
            what = f"event source '{name}' is in event_sources twice"
            problems.append(_problem(file, key, item, what, "name it once"))
        else:
            named.append(name)
    return tuple(named), problems
