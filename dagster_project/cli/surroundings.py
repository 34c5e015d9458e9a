"""What every command needs: settings out of the environment and the exit codes. No command's own work
belongs here.
"""

from __future__ import annotations

import errno
import os
import sys

import click

from dagster_project.errors import Refused, RunFailed
from dagster_project.settings import Settings
from nudge_senders.errors import LeaseLost, SenderError

EXIT_FAILED = 1
EXIT_REFUSED = 2

_PERMISSIONS = "change its permissions or those of its folder, or give another path"
_ANOTHER = "give another path"
#: A file or folder that cannot be opened or made: what to do about it. Nothing was done in it.
_REMEDIES = {
    errno.EACCES: _PERMISSIONS,
    errno.EPERM: _PERMISSIONS,
    errno.EROFS: "give a path on a file system that can be written",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ENOENT: _ANOTHER,
    errno.ENOTDIR: _ANOTHER,
    errno.EISDIR: _ANOTHER,
    errno.EEXIST: _ANOTHER,
    errno.ELOOP: _ANOTHER,
}


def settings_from_environment() -> Settings:
    return Settings.from_environment(os.environ)


class RefusalsAreExitCodes(click.Group):
    """A group whose commands may raise: 2 means refused and nothing done, 1 means failed while running."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            ending = _ending_of(error)
            if ending is None:
                raise
            code, told = ending
            click.echo(f"{'Refused' if code == EXIT_REFUSED else 'Failed'}: {told}", err=True)
            ctx.exit(code)


def _ending_of(error: Exception) -> tuple[int, str] | None:
    """Exit code and message of what people can mend; None for a fault of this program, which shows its
    traceback."""
    if isinstance(error, LeaseLost):
        return EXIT_FAILED, str(error)
    if isinstance(error, (Refused, SenderError)):
        return EXIT_REFUSED, str(error)
    if isinstance(error, RunFailed):
        return EXIT_FAILED, str(error)
    if isinstance(error, OSError) and error.errno is not None and error.errno != errno.EPIPE:
        return _ending_of_path(error)
    # Looked up so that `--help` need not import it.
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(error, duckdb.Error):
        from nudge_senders.ledger.duckdb_files import is_about_opening

        first_line = str(error).split("\n", maxsplit=1)[0]
        if is_about_opening(error):
            remedy = "check that the file and its folder may be written and that nothing else has it open"
            return EXIT_REFUSED, f"the warehouse cannot be opened ({first_line}); {remedy}"
        return EXIT_FAILED, f"the warehouse gave up: {first_line}"
    return None


def _ending_of_path(error: OSError) -> tuple[int, str]:
    named = f"{error.filename} " if error.filename is not None else ""
    if error.errno not in _REMEDIES:
        return EXIT_FAILED, f"{named}{error.strerror}; see to it and run the command again"
    return EXIT_REFUSED, f"{named}cannot be used ({error.strerror}); {_REMEDIES[error.errno]}"
