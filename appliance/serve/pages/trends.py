"""Trends: every measure night by night, with its limit."""

from appliance.errors import UsageError
from appliance.log.kept import nights_like
from appliance.serve.desk import View
from appliance.serve.drift import Drift, drift_figures, read_drift
from appliance.serve.figures import Figure
from appliance.serve.page import Page
from appliance.serve.trends import member_names, trend_figures
from appliance.watch.baselines import baselines
from appliance.watch.judge import chart_setting

SPANS = (30, 90, 365)


def page(view: View) -> Page:
    """The page of trends, up to the last finished run."""
    run = view.finished()
    span = _span(view)
    nights = nights_like(view.log, run, span) if run else []
    drift = read_drift(view.log, chart_setting(view.site.nightly))
    values = {
        "figures": _figures(view, drift),
        "spans": SPANS,
        "span": span,
        "nights": len(nights),
        "run": run,
        "drift": drift,
        "baseline": next((chosen.run for chosen in baselines(view.log)[:1]), ""),
    }
    return Page("trends.html", view.w("Trends"), "trends", values)


def figures(view: View) -> list[Figure]:
    """The figures of the page."""
    return _figures(view, read_drift(view.log, chart_setting(view.site.nightly)))


def _figures(view: View, drift: Drift | None) -> list[Figure]:
    run, span = view.finished(), _span(view)
    if run is None:
        return []
    return [*drift_figures(view.w, drift, member_names(view, run), most=span), *trend_figures(view, run, span)]


def _span(view: View) -> int:
    span = view.number("nights", 1, 3650, SPANS[1])
    if span not in SPANS:
        raise UsageError(f"{span} nights cannot be shown", mend="follow a link of the page")
    return span
