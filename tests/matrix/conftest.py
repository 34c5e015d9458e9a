"""Where scenarios take place. The sums that a run of them prints at its end are in `sums`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.children import Children
from tests.matrix.scenarios import Stage, make_template
from tests.matrix.stand_in import StandIn

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all scenarios of this process; each begins with a fresh ledger."""
    # A file in memory survives a killed process as one on disk does; what a power cut does is not asked here.
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="matrix-", dir=place))
    make_template(folder / "template")
    children = Children()
    with StandIn() as stand_in:
        made = Stage(folder / "template", folder, stand_in, children)
        yield made
        made.end()
    children.close()
    shutil.rmtree(folder, ignore_errors=True)
