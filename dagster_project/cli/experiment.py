"""`milestone-agent experiment`: the readout that the asset makes, in words, and its page."""

from __future__ import annotations

from pathlib import Path

import click

from dagster_project.cli.surroundings import settings_from_environment


@click.command()
@click.argument("experiment_key")
@click.option(
    "--page",
    "page_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the page; by default beside the warehouse, in experiments/.",
)
def experiment(experiment_key: str, page_file: Path | None) -> None:
    """Say whether nudging shortens time to first value: verdict, reasons, table, and a page with pictures.

    EXPERIMENT_KEY is a row of experiments.csv. It reads what the last tick left, and keeps the readout as
    the hourly job does, once per data cut-off. Looking often does no harm: the interval is made for it.
    """
    from dagster_project.clock import system_clock
    from dagster_project.readout.run import make_readout
    from dagster_project.readout.text import readout_text
    from dagster_project.readout.writing_page import write_page

    settings = settings_from_environment()
    made = make_readout(settings, experiment_key, system_clock())
    path = write_page(settings, made, page_file)
    click.echo(readout_text(made.readout))
    click.echo(f"\nPage       {path}")
