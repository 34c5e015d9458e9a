"""The one resource: the session of the tick under way, which holds settings, clock, lease and counts.

Secrets are read from the environment when the senders are built, never at import and never into a run's
config.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from dagster import InitResourceContext, ResourceDefinition, resource

from dagster_project.clock import Clock
from dagster_project.session import TickSession
from dagster_project.settings import Settings
from nudge_senders.fault import faults_from_environment


def tick_resource(make_session: Callable[[], TickSession]) -> ResourceDefinition:
    """A new session for each run, shared by all its steps, which run in one process."""

    @resource(description="Settings, clock and lease of the tick under way.")
    def tick(context: InitResourceContext) -> TickSession:
        return make_session()

    return tick


def session_from_environment(settings: Settings, clock: Clock) -> TickSession:
    return TickSession(settings, clock=clock, fault=faults_from_environment(os.environ))
