"""Instants as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import click


def instant(typed: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(typed)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except ValueError as error:
        raise click.BadParameter(f"{typed!r} is not an instant; write it as 2026-01-31T09:30:00Z") from error
    except OverflowError as error:
        raise click.BadParameter(f"{typed!r} lies outside of the years 1 to 9999 in UTC") from error
