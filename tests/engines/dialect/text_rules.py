"""Ways of writing SQL that one engine refuses, or reads otherwise than the next, told by the text alone.

Belongs here: the rules, each with its remedy. Does not belong here: what only an engine can tell
(`test_gate`), and what a macro means (`tests/engines/meaning`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A place in a file, and what to write there instead."""

    path: str
    line: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.remedy}"


_CAST = re.compile(r"::")
_WEEK = re.compile(
    r"\b(?:date|datetime|timestamp)_trunc\b|\b(?:\w*_?diff|last_day)\([^\n]*\bweek\b|\bdayofweek\w*\b|\bisodow\b|\bdow\b|\bweekday\(|"
    r"\bextract\(\s*\w*week\b|\bdate_part\(\s*'?\w*(?:week|dow)\b|\bweek(?:day|ofyear|iso)?\(",
    re.IGNORECASE,
)
_FORMS = (
    (_CAST, "BigQuery has no '::'; write cast(x as type)"),
    (_WEEK, "weeks begin on another day elsewhere; write start_of_week(day) or iso_weekday(day)"),
)
_EXTREME = re.compile(r"\b(greatest|least)\(", re.IGNORECASE)
_ORDER = re.compile(r"\border by\b", re.IGNORECASE)
_DIVISION = re.compile(r"(?<= )/(?= )|(?<=\n)/(?= )")
#: BigQuery takes no other order of nulls in a window over an aggregate.
_NULLS_OF_ALL = re.compile(r"\bdesc nulls last$|(?<!desc )\bnulls first$", re.IGNORECASE)
_DIRECTION = re.compile(r"\s+(asc|desc)(?: nulls (?:first|last))?\s*$", re.IGNORECASE)
_END_OF_WINDOW = re.compile(r"\brows between\b", re.IGNORECASE)
_START_OF_ITEM = re.compile(
    r",\s*\n|\b(?:select|from|where|then|else|on|having|and|or|as \()\b", re.IGNORECASE
)


def findings(path: str, text: str, never_null: frozenset[str]) -> list[Finding]:
    """Everything in a model or macro that the rules are against, from top to bottom.

    `never_null` are names of columns that no relation holds a null in.
    """
    bare = _without_comments_and_statements(text)
    found = [
        Finding(path, _line(bare, match.start()), remedy)
        for pattern, remedy in _FORMS
        for match in pattern.finditer(bare)
    ]
    found += [Finding(path, _line(bare, place), remedy) for place, remedy in _of_nulls(bare, never_null)]
    found += [
        Finding(
            path,
            _line(bare, match.start()),
            "whole numbers divide otherwise elsewhere; write cast(x as {{ double_type() }}) / y",
        )
        for match in _DIVISION.finditer(bare)
        if "double_type()" not in _item_before(bare, match.start())
    ]
    return sorted(found, key=lambda each: each.line)


def _of_nulls(text: str, never_null: frozenset[str]) -> Iterator[tuple[int, str]]:
    for match in _EXTREME.finditer(text):
        nullable = [each for each in _list_from(text, match.end()) if not _is_never_null(each, never_null)]
        if nullable and not text[: match.start()].rstrip().endswith("coalesce("):
            yield (
                match.start(),
                f"DuckDB leaves out a null in {match[1]}, the others give null;"
                f" {nullable[0]} may be one: write coalesce({match[1]}(a, b), a, b)",
            )
    for match in _ORDER.finditer(text):
        for key in _list_from(text, match.end()):
            bare = _DIRECTION.sub("", key)
            if _NULLS_OF_ALL.search(key) or _is_never_null(bare, never_null):
                continue
            if f"case when {bare} is null then" not in " ".join(text[match.end() :].split()):
                yield (
                    match.start(),
                    f"nulls come first on one engine and last on another; {bare} may be one: write desc nulls"
                    " last, or order by case when x is null then 1 else 0 end first",
                )


def _is_never_null(expression: str, never_null: frozenset[str]) -> bool:
    bare = expression.strip().replace("{{ double_type() }}", "double")
    if bare in never_null or re.fullmatch(r"[-\d. *]*", bare):
        return True
    if re.fullmatch(r"[\w.]+", bare):
        return bare.split(".")[-1] in never_null
    # What is in greatest and least is judged where they stand.
    if re.match(r"(?:coalesce|greatest|least)\(", bare):
        return True
    if re.match(r"case\b", bare):
        return re.search(r"\belse\b", bare) is not None
    call = re.fullmatch(r"\{\{ \w+\((.*)\) \}\}", bare)
    if call:
        return all(_is_never_null(each, never_null) for each in re.findall(r"'([^']*)'", call[1]))
    terms = [each for each in re.split(r" [-+*/] (?![^(]*\))", bare) if each != bare]
    if terms:
        return all(_is_never_null(each, never_null) for each in terms)
    within = re.fullmatch(r"(?:cast|min|max)\((.*?)(?: as \w+)?\)", bare)
    return within is not None and _is_never_null(within[1], never_null)


def _list_from(text: str, start: int) -> list[str]:
    """What stands between commas from there to the bracket that closes it."""
    depth, parts, begun = 0, [], start
    end = len(text)
    for place in range(start, len(text)):
        sign = text[place]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                end = place
                break
        elif sign == "," and depth == 0:
            parts.append(text[begun:place])
            begun = place + 1
        elif depth == 0 and _END_OF_WINDOW.match(text, place):
            end = place
            break
    parts.append(text[begun:end])
    return [" ".join(part.split()) for part in parts]


def _item_before(text: str, place: int) -> str:
    """The expression so far that a sign stands in."""
    starts = [match.end() for match in _START_OF_ITEM.finditer(text, 0, place)]
    return text[starts[-1] if starts else 0 : place]


def _without_comments_and_statements(text: str) -> str:
    """The text with comments and what is computed while it is rendered left blank, line by line."""
    blank = re.compile(r"\{#.*?#\}|\{%.*?%\}|--[^\n]*", re.DOTALL)
    return blank.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
