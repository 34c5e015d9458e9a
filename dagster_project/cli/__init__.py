"""The command line `milestone-agent`: which commands there are and where each lives.

A command's module is imported when the command is used, so that `--help` answers at once. What a command does
is said in its own file, and calls the same code as the assets.
"""

from __future__ import annotations

from importlib import import_module

import click

from dagster_project.cli.surroundings import RefusalsAreExitCodes

# name: (module:attribute, line in the overview)
_COMMANDS = {
    "init": (
        "dagster_project.cli.init:init",
        "Prepare the warehouse: home folder, ledger and its migrations.",
    ),
    "demo": ("dagster_project.cli.demo:demo", "Build a demo warehouse, run a tick and say what it found."),
    "ui": ("dagster_project.cli.ui:ui", "Start the Dagster UI on this machine, schedules running."),
    "tick": ("dagster_project.cli.tick:tick", "Run one tick, the same job that the schedule runs."),
    "validate": ("dagster_project.cli.validate:validate", "Check seeds, templates, environment and sources."),
    "explain": ("dagster_project.cli.explain:explain", "Why an account got, or did not get, each message."),
    "preview": ("dagster_project.cli.preview:preview", "Show the rendered message of a nudge or template."),
    "experiment": (
        "dagster_project.cli.experiment:experiment",
        "Whether nudging shortens time to first value: the readout and its page.",
    ),
    "forget": (
        "dagster_project.cli.forget:forget_command",
        "Forget a person in state, snapshots, marts, ledger and outbox.",
    ),
    "ledger": ("dagster_project.cli.ledger:ledger", "Go live, see what is in doubt, answer it, stop sends."),
}


class _CommandsOnDemand(RefusalsAreExitCodes):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module_name, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module_name), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(
    cls=_CommandsOnDemand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="onboarding-milestone-agent", prog_name="milestone-agent")
def main() -> None:
    """Watch every account's critical path and nudge, in tiers, the ones that slip.

    Exit codes: 0 done, 1 failed while running, 2 refused before any effect. Settings come from the
    environment (MILESTONE_AGENT_..., see .env.example), policy from dbt_project/seeds.
    """
