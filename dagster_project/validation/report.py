"""What a validation found, and how one finding reads on a line.

Only the shape of findings lives here. What is wrong, and how to mend it, is said by the rule modules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error refuses everything that would have an effect; a warning is printed and nothing more."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, which key, what, and what to do about it.

    `line` is 1-based in the file, the header of a csv being line 1, and None where a file has no lines.
    """

    severity: Severity
    file: str
    line: int | None
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {mark}{self.what}; {self.remedy}"


@dataclass(frozen=True)
class SwitchedOff:
    """An optional table or column that is not there, and what the pipeline does without it."""

    absent: str
    consequence: str

    def __str__(self) -> str:
        return f"{self.absent} absent: {self.consequence}"


@dataclass(frozen=True)
class Report:
    """All findings of one validation, in reading order. `is_locked`: another process kept the warehouse from
    being looked at, which is one of the errors. `destinations`: a line for each, where they were asked."""

    problems: tuple[Problem, ...]
    switched_off: tuple[SwitchedOff, ...] = ()
    notes: tuple[str, ...] = ()
    is_locked: bool = False
    destinations: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    @property
    def is_refused(self) -> bool:
        return bool(self.errors)

    @property
    def is_only_locked(self) -> bool:
        return self.is_locked and len(self.errors) == 1


def in_reading_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors first, then by file and line; a finding that two rules make is kept once."""
    unique = dict.fromkeys(problems)
    return tuple(
        sorted(
            unique,
            key=lambda problem: (problem.severity is Severity.WARNING, problem.file, problem.line or 0),
        )
    )
