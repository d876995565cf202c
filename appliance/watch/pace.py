"""How fast this machine shows pictures to the whole family: what a night's time is divided by."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from appliance.audit.plan import Job, Plan
from appliance.audit.pool import Pool
from appliance.audit.run import Order
from appliance.audit.worker import Result
from appliance.watch.nights import Night, NightState

SAMPLED = 6
"""Conditions of a pilot, spread over the suite."""

PILOT_S = 30.0
"""Seconds a pilot may take at most."""

START_S = 5.0
"""Seconds set aside for starting workers and loading members."""

CAUTION = 0.85
"""Share of a night's time that is planned for."""


def known_pace(nights: Iterable[Night], grid: str) -> float | None:
    """Seconds a picture (a part under a condition, all members) took on the last night of this grid, if any."""
    for night in nights:
        if night.state in (NightState.DONE, NightState.CUT) and night.plan.get("grid") == grid:
            pace = night.plan.get("pace_s")
            if pace:
                return float(pace)
    return None


def pilot_pace(order: Order) -> float:
    """Seconds a picture takes, by showing a few parts under a few conditions; nothing is logged.

    Starting the workers and each worker's first picture, with the loading of the models, do not count.
    """
    plan = _few(order.plan, 4 * order.workers)
    begun, moments = time.monotonic(), list[float]()
    with Pool(plan, order.workers) as pool:
        for answer in pool.run(_jobs(plan), deque()):
            if isinstance(answer, Result):
                moments.append(time.monotonic())
            if time.monotonic() - begun > PILOT_S and moments:
                break
    steady = moments[order.workers :]
    if len(steady) < 2:
        return (time.monotonic() - begun) / max(len(moments), 1)
    return (steady[-1] - steady[0]) / (len(steady) - 1)


def pictures_in(seconds: float, pace: float) -> float:
    """Pictures that fit into a night of so many seconds."""
    return max(CAUTION * seconds - START_S, pace) / pace


def _few(plan: Plan, parts: int) -> Plan:
    step = max(len(plan.conditions) // SAMPLED, 1)
    apart = max(len(plan.parts) // parts, 1)
    return replace(plan, parts=plan.parts[::apart][:parts], conditions=plan.conditions[::step][:SAMPLED], chunk=1)


def _jobs(plan: Plan) -> Iterator[Job]:
    for condition in range(len(plan.conditions)):
        for part in range(len(plan.parts)):
            yield Job(condition, part, range(part, part + 1))
