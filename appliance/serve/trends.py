"""Figures over nights: one line for each size, drawn from the rows that the log keeps of every finished run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.language.catalogue import Words, mark
from appliance.log.connect import snapshot
from appliance.log.kept import Night, nights_like
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
    """One figure of a member and night: its column, how it is called and written; `limit` names what it must keep."""

    name: str
    title: str
    desc: str
    column: str  # of member_scores
    how: str
    percent: bool = True
    limit: str = ""


MEASURES = (
    Measure(
        "accuracy-perturbed",
        mark("Accuracy under perturbation, mean over all conditions"),
        mark("One line for each size, night by night. Higher is better."),
        "mean_accuracy",
        "accuracy",
    ),
    Measure(
        "escape-bound",
        mark("Escape rate on clean parts, upper bound"),
        mark("One line for each size, night by night. Below the dashed limit the limit holds."),
        "escape_upper",
        "escape",
        limit="escape_rate",
    ),
    Measure(
        "overkill-bound",
        mark("Overkill rate on clean parts, upper bound"),
        mark("One line for each size, night by night. Below the dashed limit the limit holds."),
        "overkill_upper",
        "overkill",
        limit="overkill_rate",
    ),
    Measure(
        "accuracy-clean",
        mark("Accuracy on clean parts"),
        mark("One line for each size, night by night. Higher is better."),
        "accuracy",
        "accuracy",
    ),
    Measure(
        "flips",
        mark("Decisions that change under perturbation"),
        mark("One line for each size, night by night. Lower is better."),
        "flip_rate",
        "drop",
    ),
    Measure(
        "latency",
        mark("Time for one part, p99 upper bound, ms"),
        mark("One line for each size, night by night. Lower is better."),
        "p99_ms",
        "cost",
        percent=False,
    ),
)


@dataclass(frozen=True)
class Nights:
    """What trends are drawn from: nights with their labels, sizes in order, and per size every measure by night."""

    nights: tuple[Night, ...]
    days: tuple[str, ...]
    values: dict[str, dict[str, tuple[float | None, ...]]]  # by size, then by the name of the measure
    members: tuple[str, ...]
    limits: dict[str, float]


COLUMNS = ", ".join(f"s.{measure.column}" for measure in MEASURES)
ROWS = f"""SELECT {COLUMNS} FROM json_each(?1) j
LEFT JOIN member_scores s ON s.run = j.value AND s.member = ?2 ORDER BY j.key"""  # noqa: S608 - our own names
SIZES = """SELECT m.name FROM members m JOIN member_scores s ON s.run = m.run AND s.member = m.name
WHERE m.run = ? ORDER BY m.position"""


def member_names(view: View, run: str) -> list[str]:
    """The sizes of a run in their order."""
    with snapshot(view.log.connection, view.log.path):
        sql = "SELECT name FROM members WHERE run = ? ORDER BY position"
        return [name for (name,) in view.log.connection.execute(sql, (run,))]


def read_nights(view: View, run: str, most: int, only: Sequence[str] = ()) -> Nights:
    """The last `most` nights up to `run`, of every size that has rows, or of `only` some."""
    nights = tuple(nights_like(view.log, run, most))
    with snapshot(view.log.connection, view.log.path):
        conn = view.log.connection
        members = tuple(name for (name,) in conn.execute(SIZES, (run,)))
        asked = json.dumps([night.run for night in nights])
        rows = {name: conn.execute(ROWS, (asked, name)).fetchall() for name in members if not only or name in only}
    values = {name: _by_measure(found) for name, found in rows.items()}
    days = tuple(day(view.w, night.started) for night in nights)
    return Nights(nights, days, values, members, view.limits(run))


def _by_measure(rows: Sequence[tuple[float | None, ...]]) -> dict[str, tuple[float | None, ...]]:
    """Rows a night as series a measure."""
    series = zip(*rows, strict=True) if rows else ((),) * len(MEASURES)
    return {measure.name: tuple(found) for measure, found in zip(MEASURES, series, strict=True)}


def trend_figures(
    view: View, run: str, most: int, only: tuple[str, ...] = (), size: tuple[float, float] = DESK
) -> list[Figure]:
    """A figure for every measure that any of these nights has, up to `run`; of some members only where named."""
    nights = read_nights(view, run, most, only)
    made = (_figure(view.w, nights, measure, size) for measure in MEASURES)
    return [figure for figure in made if figure is not None]


def _figure(w: Words, nights: Nights, measure: Measure, size: tuple[float, float]) -> Figure | None:
    style, limit = looks(nights.members), nights.limits.get(measure.limit)
    lines = tuple(Line(style[name], series[measure.name]) for name, series in nights.values.items())
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
