"""Drift against the baseline, as the night's readings give it: control charts and what they say of each size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.language.catalogue import Words
from appliance.log.connect import snapshot
from appliance.log.log import Log
from appliance.report.series import Look, looks
from appliance.report.units import number
from appliance.serve.chart_trend import Band, Line, Trend, draw
from appliance.serve.figures import Figure, Table
from appliance.serve.times import day
from appliance.watch.baselines import baselines
from appliance.watch.charts import ChartSetting, Point, points
from appliance.watch.runlength import cusum_run_length, ewma_run_length, ewma_sd

READINGS = """
WITH RECURSIVE sizes (name) AS (
    SELECT min(member) FROM readings WHERE baseline = ?1
    UNION ALL SELECT (SELECT min(member) FROM readings WHERE baseline = ?1 AND member > name) FROM sizes
    WHERE name IS NOT NULL)
SELECT x.member, x.run, x.errors_z FROM sizes
CROSS JOIN readings x ON x.baseline = ?1 AND x.member = sizes.name AND x.condition = 'all' AND ?2 IN ('', x.member)"""
"""The mean over the perturbed conditions, as the index `readings_charted` holds it; ?2: one member, empty for all."""
RUNS = "SELECT run, started FROM runs ORDER BY number DESC LIMIT ?"


@dataclass(frozen=True)
class Drift:
    """The nights since the baseline: (run, started) oldest first, and per size its points by run."""

    baseline: str
    nights: tuple[tuple[str, str], ...]
    points: dict[str, dict[str, Point]]
    setting: ChartSetting

    def last(self, member: str) -> Point | None:
        """Where a size stands on the last night."""
        found = self.points.get(member, {})
        return found.get(self.nights[-1][0]) if self.nights else None


def read_drift(log: Log, setting: ChartSetting, member: str = "", most: int = 800) -> Drift | None:
    """The readings of the last `most` runs against the present baseline, of one member or of all.

    A reading is of the mean over the perturbed conditions. None where no baseline is set or no night has been compared
    with it.
    """
    chosen = baselines(log)
    if not chosen:
        return None
    with snapshot(log.connection, log.path):
        runs = log.connection.execute(RUNS, (most,)).fetchall()
        rows = log.connection.execute(READINGS, (chosen[0].run, member)).fetchall()
    found: dict[str, dict[str, float]] = {}
    for name, run, z in rows:
        found.setdefault(name, {})[run] = z
    nights = tuple((run, at) for run, at in reversed(runs) if any(run in series for series in found.values()))
    charted = {}
    for name, series in found.items():
        known = [(run, series[run]) for run, _ in nights if run in series]
        charted[name] = {point.run: point for point in points(known, setting)}
    return Drift(chosen[0].run, nights, charted, setting) if nights else None


def drift_words(w: Words, point: Point | None) -> str:
    """What the charts say of a size today, in a few words."""
    if point is None:
        return w("not compared with a baseline yet")
    if not point.alarm:
        return w("in control")
    worse = point.ewma > 0 or point.cusum_up > point.cusum_down
    return w("out of control: worse") if worse else w("out of control: better")


@dataclass(frozen=True)
class Kind:
    """One of the two charts: what it plots of a point, which alarms are its own, its limits in words and numbers."""

    name: str
    title: str
    value: Callable[[Point], float]
    alarm: str
    band: Band


def drift_figures(w: Words, drift: Drift | None, members: Sequence[str], most: int = 90) -> list[Figure]:
    """EWMA and CUSUM of the errors of each size that has readings, with their control limits."""
    if drift is None:
        return []
    wanted = [name for name in members if name in drift.points]
    style = looks(tuple(members))
    return [_figure(w, kind, drift, [style[name] for name in wanted], most) for kind in kinds(w, drift.setting)]


def kinds(w: Words, setting: ChartSetting) -> tuple[Kind, Kind]:
    """Both charts, with what their limits promise (worked out once for a setting; that takes a second)."""
    return _ewma(w, setting), _cusum(w, setting)


def _ewma(w: Words, setting: ChartSetting) -> Kind:
    weight, width = setting.ewma_weight, setting.ewma_width
    limit = width * ewma_sd(weight)
    said = _promise(w, ewma_run_length(weight, width), ewma_run_length(weight, width, 1.0))
    title = w("Drift of errors against the baseline, EWMA, in standard errors")
    return Kind("drift-ewma", title, lambda point: point.ewma, "ewma", Band(-limit, 0.0, limit, said))


def _cusum(w: Words, setting: ChartSetting) -> Kind:
    reference, limit = setting.cusum_reference, setting.cusum_limit
    said = _promise(w, cusum_run_length(reference, limit), cusum_run_length(reference, limit, 1.0))
    title = w("Drift of errors against the baseline, CUSUM, in standard errors")
    return Kind(
        "drift-cusum", title, lambda p: max(p.cusum_up, p.cusum_down), "cusum", Band(0.0, 0.0, limit, said)
    )  # fmt: skip


def _promise(w: Words, false_alarm: float, delay: float) -> str:
    return w(
        "limit: a false alarm in {nights} nights; a lasting move of 1 standard error shows in {delay}",
        nights=round(false_alarm),
        delay=round(delay),
    )


def _figure(w: Words, kind: Kind, drift: Drift, looks: Sequence[Look], most: int) -> Figure:
    nights = drift.nights[-most:]
    lines = tuple(_line(kind, look, [drift.points[look.name].get(run) for run, _ in nights]) for look in looks)
    trend = Trend(
        title=kind.title,
        desc=w("One line for each size. Rings: alarms. Above zero is worse."),
        days=tuple(day(w, started) for _, started in nights),
        lines=lines,
        show=lambda value: number(value, 2),
        percent=False,
        band=kind.band,
    )
    return Figure(kind.name, kind.title, draw(trend), lambda: _table(w, nights, lines), "drift")


def _table(w: Words, nights: Sequence[tuple[str, str]], lines: Sequence[Line]) -> Table:
    rows = tuple((run, started, *(line.values[i] for line in lines)) for i, (run, started) in enumerate(nights))
    return Table((w("run"), w("started"), *(line.look.name for line in lines)), rows)


def _line(kind: Kind, look: Look, found: Sequence[Point | None]) -> Line:
    alarms = tuple(i for i, point in enumerate(found) if point is not None and kind.alarm in point.alarm)
    return Line(look, tuple(None if point is None else kind.value(point) for point in found), alarms)
