"""The pictures of a readout, each a pure function of it that returns one SVG.

Belongs here: one file per picture, and what they share. Does not belong here: computing what they show.
Every picture stands on its own: its title says what is seen, and where there is nothing to draw it says why.
"""

from dagster_project.readout.pictures.activation import activation_picture
from dagster_project.readout.pictures.days_saved import days_saved_picture
from dagster_project.readout.pictures.growth import growth_picture
from dagster_project.readout.pictures.guardrails import guardrails_picture
from dagster_project.readout.pictures.markdown import as_markdown

__all__ = [
    "activation_picture",
    "as_markdown",
    "days_saved_picture",
    "growth_picture",
    "guardrails_picture",
]
