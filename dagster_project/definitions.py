"""What Dagster loads. Everything is put together in `build`."""

from __future__ import annotations

from dagster_project.build import build_definitions

defs = build_definitions()
