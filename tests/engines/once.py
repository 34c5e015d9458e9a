"""What takes minutes to make, made by the first process of a run that asks for it; the others wait."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` gives, which pickle has to take. The folder that it is given stays until the run's end."""
    of_this_process = factory.getbasetemp()
    shared = of_this_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_this_process
    folder = shared / name
    folder.mkdir(exist_ok=True)
    kept = folder / "made.pickle"
    with (folder / "making.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(make(folder)))
    made: Made = pickle.loads(kept.read_bytes())
    return made
