"""What a destination needs from the environment: how a variable is declared, and how the declared are read.

Which variables there are is said in each destination's own file. No value is ever part of a message here, and
none is shown by `repr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nudge_senders.errors import SettingsUnusable

_QUOTES = ("'", '"')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One environment variable of a destination.

    `name` of a secret begins with the destination's name in upper case and `_`: by that prefix it is kept
    from dbt. `default` None means required; "" means optional and empty. `choices` are the only values
    allowed, where there are any; `pattern` is what a whole value has to match.
    """

    name: str
    purpose: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    is_secret: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is None


@dataclass(frozen=True)
class SettingProblem:
    """A variable that is missing or unusable, told without its value."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


@dataclass(frozen=True)
class SettingValues:
    """The values of one destination's variables, defaults filled in, by name."""

    _values: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self._values[name]


def read_settings(destination: str, declared: Sequence[Setting], environ: Mapping[str, str]) -> SettingValues:
    """The declared variables. Raises SettingsUnusable, which names every one that is missing or wrong."""
    problems = setting_problems(declared, environ)
    if problems:
        raise SettingsUnusable(f"{destination} is not configured: {'; '.join(map(str, problems))}")
    return SettingValues({setting.name: _value(setting, environ) for setting in declared})


def setting_problems(declared: Sequence[Setting], environ: Mapping[str, str]) -> list[SettingProblem]:
    """What is missing or unusable, in the order of the declaration."""
    found = ((setting.name, _problem(setting, environ)) for setting in declared)
    return [SettingProblem(name, what) for name, what in found if what is not None]


def _problem(setting: Setting, environ: Mapping[str, str]) -> str | None:
    value = _value(setting, environ)
    if not value:
        return f"is missing ({setting.purpose})" if setting.is_required else None
    if setting.choices and value not in setting.choices:
        return f"has to be one of {', '.join(setting.choices)}"
    if value[0] in _QUOTES and value[-1] == value[0]:
        return "stands in quotes; leave them out"
    if _UNPRINTABLE.search(value):
        return "holds a line break or another character that cannot be printed"
    if setting.pattern and not re.fullmatch(setting.pattern, value):
        return f"is no {setting.purpose}"
    return None


def _value(setting: Setting, environ: Mapping[str, str]) -> str:
    """Without the spaces and line breaks that files of secrets tend to end with."""
    return environ.get(setting.name, "").strip() or setting.default or ""
