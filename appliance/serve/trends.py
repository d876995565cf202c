"""Figures over nights: one line for each size, drawn from the rows that the log keeps of every finished run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.language.catalogue import Words, mark
from appliance.log.kept import MemberNight, Night, member_nights, nights_like
from appliance.report import units
from appliance.report.series import looks
from appliance.serve.chart_trend import Line, Trend, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.times import day

DESK, HALL = (560.0, 250.0), (900.0, 165.0)
"""Width and height of a drawing, in units of which its text is 12 high: in a column of a desk, below the tiles."""


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


@dataclass(frozen=True)
class Nights:
    """What trends are drawn from: nights with their labels, the rows of each size night by night, sizes in order."""

    nights: tuple[Night, ...]
    days: tuple[str, ...]
    rows: dict[str, tuple[MemberNight | None, ...]]
    members: tuple[str, ...]
    limits: dict[str, float]

    def values(self, measure: Measure, member: str) -> tuple[float | None, ...]:
        """One figure of one size, night by night."""
        return tuple(None if row is None else measure.value(row) for row in self.rows[member])


def read_nights(view: View, run: str, most: int) -> Nights:
    """The last `most` nights up to `run`."""
    nights = tuple(nights_like(view.log, run, most))
    found = {(row.run, row.member): row for row in member_nights(view.log, [night.run for night in nights])}
    members = tuple(member for at, member in found if at == run)
    rows = {member: tuple(found.get((night.run, member)) for night in nights) for member in members}
    days = tuple(day(view.w, night.started) for night in nights)
    return Nights(nights, days, rows, members, view.limits(run))


def trend_figures(
    view: View, run: str, most: int, only: tuple[str, ...] = (), size: tuple[float, float] = DESK
) -> list[Figure]:
    """A figure for every measure that any of these nights has, up to `run`; of some members only where named."""
    nights = read_nights(view, run, most)
    made = (_figure(view.w, nights, measure, only or nights.members, size) for measure in MEASURES)
    return [figure for figure in made if figure is not None]


def _figure(
    w: Words, nights: Nights, measure: Measure, wanted: tuple[str, ...], size: tuple[float, float]
) -> Figure | None:
    style, limit = looks(nights.members), nights.limits.get(measure.limit)
    lines = tuple(Line(style[name], nights.values(measure, name)) for name in nights.members if name in wanted)
    if all(value is None for line in lines for value in line.values):
        return None
    trend = Trend(
        title=w(measure.title),
        desc=w(measure.desc),
        days=nights.days,
        lines=lines,
        show=units.percent if measure.percent else units.number,
        percent=measure.percent,
        limit=limit,
        limit_text="" if limit is None else w("limit {value}", value=units.percent(limit)),
    )
    return Figure(measure.name, trend.title, draw(trend, *size), lambda: _table(w, nights, lines), measure.how)


def _table(w: Words, nights: Nights, lines: Sequence[Line]) -> Table:
    header = (w("run"), w("started"), *(line.look.name for line in lines))
    values = zip(*(line.values for line in lines), strict=True)
    return Table(header, tuple((n.run, n.started, *row) for n, row in zip(nights.nights, values, strict=True)))
