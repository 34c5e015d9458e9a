"""The whole validation: which checks run, in which order, sharing one short look into the warehouse.

No check stands here. Everything is collected; nothing is written, sent or migrated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import PREFIX, Settings
from dagster_project.validation.attribution import check_attribution, check_known_accounts
from dagster_project.validation.destination_rules import ask_destinations, check_destinations
from dagster_project.validation.environment import check_environment
from dagster_project.validation.experiment_rules import check_experiments
from dagster_project.validation.ledger_rules import check_ledger
from dagster_project.validation.limit_rules import check_limits
from dagster_project.validation.path_rules import check_path
from dagster_project.validation.policy_rules import check_policy
from dagster_project.validation.project_vars import ProjectVars, read_project_vars
from dagster_project.validation.report import Problem, Report, Severity, SwitchedOff, in_reading_order
from dagster_project.validation.seed_reader import Seed, read_seeds, shown_path, stray_seeds
from dagster_project.validation.source_rows import check_event_names, check_ids, check_time_zones
from dagster_project.validation.source_rules import check_shapes, switched_off
from dagster_project.validation.source_shapes import own_schemas, raw_schemas, read_catalogue
from dagster_project.validation.source_values import check_values
from dagster_project.validation.template_rules import check_template_files
from dagster_project.validation.warehouse import WarehouseUnusable, reading
from nudge_senders.registry import KNOWN_DESTINATIONS


def validate(
    settings: Settings,
    *,
    destinations: bool = False,
    environ: Mapping[str, str] | None = None,
    errors_only: bool = False,
) -> Report:
    """Everything that is wrong with seeds, templates, environment, variables and sources, all at once.

    `destinations` asks the destinations as well whether they could deliver: only then is a provider
    contacted. `errors_only` leaves out what looks at values and can only warn. Touches nothing: the warehouse
    is opened read-only and closed again.
    Raises nothing for what it can report.
    """
    environ = os.environ if environ is None else environ
    problems: list[Problem] = list(check_environment(settings, environ))
    off: list[SwitchedOff] = []
    answers: list[str] = []
    is_locked = False
    if settings.dbt_project_dir.is_dir():
        seeds = read_seeds(settings.dbt_project_dir / "seeds")
        variables = read_project_vars(settings.dbt_project_dir)
        problems += _project(settings, seeds, variables)
        problems += check_destinations(settings, seeds["nudge_policy"], environ, ask=destinations)
        answers += ask_destinations(settings, seeds["nudge_policy"], environ) if destinations else ()
        try:
            found, off = _warehouse(settings, seeds, variables, errors_only=errors_only)
            problems += found
        except (WarehouseBusy, WarehouseUnusable) as refusal:
            is_locked = isinstance(refusal, WarehouseBusy)
            problems.append(_of_the_file(settings, refusal))
        except Refused as refusal:
            problems.append(_of_the_cloud(settings, refusal))
    return Report(in_reading_order(problems), tuple(off), (), is_locked, tuple(answers))


def require_valid(settings: Settings) -> Report:
    """`validate`, for everything that has effects: raises `Refused` with every error on a line of its own,
    `WarehouseBusy` when nothing but another process stands in the way."""
    report = validate(settings, errors_only=True)
    if report.is_refused:
        lines = "\n".join(str(problem) for problem in report.errors)
        if report.is_only_locked:
            raise WarehouseBusy(f"The warehouse is locked, so nothing was done.\n{lines}")
        raise Refused(f"The configuration is not valid, so nothing was done.\n{lines}")
    return report


def require_valid_project(settings: Settings) -> None:
    """The part of `require_valid` that needs no warehouse: environment, seeds and variables."""
    problems = list(check_environment(settings, os.environ))
    if settings.dbt_project_dir.is_dir():
        seeds = read_seeds(settings.dbt_project_dir / "seeds")
        problems += _project(settings, seeds, read_project_vars(settings.dbt_project_dir))
    errors = Report(in_reading_order(problems)).errors
    if errors:
        lines = "\n".join(str(problem) for problem in errors)
        raise Refused(f"The configuration is not valid, so nothing was done.\n{lines}")


def _project(settings: Settings, seeds: Mapping[str, Seed], variables: ProjectVars) -> Iterator[Problem]:
    for seed in seeds.values():
        yield from seed.problems
    yield from stray_seeds(settings.dbt_project_dir / "seeds")
    yield from _policy(seeds)
    yield from variables.problems


def _policy(seeds: Mapping[str, Seed]) -> Iterator[Problem]:
    yield from check_path(seeds)
    yield from check_policy(seeds, KNOWN_DESTINATIONS)
    yield from check_limits(seeds["delivery_limits"])
    yield from check_experiments(seeds)
    yield from check_template_files(seeds["message_templates"])


def _warehouse(
    settings: Settings, seeds: Mapping[str, Seed], variables: ProjectVars, *, errors_only: bool
) -> tuple[list[Problem], list[SwitchedOff]]:
    shown = shown_path(settings.duckdb_path) if settings.is_embedded else settings.target
    with reading(settings) as connection:
        catalogue = read_catalogue(connection, [*raw_schemas(variables), *own_schemas(settings)])
        problems = [
            *check_shapes(connection, catalogue, variables, shown),
            *check_ids(connection, catalogue, variables, shown),
            *check_ledger(connection, catalogue, settings, seeds),
        ]
        # A tick would pay each time for all events that there ever were.
        if not (errors_only and connection.is_scan_billed):
            problems += check_attribution(connection, catalogue, variables, shown)
        if not errors_only:
            path = seeds["critical_path"]
            problems += check_time_zones(connection, catalogue, variables, shown)
            problems += check_values(connection, catalogue, variables, shown)
            problems += check_event_names(connection, catalogue, variables, path)
            problems += check_known_accounts(connection, catalogue, variables, path, shown)
        return problems, list(switched_off(catalogue, variables))


def _of_the_cloud(settings: Settings, refusal: Refused) -> Problem:
    remedy = "look at the variables of the target, and at what its role may read"
    return Problem(Severity.ERROR, settings.target, None, f"{PREFIX}TARGET", str(refusal), remedy)


def _of_the_file(settings: Settings, refusal: Refused) -> Problem:
    shown = shown_path(settings.duckdb_path)
    what, _, remedy = str(refusal).removeprefix(f"{shown}: ").partition("; ")
    return Problem(Severity.ERROR, shown, None, "MILESTONE_AGENT_DUCKDB_PATH", what, remedy)
