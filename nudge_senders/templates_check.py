"""Everything that is wrong with the set of texts, found before anything is sent. Pure but for reading the
files.

The rows are those of `message_templates.csv`; whether keys and destinations exist in other seeds is not
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta
from jinja2.exceptions import TemplateNotFound

from nudge_senders.errors import TemplateBroken
from nudge_senders.message import Message
from nudge_senders.rendering import INTERNAL_TOKENS, TOKENS, render_template, template_environment
from nudge_senders.samples import EMPTY_SAMPLE, FULL_SAMPLE
from nudge_senders.template_files import TEMPLATE_DIR, TemplateFile, load_template, template_name
from nudge_senders.vocabulary import Channel

#: Nobody is told by a machine that they are slow.
FORBIDDEN_WORDS = ("late", "overdue", "stalled", "slipped")
_FORBIDDEN = re.compile(rf"(?<![A-Za-z_])({'|'.join(FORBIDDEN_WORDS)})(?![A-Za-z_])", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class TemplateProblem:
    """One thing wrong with one row. `row` is the data row of the seed, counted from 1 below the header."""

    row: int
    template_key: str
    file: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"message_templates.csv row {self.row} ({self.template_key}): {self.file}"
        return f"{where}: {self.what}; {self.remedy}"


def template_problems(
    rows: Sequence[Mapping[str, str | None]], *, template_dir: Path | None = None
) -> list[TemplateProblem]:
    """Every problem of every enabled row whose text is ours, in the order of the rows; empty when all is
    well."""
    folder = template_dir if template_dir is not None else TEMPLATE_DIR
    problems: list[TemplateProblem] = []
    for number, row in enumerate(rows, start=1):
        key = _value(row, "template_key")
        if _value(row, "vendor_template_id") or _value(row, "is_enabled").lower() in ("false", "f", "0"):
            continue
        name = key
        try:
            name = template_name(
                key, _value(row, "milestone_key"), _value(row, "error_class"), _value(row, "variant")
            )
            findings = list(_problems_of(load_template(folder, name), folder))
        except TemplateBroken as error:
            findings = [(str(error), "write the file, or correct the row")]
        problems += [TemplateProblem(number, key, name, what, remedy) for what, remedy in findings]
    return problems


def _value(row: Mapping[str, str | None], column: str) -> str:
    return str(row.get(column) or "").strip()


def _problems_of(template: TemplateFile, folder: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    is_customer_text = template.channel is not Channel.HUMAN
    for part, source in template.parts.items():
        try:
            tokens = _tokens(source, folder)
        except TemplateSyntaxError as error:
            found.append(
                (f"syntax error in {part}, line {error.lineno}: {error.message}", "correct the template")
            )
            continue
        except TemplateNotFound as error:
            found.append((f"include in {part}: {error.message}", "correct the include"))
            continue
        for token in sorted(tokens - TOKENS):
            found.append((f"unknown token {token!r} in {part}", f"use one of: {', '.join(sorted(TOKENS))}"))
        if is_customer_text:
            for token in sorted(tokens & INTERNAL_TOKENS):
                found.append(
                    (f"token {token!r} in {part} is for the CSM only", "take it out of the customer's text")
                )
            found += [
                (f"forbidden word {word!r} in {part}", "say what the customer gains, and nothing about time")
                for word in sorted({match.lower() for match in _FORBIDDEN.findall(source)})
            ]
    for title, sample in (("a full row", FULL_SAMPLE), ("a row of nulls", EMPTY_SAMPLE)):
        if found:
            # What is wrong already would only be said again.
            break
        try:
            message = render_template(template, sample, folder)
        except TemplateBroken as error:
            found.append((f"does not render on {title}: {error}", "guard what may be null with {% if %}"))
            continue
        found += _problems_of_message(message, title) if is_customer_text else []
    return found


def _problems_of_message(message: Message, title: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    whole = f"{message.title}\n{message.text}"
    if _FORBIDDEN.search(whole):
        found.append((f"a forbidden word comes out on {title}", "say what the customer gains"))
    if len(_WEB_ADDRESS.findall(whole)) > 1:
        found.append((f"more than one link comes out on {title}", "one benefit, one link"))
    return found


def _tokens(source: str, folder: Path, seen: frozenset[str] = frozenset()) -> set[str]:
    """Names that a template takes from outside, through what it includes."""
    environment = template_environment(folder)
    names, pieces = _parsed(source)
    tokens = set(names)
    for piece in pieces:
        if piece is None or not piece.rpartition("/")[2].startswith("_"):
            raise TemplateNotFound(
                piece, f"only a fixed file whose name begins with '_' may be included, not {piece!r}"
            )
        if piece in seen:
            raise TemplateNotFound(piece, f"{piece} includes itself")
        assert environment.loader is not None
        included, _, _ = environment.loader.get_source(environment, piece)
        tokens |= _tokens(included, folder, seen | {piece})
    return tokens


@lru_cache(maxsize=1024)
def _parsed(source: str) -> tuple[frozenset[str], tuple[str | None, ...]]:
    """Names from outside and files included. Kept, because a dozen texts share their greeting and their
    signature. Which folder the text comes from makes no difference.
    """
    tree = template_environment(TEMPLATE_DIR).parse(source)
    return frozenset(meta.find_undeclared_variables(tree)), tuple(meta.find_referenced_templates(tree))
