"""Figures over nights: one line for each size, drawn from the rows that the log keeps of every finished run."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.language.catalogue import Words, mark
from appliance.log.kept import MemberNight, Night, member_nights, nights_like
from appliance.report import units
from appliance.report.series import looks
from appliance.serve import names
from appliance.serve.chart_trend import Line, Trend, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.times import day


@dataclass(frozen=True)
class Measure:
    """One figure of a member and night: how it is read, called and written; `limit` names the limit it must keep."""

    name: str
    title: str
    desc: str
    value: Callable[[MemberNight], float | None]
    how: str
    percent: bool = True
    limit: str = ""


MEASURES = (
    Measure(
        "accuracy-perturbed",
        mark("Accuracy under perturbation, mean over all conditions"),
        mark("One line for each size, night by night. Higher is better."),
        lambda row: row.mean_accuracy,
        "accuracy",
    ),
    Measure(
        "escape-bound",
        mark("Escape rate on clean parts, upper bound"),
        mark("One line for each size, night by night. Below the dashed limit the limit holds."),
        lambda row: row.escape_upper,
        "escape",
        limit="escape_rate",
    ),
    Measure(
        "overkill-bound",
        mark("Overkill rate on clean parts, upper bound"),
        mark("One line for each size, night by night. Below the dashed limit the limit holds."),
        lambda row: row.overkill_upper,
        "overkill",
        limit="overkill_rate",
    ),
    Measure(
        "accuracy-clean",
        mark("Accuracy on clean parts"),
        mark("One line for each size, night by night. Higher is better."),
        lambda row: row.accuracy,
        "accuracy",
    ),
    Measure(
        "flips",
        mark("Decisions that change under perturbation"),
        mark("One line for each size, night by night. Lower is better."),
        lambda row: row.flip_rate,
        "drop",
    ),
    Measure(
        "latency",
        mark("Time for one part, p99 upper bound, ms"),
        mark("One line for each size, night by night. Lower is better."),
        lambda row: row.p99_ms,
        "cost",
        percent=False,
    ),
)


def trend_figures(view: View, run: str, most: int, members: tuple[str, ...] = ()) -> list[Figure]:
    """A figure for every measure that any of these nights has, up to `run`; of some members only where named."""
    nights = nights_like(view.log, run, most)
    rows = member_nights(view.log, [night.run for night in nights])
    last = [row.member for row in rows if row.run == run]
    limits = view.limits(run)
    made = (_figure(view.w, measure, nights, rows, last, limits, members or tuple(last)) for measure in MEASURES)
    return [figure for figure in made if figure is not None]


def _figure(
    w: Words,
    measure: Measure,
    nights: list[Night],
    rows: list[MemberNight],
    every: list[str],
    limits: dict[str, float],
    wanted: tuple[str, ...],
) -> Figure | None:
    found = {(row.run, row.member): measure.value(row) for row in rows}
    if all(value is None for value in found.values()):
        return None
    style = looks(tuple(every))
    lines = [
        Line(style[name], tuple(found.get((night.run, name)) for night in nights)) for name in every if name in wanted
    ]
    limit = limits.get(measure.limit)
    trend = Trend(
        title=w(measure.title),
        desc=w(measure.desc),
        days=tuple(day(w, night.started) for night in nights),
        lines=tuple(lines),
        show=units.percent if measure.percent else units.number,
        limit=limit,
        limit_text="" if limit is None else w("limit {value}", value=units.percent(limit)),
    )
    return Figure(measure.name, w(measure.title), draw(trend), _table(w, nights, lines), measure.how)


def _table(w: Words, nights: list[Night], lines: list[Line]) -> Table:
    header = (w("run"), w("started"), *(line.look.name for line in lines))
    rows = tuple(
        (night.run, night.started, *(line.values[index] for line in lines)) for index, night in enumerate(nights)
    )
    return Table(header, rows)


def limit_names(w: Words, limits: dict[str, float]) -> str:
    """The limits in one line."""
    return w(", ").join(f"{names.limit(w, name)} {units.percent(value)}" for name, value in limits.items())
