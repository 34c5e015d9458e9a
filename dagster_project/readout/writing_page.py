"""Where the page of an experiment is kept, and its replacement as a whole."""

from __future__ import annotations

import os
from pathlib import Path

from dagster_project.readout.page import page
from dagster_project.readout.run import Made
from dagster_project.settings import Settings


def page_path(settings: Settings, experiment_key: str) -> Path:
    """Beside the warehouse; any key makes a file name."""
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in experiment_key)
    return settings.home / "experiments" / f"{name}.html"


def write_page(settings: Settings, made: Made, path: Path | None = None) -> Path:
    """Write the self-contained page; a reader sees the old one or the new one."""
    chosen = path or page_path(settings, made.readout.experiment.experiment_key)
    chosen.parent.mkdir(parents=True, exist_ok=True)
    unfinished = chosen.with_name(f"{chosen.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(page(made.readout, past_decisions=made.past_decisions), encoding="utf-8")
        os.replace(unfinished, chosen)
    finally:
        unfinished.unlink(missing_ok=True)
    return chosen
