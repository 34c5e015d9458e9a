"""The command line as its caller has to type it again: hints that are copied must run.

Nothing is executed here, and what a hint says belongs to whoever gives it.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

PROGRAM = "milestone-agent"


def called_as(argv0: str | None = None, folder: Path | None = None) -> str:
    """`milestone-agent` where that name is found on the PATH and is this program, else its path: relative to
    `folder` (the current one) when it lies under it. Quoted for a shell.
    """
    program = Path(sys.argv[0] if argv0 is None else argv0)
    if program.stem != PROGRAM:
        # Called in some other way, by a test or as a module: the plain name says the most.
        return PROGRAM
    here = Path.cwd() if folder is None else folder
    place = here / program
    found = shutil.which(PROGRAM)
    if found is not None and (here / found).resolve() == place.resolve():
        return PROGRAM
    if not place.is_file():
        return PROGRAM
    if not place.is_relative_to(here):
        return shlex.quote(str(place))
    relative = place.relative_to(here)
    return shlex.quote(str(relative) if len(relative.parts) > 1 else f"./{relative}")
