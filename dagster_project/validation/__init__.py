"""Checks of configuration and of the shapes of sources, before anything runs; touches nothing.

Rules that SQL states (what has slipped, who is nudged) do not belong here.
"""

from dagster_project.validation.report import Problem, Report, Severity, SwitchedOff
from dagster_project.validation.run import require_valid, require_valid_project, validate

__all__ = [
    "Problem",
    "Report",
    "Severity",
    "SwitchedOff",
    "require_valid",
    "require_valid_project",
    "validate",
]
