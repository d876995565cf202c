"""Drift over nights as control charts: an EWMA and two CUSUMs over the readings of one member and condition.

Each chart states its false-alarm run length and its expected delay, by Markov chain (`runlength`), for readings that
are independent and scatter by one standard error. Where the pictures are the same each night, false alarms are rarer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from appliance.watch.readings import Reading
from appliance.watch.runlength import cusum_run_length, ewma_run_length, ewma_sd

Quantity = Literal["errors", "margin"]
QUANTITIES: tuple[Quantity, ...] = ("errors", "margin")


@dataclass(frozen=True)
class ChartSetting:
    """EWMA: weight of the newest reading, limit in its standard deviations. CUSUM: reference and limit in readings'."""

    ewma_weight: float = 0.2
    ewma_width: float = 2.962
    cusum_reference: float = 0.5
    cusum_limit: float = 5.0


class Point(NamedTuple):
    """One night on a chart, all in standard errors; positive is worse. `alarm`: ewma, cusum or both, or empty."""

    run: str
    z: float
    ewma: float
    cusum_up: float
    cusum_down: float
    alarm: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """One quantity of one member under one condition over nights, with its limits and what they promise in nights.

    `ewma_limit` holds both ways, `cusum_limit` for both sums. Run lengths and delays count readings, that is nights on
    which the condition was covered; delays are for a lasting move by one standard error.
    """

    member: str
    condition: str
    quantity: Quantity
    points: tuple[Point, ...]
    ewma_limit: float
    cusum_limit: float
    ewma_false_alarm: float
    cusum_false_alarm: float
    ewma_delay: float
    cusum_delay: float

    @property
    def alarm(self) -> tuple[str, ...]:
        """Which of the two alarm on the last night."""
        return self.points[-1].alarm if self.points else ()

    @property
    def worse(self) -> bool:
        """Whether the last night's alarm, if any, is towards worse."""
        last = self.points[-1] if self.points else None
        return last is not None and bool(last.alarm) and (last.ewma > 0 or last.cusum_up > last.cusum_down)


def charts(
    readings: Sequence[Reading], setting: ChartSetting | None = None, quantities: Iterable[Quantity] = QUANTITIES
) -> list[Chart]:
    """A chart per member, condition and quantity over `readings`, oldest first; by first appearance."""
    setting = setting or ChartSetting()
    by_cell: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        by_cell.setdefault((reading.member, reading.condition), []).append(reading)
    return [chart(cell, quantity, setting) for cell in by_cell.values() for quantity in quantities]


def chart(readings: Sequence[Reading], quantity: Quantity, setting: ChartSetting) -> Chart:
    """The chart of one member and condition."""
    values = [(reading.run, getattr(reading, f"{quantity}_z")) for reading in readings]
    weight, width = setting.ewma_weight, setting.ewma_width
    reference, limit = setting.cusum_reference, setting.cusum_limit
    return Chart(
        member=readings[0].member,
        condition=readings[0].condition,
        quantity=quantity,
        points=points(values, setting),
        ewma_limit=width * ewma_sd(weight),
        cusum_limit=limit,
        ewma_false_alarm=ewma_run_length(weight, width),
        cusum_false_alarm=cusum_run_length(reference, limit),
        ewma_delay=ewma_run_length(weight, width, 1.0),
        cusum_delay=cusum_run_length(reference, limit, 1.0),
    )


def points(values: Sequence[tuple[str, float]], setting: ChartSetting) -> tuple[Point, ...]:
    """The series over (run, z). A CUSUM stops at twice its limit, so that a chart comes back once its cause is gone."""
    weight, reference, limit = setting.ewma_weight, setting.cusum_reference, setting.cusum_limit
    width, top = setting.ewma_width * ewma_sd(weight), 2 * limit
    ewma, up, down = 0.0, 0.0, 0.0
    found = []
    for run, z in values:
        ewma = weight * z + (1 - weight) * ewma
        up = _within(up + z - reference, top)
        down = _within(down - z - reference, top)
        found.append(Point(run, z, ewma, up, down, ALARMS[abs(ewma) > width, up > limit or down > limit]))
    return tuple(found)


def _within(value: float, top: float) -> float:
    return 0.0 if value < 0.0 else min(value, top)


ALARMS: dict[tuple[bool, bool], tuple[str, ...]] = {
    (False, False): (), (True, False): ("ewma",), (False, True): ("cusum",), (True, True): ("ewma", "cusum")
}  # fmt: skip
"""What is alarmed, by whether the EWMA and whether a CUSUM is over its limit."""
