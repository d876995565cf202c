"""Decision: invest, hold off or test first, as `inspect-eval advise` worked it out."""

from appliance.serve.desk import View
from appliance.serve.figures import Figure
from appliance.serve.page import Page


def page(view: View) -> Page:
    """What was worked out last."""
    return Page("decision.html", view.w("Decision"), "decision", {"figures": figures(view)})


def figures(_view: View) -> list[Figure]:
    """The figures of the page."""
    return []
