"""Reads one seed file into rows that remember their line, and says everything that is wrong with its shape.

The header, the number of fields and each cell by itself are checked here; rules across rows are not.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from dagster_project.validation import seed_values
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_schema import SEEDS, Column, SeedSchema
from dagster_project.validation.seed_values import Complaint
from dagster_project.validation.suggestions import closest

MAX_BYTES = 5_000_000
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_ENDS = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}


@dataclass(frozen=True)
class Row:
    """One record. `line` is where it starts in the file; a value that was refused reads as None."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def number(self, column: str) -> Decimal | None:
        return seed_values.number(self.text(column))

    def whole(self, column: str) -> int | None:
        return seed_values.whole(self.text(column))

    def day(self, column: str) -> date | None:
        return seed_values.day(self.text(column))

    def instant(self, column: str) -> datetime | None:
        return seed_values.instant(self.text(column))

    def is_on(self, column: str) -> bool:
        return seed_values.flag(self.text(column)) is True


@dataclass(frozen=True)
class Seed:
    """A seed as read. `is_readable` is False where header or encoding leave no rows to judge."""

    schema: SeedSchema
    file: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    is_readable: bool = True

    def error(self, row: Row | None, key: str, what: str, remedy: str) -> Problem:
        return Problem(Severity.ERROR, self.file, row.line if row else None, key, what, remedy)

    def warning(self, row: Row | None, key: str, what: str, remedy: str) -> Problem:
        return Problem(Severity.WARNING, self.file, row.line if row else None, key, what, remedy)


def shown_path(path: Path) -> str:
    """The path as a reader at this prompt would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_seeds(folder: Path) -> dict[str, Seed]:
    """All policy seeds of `folder`, by name. Raises nothing: what cannot be read says so in its problems."""
    return {name: read_seed(folder / f"{name}.csv", schema) for name, schema in SEEDS.items()}


def stray_seeds(folder: Path) -> list[Problem]:
    """Csv files of `folder` that are none of the policy seeds: dbt would load every one of them."""
    try:
        found = sorted(
            path for path in folder.rglob("*.csv") if path.parent != folder or path.stem not in SEEDS
        )
    except OSError as error:
        what = f"the folder of the seeds cannot be read ({error.strerror})"
        return [Problem(Severity.ERROR, shown_path(folder), None, "seeds", what, "change its permissions")]
    return [
        Problem(
            Severity.ERROR,
            shown_path(path),
            None,
            path.stem,
            f"{path.relative_to(folder)} is none of the seeds, and dbt would load it as one",
            _remedy_for_stray(path.stem),
        )
        for path in found
    ]


def _remedy_for_stray(name: str) -> str:
    near = closest(name, SEEDS)
    hint = f"did you mean {near[0]}.csv? Else move" if near else "move"
    return f"{hint} it out of the folder; the seeds are {', '.join(SEEDS)}"


def read_seed(path: Path, schema: SeedSchema) -> Seed:
    file = shown_path(path)

    def unreadable(line: int | None, what: str, remedy: str) -> Seed:
        problem = Problem(Severity.ERROR, file, line, schema.name, what, remedy)
        return Seed(schema, file, (), (problem,), is_readable=False)

    header = ",".join(schema.column_names)
    try:
        if not path.exists():
            remedy = f"restore it, with the header {header}"
            return unreadable(None, f"the seed {schema.name} is missing", remedy)
        if not path.is_file():
            remedy = f"put a csv there, with the header {header}"
            return unreadable(None, f"the seed {schema.name} is not a file", remedy)
        content = path.read_bytes()
    except OSError as error:
        what = f"the seed {schema.name} cannot be read ({error.strerror})"
        return unreadable(None, what, "change its permissions, or restore it")
    if len(content) > MAX_BYTES:
        return unreadable(
            None, f"the seed {schema.name} has {len(content)} bytes", "seeds hold policy, not data"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return unreadable(line, f"the seed {schema.name} is not UTF-8 text", "save it as CSV UTF-8")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return unreadable(line, f"the seed {schema.name} holds a NUL character", "save it as CSV UTF-8")
    if not text.strip():
        return unreadable(1, f"the seed {schema.name} is empty", f"start it with the header {header}")
    disagreement = _read_otherwise_by_dbt(schema, text)
    if disagreement is not None:
        line, what, remedy = disagreement
        return unreadable(line, f"the seed {schema.name} {what}", remedy)
    try:
        records = list(_records(text))
    except _BrokenQuote as broken:
        return unreadable(
            broken.line,
            f"the seed {schema.name} cannot be read as csv from here on ({broken.why})",
            'close every quote, and write a quote inside a quoted value twice ("")',
        )
    return _judge(schema, file, records)


def _read_otherwise_by_dbt(schema: SeedSchema, text: str) -> tuple[int, str, str] | None:
    """(line, what, remedy) of the first thing that dbt, which loads the file by itself, takes for something
    else than what is read here."""
    lines = _LINE.findall(text)
    if not lines[0][0].strip():
        return 1, "does not start with its header", "take away the blank lines above it"
    for number, (content, end) in enumerate(lines, start=1):
        if end and end != lines[0][1]:
            what = f"mixes line ends ({_ENDS[lines[0][1]]} on line 1, {_ENDS[end]} on line {number})"
            return number, what, "save it with one kind of line end"
        if end and not content and len(schema.columns) == 1:
            what = "has a blank line, which dbt reads as a row without a value"
            return number, what, "take the line away"
    return None


class _BrokenQuote(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each starts; a quoted line break belongs to its record."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _BrokenQuote(line, str(error)) from error
        if record:
            yield line, record


def _judge(schema: SeedSchema, file: str, records: list[tuple[int, list[str]]]) -> Seed:
    header_line, header = records[0]
    problems = list(_header_problems(schema, file, header_line, header))
    if problems:
        return Seed(schema, file, (), tuple(problems), is_readable=False)
    rows: list[Row] = []
    for line, record in records[1:]:
        if len(record) != len(header):
            problems.append(
                Problem(
                    Severity.ERROR,
                    file,
                    line,
                    schema.name,
                    f"the row {_shown(record[0])} has {len(record)} fields, the header has {len(header)}",
                    "add or take away a comma; quote a value that holds one",
                )
            )
            continue
        row = Row(line, dict(zip(header, record, strict=True)))
        complaints = [
            (column, complaint)
            for column in schema.columns
            if (complaint := seed_values.check(column, row.text(column.name))) is not None
        ]
        # Rules across rows quote cells in their messages, so a secret goes no further than here.
        secret = {column.name for column, complaint in complaints if complaint.is_secret}
        row = Row(line, {name: "" if name in secret else cell for name, cell in row.cells.items()})
        rows.append(row)
        problems.extend(
            _cell_problem(schema, file, row, column, complaint) for column, complaint in complaints
        )
    problems.extend(_duplicate_rows(schema, file, rows))
    if not rows and schema.needs_rows and not problems:
        what = f"the seed {schema.name} has a header and no rows"
        problems.append(Problem(Severity.ERROR, file, 1, schema.name, what, "add at least one row"))
    return Seed(schema, file, tuple(rows), tuple(problems))


def _header_problems(schema: SeedSchema, file: str, line: int, header: list[str]) -> Iterator[Problem]:
    wanted = schema.column_names
    for position, name in enumerate(header):
        if name in header[:position]:
            remedy = "keep one of them"
            yield Problem(Severity.ERROR, file, line, name, f"column {name} is in the header twice", remedy)
        elif name not in wanted:
            near = closest(name, [column for column in wanted if column not in header])
            remedy = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(wanted)}"
            yield Problem(Severity.ERROR, file, line, name, f"column {name[:60]!r} is not known", remedy)
    for name in wanted:
        if name not in header:
            remedy = f"add it; the columns are {', '.join(wanted)}"
            yield Problem(Severity.ERROR, file, line, name, f"column {name} is missing", remedy)


def _cell_problem(schema: SeedSchema, file: str, row: Row, column: Column, complaint: Complaint) -> Problem:
    value = row.text(column.name)
    named = f"{column.name} {_shown(value)}" if value else column.name
    what = f"{named} of {_row_name(schema, row)} {complaint.what}"
    return Problem(Severity.ERROR, file, row.line, column.name, what, complaint.remedy)


def _shown(value: str) -> str:
    """The value in quotes; cut and escaped where it would break the promise of one line per problem."""
    if seed_values.holds_secret(value):
        return "(a secret)"
    return f"'{value}'" if value.isprintable() and len(value) <= 60 else f"'{repr(value[:40])[1:-1]}...'"


def _duplicate_rows(schema: SeedSchema, file: str, rows: list[Row]) -> Iterator[Problem]:
    first_line: dict[tuple[object, ...], int] = {}
    columns = [column for column in schema.columns if column.name in schema.key]
    for row in rows:
        key = tuple(seed_values.same(column, row.text(column.name)) for column in columns)
        if key in first_line:
            yield Problem(
                Severity.ERROR,
                file,
                row.line,
                " ".join(filter(None, (row.text(name) for name in schema.key))),
                f"{_row_name(schema, row)} is there twice (first on line {first_line[key]})",
                f"keep one row per {', '.join(schema.key)}",
            )
        else:
            first_line[key] = row.line


def _row_name(schema: SeedSchema, row: Row) -> str:
    """How a message names a row: its key columns that hold something readable."""
    named = [f"{column} {row.text(column)[:60]}" for column in schema.key if row.text(column)]
    name = ", ".join(named)
    return name if name and name.isprintable() else "this row"
