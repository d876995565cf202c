"""The site's mix of conditions: from what was watched, what site.toml states, or an assumption that is named as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.advice.types import Floats, Mix, Origin
from appliance.errors import UsageError
from appliance.log.types import ConditionRow
from appliance.score.grid import CLEAN
from appliance.score.limits import Calibrated, is_binding
from appliance.sections.calibration import CalibrationSection, calibrated_ranges
from appliance.sections.mix import MixSection

ASSUMED_CLEAN = 0.5
ASSUMED_DAYS, STATED_DAYS = 4.0, 20.0
MOST_UNTESTED = 0.9
NAMED = 6


@dataclass(frozen=True)
class Watched:
    """What calibration saw of the site's own pictures: shares of the year by condition of the run, over `days`.

    `missed` is the share of pictures whose disturbance the run does not show. `ranges` holds per perturbation the
    lowest and highest severity seen.
    """

    shares: Mapping[str, float]
    days: float
    ranges: Calibrated
    missed: float = 0.0


def watched_by(found: CalibrationSection, rows: Sequence[ConditionRow], parts_per_day: int) -> Watched | None:
    """What [calibration] says of the conditions of a run; None where the site is not calibrated.

    Pictures are worth the days it takes to take them, and no fewer than an assumption is.
    """
    if not found.shown:
        return None
    keys = {(row.name, row.severity): row.key for row in rows if not row.repeat}
    weights = found.weights(pair for pair in keys if pair[0] != CLEAN)
    shares = {keys.get(pair, CLEAN): share for pair, share in weights.items() if share > 0}
    neutrals = {row.name: row.neutral for row in rows}
    ranges = calibrated_ranges({"calibration": {"shown": [item.model_dump() for item in found.shown]}}, neutrals)
    days = max(found.pictures / parts_per_day, ASSUMED_DAYS)
    return Watched(shares, days, ranges, max(1.0 - sum(shares.values()), 0.0))


def site_mix(said: MixSection, rows: Sequence[ConditionRow], watched: Watched | None, file: str = "") -> Mix:
    """The mix over the run's conditions `rows`: stated, else watched, else assumed.

    Assumed is half of the year clean and the rest even over the perturbations, at severities where limits bind. A
    perturbation's share is spread evenly over its conditions there. Raises UsageError for a name the run did not show.
    """
    ranges = watched.ranges if watched else {}
    if said.shares:
        return _mix(said.shares, rows, ranges, (said.days or STATED_DAYS, said.untested, Origin.STATED), file)
    if watched and watched.shares:
        days = said.days or watched.days
        untested = min(max(said.untested, watched.missed), MOST_UNTESTED)
        return _mix(watched.shares, rows, ranges, (days, untested, Origin.CALIBRATED), file)
    names = list(dict.fromkeys(row.name for row in rows if row.key != CLEAN and is_binding(row, ranges)))
    clean = ASSUMED_CLEAN if names else 1.0
    shares = {CLEAN: clean} | {name: (1.0 - clean) / len(names) for name in names}
    return _mix(shares, rows, ranges, (said.days or ASSUMED_DAYS, said.untested, Origin.ASSUMED), file)


def _mix(
    shares: Mapping[str, float],
    rows: Sequence[ConditionRow],
    ranges: Calibrated,
    rest: tuple[float, float, Origin],
    file: str,
) -> Mix:
    found = dict.fromkeys((row.key for row in rows), 0.0)
    for name, share in shares.items():
        keys = _keys(name, rows, ranges, file)
        for key in keys:
            found[key] += share / len(keys)
    total = sum(found.values())
    return Mix({key: share / total for key, share in found.items() if share > 0}, *rest)


def _keys(name: str, rows: Sequence[ConditionRow], ranges: Calibrated, file: str) -> list[str]:
    """The conditions that a name in the mix stands for: itself, or a perturbation's where limits bind (else all)."""
    exact = [row.key for row in rows if row.key == name]
    of_name = [row for row in rows if row.name == name]
    binding = [row.key for row in of_name if is_binding(row, ranges)]
    keys = exact or binding or [row.key for row in of_name]
    if not keys:
        known = list(dict.fromkeys(row.name for row in rows))
        shown = ", ".join(known[:NAMED]) + (" ..." if len(known) > NAMED else "")
        raise UsageError(
            f"mix.shares names {name}, which the run did not show",
            file=file,
            mend=f"take it out, or audit it first; the run shows {shown}",
        )
    return keys


def share_draws(mix: Mix, count: int, rng: np.random.Generator) -> Floats:
    """(count, C) draws of the shares: Dirichlet with the mix's days as its observations."""
    return np.asarray(rng.dirichlet(mix.days * np.array(list(mix.shares.values())), count))


def strange_draws(mix: Mix, count: int, rng: np.random.Generator) -> tuple[Floats, tuple[str, ...]]:
    """(count, C) weights of what an untested disturbance is like, and the perturbations that it may be like.

    It is taken for exchangeable with the tested ones: each draw is like one of them, all alike likely.
    """
    keys = [key for key in mix.keys if key != CLEAN] or list(mix.keys)
    names = [key.split("@")[0] for key in mix.keys]
    known = tuple(dict.fromkeys(key.split("@")[0] for key in keys))
    table = np.array([[float(name == which) for name in names] for which in known])
    table /= table.sum(axis=1, keepdims=True)
    return np.asarray(table[rng.integers(0, len(known), count)]), known
