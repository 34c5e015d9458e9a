"""What every command needs: settings out of the environment and the exit codes. No command's own work
belongs here.
"""

from __future__ import annotations

import os

import click

from dagster_project.errors import Refused, RunFailed
from dagster_project.settings import Settings
from nudge_senders.errors import SenderError

EXIT_FAILED = 1
EXIT_REFUSED = 2


def settings_from_environment() -> Settings:
    return Settings.from_environment(os.environ)


class RefusalsAreExitCodes(click.Group):
    """A group whose commands may raise: 2 means refused and nothing done, 1 means failed while running."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (Refused, SenderError) as refused:
            click.echo(f"Refused: {refused}", err=True)
            ctx.exit(EXIT_REFUSED)
        except RunFailed as failed:
            click.echo(f"Failed: {failed}", err=True)
            ctx.exit(EXIT_FAILED)
