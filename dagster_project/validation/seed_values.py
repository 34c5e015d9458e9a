"""One cell of a seed: the text, read as the kind of its column. No knowledge of other cells.

Stricter than the warehouse's own casts, so that a value means the same on every engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dagster_project.validation.seed_schema import Column, Kind
from dagster_project.validation.suggestions import choose_from

MAX_TEXT = 500
MAX_KEY = 100
MAX_HOURS = 100_000
# Far below what a 32-bit column takes, and far above any order, tier, epoch or weight.
MAX_NUMBER = 1_000_000

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?\Z", re.ASCII)
# Beginnings of keys that vendors hand out: Slack, HubSpot, Stripe-like, GitHub, AWS, Google, private keys.
_SECRET = re.compile(
    r"xox[a-z]-|xapp-|pat-[a-z]{2}\d-|(sk|rk|pk)_(live|test)_|gh[pousr]_|AKIA[0-9A-Z]{12}|AIza[0-9A-Za-z_-]{20}"
    r"|hooks\.slack\.com/services/|-----BEGIN"
)
_URL = re.compile(r"https?://[^\s/@]+(/\S*)?\Z")


@dataclass(frozen=True)
class Complaint:
    """Why a cell cannot stand: `what` continues "<column> '<value>' ...", `remedy` says how to mend it.

    The value of a `is_secret` one is printed nowhere.
    """

    what: str
    remedy: str
    is_secret: bool = False


def number(text: str) -> Decimal | None:
    """The number, or None where `text` is no plain decimal (no exponent, no NaN, no thousands separator)."""
    return Decimal(text) if _NUMBER.match(text) and len(text) <= 30 else None


def whole(text: str) -> int | None:
    return int(text) if _WHOLE.match(text) and len(text) <= 18 else None


def same(column: Column, text: str) -> object:
    """What two cells of a column are compared by: `01` and `1` are one whole number."""
    number_meant = whole(text) if column.kind is Kind.INTEGER else None
    return text if number_meant is None else number_meant


def day(text: str) -> date | None:
    if not _DATE.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """A naive UTC datetime."""
    if not _INSTANT.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def holds_secret(text: str) -> bool:
    return _SECRET.search(text) is not None


def check(column: Column, text: str) -> Complaint | None:
    """The complaint about one cell, or None. An empty cell is a complaint only where a value is required."""
    if text == "":
        return Complaint("is empty", f"give every row a {column.name}") if column.is_required else None
    if holds_secret(text):
        return Complaint(
            "holds a secret", "take it out, keep it in the environment, and renew it", is_secret=True
        )
    if text != text.strip():
        return Complaint("has spaces around it", "take the spaces away: ids and names are compared exactly")
    if len(text) > 1 and text[0] == text[-1] == "'":
        return Complaint("has single quotes around it", "take them away; csv quotes with double ones")
    if text.lower() == "null":
        return Complaint("is read as no value by dbt", "use another word, or leave an optional cell empty")
    if not text.isprintable():
        return Complaint("holds a line break or an invisible character", "type the value again by hand")
    if len(text) > MAX_TEXT:
        return Complaint(f"has {len(text)} characters", f"keep it under {MAX_TEXT}")
    if column.choices:
        return (
            None if text in column.choices else Complaint("is not known", choose_from(text, column.choices))
        )
    return _CHECKS[column.kind](text)


def _text(text: str) -> Complaint | None:
    return None


def _key(text: str) -> Complaint | None:
    if len(text) > MAX_KEY:
        return Complaint(f"has {len(text)} characters", f"keep a key under {MAX_KEY}")
    if text.startswith(".") or any(character in text for character in "|/\\"):
        return Complaint("holds one of | / \\ or starts with a dot", "use letters, digits and underscores")
    return None


def _whole(text: str) -> Complaint | None:
    value = whole(text)
    if value is None:
        return Complaint("is not a whole number", "write digits only, such as 3")
    if value < 1:
        return Complaint("is below 1", "use a whole number from 1 up")
    return _above(value, MAX_NUMBER, "number them 1, 2, 3")


def _above(value: Decimal | int, most: int, remedy: str) -> Complaint | None:
    return Complaint(f"is above {most}", remedy) if value > most else None


def _hours(text: str) -> Complaint | None:
    value = number(text)
    if value is None:
        return Complaint("is not a number of hours", "write a number such as 24 or 1.5")
    if value <= 0:
        return Complaint("is not above 0", "give a positive number of hours")
    return _measured(text, value)


def _delay(text: str) -> Complaint | None:
    value = number(text)
    if value is None:
        return Complaint("is not a number of hours", "write a number such as 25 or 0.5")
    if value < 0:
        return Complaint("is below 0", "a nudge cannot leave before the slip; give 0 or more hours")
    return _measured(text, value)


def _measured(text: str, value: Decimal) -> Complaint | None:
    if len(text.partition(".")[2]) > 4:
        return Complaint("has more than 4 decimals", "round it: clocks are computed in whole microseconds")
    return _above(value, MAX_HOURS, "give hours, not minutes or seconds")


def _positive(text: str) -> Complaint | None:
    value = number(text)
    if value is None:
        return Complaint("is not a number", "write a plain number such as 60 or 0.5")
    if value <= 0:
        return Complaint("is not above 0", "give a number above 0")
    return _above(value, MAX_NUMBER, "give a smaller number")


def _share(text: str) -> Complaint | None:
    value = number(text)
    if value is None:
        return Complaint("is not a number", "write a share such as 0.2")
    return (
        None if 0 <= value <= 1 else Complaint("is not between 0 and 1", "write a share such as 0.2 for 20 %")
    )


def _boolean(text: str) -> Complaint | None:
    return Complaint("is neither true nor false", "write true or false") if flag(text) is None else None


def _date(text: str) -> Complaint | None:
    return Complaint("is not a date", "write it as 2026-12-31") if day(text) is None else None


def _instant(text: str) -> Complaint | None:
    if instant(text) is None:
        return Complaint(
            "is not a UTC date and time", "write it as 2026-12-31 08:00:00, in UTC, without a zone"
        )
    return None


def _country(text: str) -> Complaint | None:
    if re.fullmatch(r"[A-Z]{2}", text, re.ASCII):
        return None
    return Complaint("is not a country code", "write two capital letters (ISO 3166), such as DE")


def _url(text: str) -> Complaint | None:
    return None if _URL.match(text) else Complaint("is not a web address", "start it with https://")


_CHECKS: dict[Kind, Callable[[str], Complaint | None]] = {
    Kind.TEXT: _text,
    Kind.KEY: _key,
    Kind.INTEGER: _whole,
    Kind.HOURS: _hours,
    Kind.DELAY: _delay,
    Kind.POSITIVE: _positive,
    Kind.SHARE: _share,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.COUNTRY: _country,
    Kind.URL: _url,
}
