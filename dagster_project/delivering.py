"""Builds what the senders need from a tick's session and calls them. No rule about sending belongs here.

What breaks in a vendor's client may quote a token or an address, and Dagster keeps the text of every error.
So only our own errors leave here as they are.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from dagster_project.errors import Refused, RunFailed
from dagster_project.session import TickSession
from dagster_project.warehouse import reading
from nudge_senders.counts import DeliveryCounts
from nudge_senders.delivery import deliver_channel, settle
from nudge_senders.errors import SenderError
from nudge_senders.queue import open_queue, open_recheck
from nudge_senders.registry import build_registry
from nudge_senders.settings import SenderSettings


def deliver_channel_of_tick(session: TickSession, channel: str) -> DeliveryCounts:
    settings = session.settings
    with _foreign_errors_without_their_text():
        return deliver_channel(
            channel,
            lease=session.held_lease(),
            queue=open_queue(
                settings.duckdb_path,
                schema=settings.schema("onboarding"),
                target=settings.target,
                environ=os.environ,
            ),
            **_sender_parts(session),
        )


def settle_doubts(session: TickSession) -> DeliveryCounts:
    """Before planning, so that what is settled now is planned in the same tick."""
    with _foreign_errors_without_their_text():
        return _settle(session)


def _settle(session: TickSession) -> DeliveryCounts:
    parts = _sender_parts(session)
    with reading(session.settings) as connection:
        if not connection.columns_of(
            session.settings.schema("onboarding_intermediate"), "int_nudges_rechecked"
        ):
            parts["recheck"] = None  # nothing was ever planned here
    return settle(lease=session.held_lease(), **parts)


@contextmanager
def _foreign_errors_without_their_text() -> Iterator[None]:
    """A foreign error becomes `RunFailed` with its kind and where it was raised."""
    try:
        yield
    except (SenderError, Refused, RunFailed):
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:])
        raise RunFailed(f"the senders stopped with {type(error).__name__} ({where})") from None


def _sender_parts(session: TickSession) -> dict[str, Any]:
    settings = session.settings
    sender_settings = _sender_settings(session)
    make_destinations = session.make_destinations or build_registry
    return {
        "ledger": session.ledger,
        "recheck": open_recheck(
            settings.duckdb_path,
            schema=settings.schema("onboarding_intermediate"),
            target=settings.target,
            environ=os.environ,
        ),
        "destinations": make_destinations(sender_settings),
        "settings": sender_settings,
        "clock": session.clock,
        "fault": session.fault,
    }


def _sender_settings(session: TickSession) -> SenderSettings:
    settings = session.settings
    limits = _limits(session)
    return SenderSettings(
        namespace=settings.namespace,
        home=settings.home,
        env=settings.env,
        is_halted=settings.is_halted,
        environ=dict(os.environ),
        outbox=settings.outbox,
        **{
            name: timedelta(seconds=limits[limit])
            for name, limit in (
                ("recheck_max_age", "recheck_max_age_seconds"),
                ("attempt_deadline", "attempt_deadline_seconds"),
            )
            if limit in limits
        },
    )


def _limits(session: TickSession) -> dict[str, float]:
    """The limits that concern the senders, as the policy that was planned with has them."""
    schema = session.settings.schema("onboarding_seeds")
    with reading(session.settings) as connection:
        if not connection.columns_of(schema, "delivery_limits"):
            return {}
        rows = connection.execute(
            "select limit_name, limit_value "
            f"from {connection.relation(schema, 'delivery_limits')} "
            "where coalesce(scope, '') = ''"
        ).fetchall()
    return {str(name): number for name, text in rows if (number := _number(text)) is not None}


def _number(text: str | None) -> float | None:
    """What is no number was told by the validation, and limits nothing."""
    try:
        return float(text or "")
    except ValueError:
        return None
