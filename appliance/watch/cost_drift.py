"""Inference cost over nights, against the spread that the same setting shows from night to night (the A/A floor)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.log.connect import snapshot
from appliance.log.log import Log
from appliance.watch.alert_types import Found, Severity

FLOOR_NIGHTS = 8
"""Valid nights that make a floor; with fewer there is no alarm, since nobody knows yet what is usual."""

RECENT = 3
"""Nights whose median stands for now: one odd night is no drift."""

MACHINE = ""
"""The member under which stands what is the machine's own: its clock."""

FIGURES = {
    "p50": ("median latency", "ms"),
    "peak_rss_mb": ("memory", "MB"),
    "energy": ("energy of a part", "mJ"),
    "clock": ("time of a clock cycle", "ns"),
}
"""What is watched, with its unit; more is worse."""

Setting = tuple[str, str, str, str, int, int]
"""(member, load, provider, precision, batch, threads): costs of different settings are never compared."""


@dataclass(frozen=True)
class CostDrift:
    """One figure of one setting: reference and present medians, their ratio, and the A/A floor as a ratio (1.05: 5 %).

    `floor` is the 95th percentile of the ratio of two nights in a row, as measured over `nights` valid ones.
    """

    setting: Setting
    figure: str
    reference: float
    present: float
    ratio: float
    floor: float
    nights: int


def cost_drifts(log: Log, baseline: str) -> list[CostDrift]:
    """Every setting with enough valid nights since the baseline."""
    found = []
    for figure in FIGURES:
        for setting, values in _series(log, baseline, figure).items():
            if len(values) >= FLOOR_NIGHTS:
                found.append(_drift(setting, figure, values))
    return found


def _drift(setting: Setting, figure: str, values: Sequence[float]) -> CostDrift:
    """The first nights are the reference; the floor is what the first month shows."""
    steps = np.abs(np.diff(np.log(values[:30])))
    floor = float(np.exp(np.quantile(steps, 0.95)))
    reference, present = float(np.median(values[:FLOOR_NIGHTS])), float(np.median(values[-RECENT:]))
    return CostDrift(setting, figure, reference, present, present / reference, floor, len(values))


def dearer(drifts: Sequence[CostDrift], tonight: set[str], limit: float | None = None) -> Iterator[Found]:
    """Members whose cost rose by more than the floor; `limit`: a ratio of the site's own instead."""
    for drift in drifts:
        member, load, provider, precision, batch, threads = drift.setting
        allowed = drift.floor if limit is None else limit
        if member in {*tonight, MACHINE} and drift.ratio > allowed:
            words, unit = FIGURES[drift.figure]
            change = f"{drift.reference:.3g} to {drift.present:.3g} {unit}"
            how = f"; {load}, {provider}, {precision}, batch {batch}, {threads} threads" if member else ""
            yield Found(
                rule=f"cost {drift.figure}",
                member=member,
                condition="",
                severity=Severity.WARNING,
                nights=2,
                what=f"{words} of {member or 'the processor'} rose from {change} "
                f"({drift.ratio - 1:+.0%}; from night to night the same setting moves by up to "
                f"{drift.floor - 1:.0%}{how})",
                details={"value": drift.ratio, "limit": allowed, "floor": drift.floor, "nights": drift.nights},
            )


def _series(log: Log, baseline: str, figure: str) -> dict[Setting, list[float]]:
    """The figure of each setting, over the valid nights since the baseline, oldest first."""
    found: dict[Setting, list[float]] = {}
    with snapshot(log.connection, log.path):
        for *setting, value in log.connection.execute(_sql(figure), (baseline,)):
            found.setdefault(tuple(setting), []).append(float(value))
    return found


def _sql(figure: str) -> str:
    """Six columns of a setting and the figure, since a baseline."""
    if figure == "clock":
        return """SELECT '', '', '', '', 0, 0, 1000.0 / json_extract(document, '$.machine.cpu_mhz') FROM cost_records
            WHERE json_extract(document, '$.notes[0]') = 'nightly' AND json_extract(document, '$.machine.cpu_mhz') > 0
            AND made >= (SELECT started FROM runs WHERE run = ?) ORDER BY number"""
    if figure == "energy":
        return """SELECT v.member, v.load, v.provider, v.precision, v.batch, v.threads, v.energy_mj
            FROM v_cost_records v JOIN cost_records r ON r.number = v.number
            WHERE json_extract(r.document, '$.notes[0]') = 'nightly' AND v.energy_mj > 0
            AND v.energy_source <> 'estimate' AND v.state IN ('valid', 'too few')
            AND v.made >= (SELECT started FROM runs WHERE run = ?) ORDER BY v.number"""
    return f"""SELECT c.member, c.load, c.provider, c.precision, c.batch, c.threads, c.{figure}
        FROM costs c JOIN runs r ON r.run = c.run
        WHERE r.number >= (SELECT number FROM runs WHERE run = ?) AND c.state IN ('valid', 'too few')
        AND c.{figure} > 0 ORDER BY r.number"""  # noqa: S608 - our own names
