"""Sizing: which machine meets the takt, as `inspect-eval size` worked it out."""

from appliance.serve.desk import View
from appliance.serve.figures import Figure
from appliance.serve.page import Page


def page(view: View) -> Page:
    """What was worked out last."""
    return Page("sizing.html", view.w("Sizing"), "sizing", {"figures": figures(view)})


def figures(_view: View) -> list[Figure]:
    """The figures of the page."""
    return []
