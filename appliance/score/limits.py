"""The site's limits on every cell, judged on the one-sided 95 % upper bound.

A limit is binding on clean pictures and within what the site was calibrated to show; beyond it a crossing is
information.
"""

import math
from collections.abc import Callable, Iterable, Mapping

from appliance.log.types import ConditionRow
from appliance.score.cells import Key
from appliance.score.grid import CLEAN
from appliance.score.intervals import parts_needed, parts_needed_at
from appliance.score.types import CellScore, LimitState, LimitVerdict, Rate

RATES: dict[str, Callable[[CellScore], Rate]] = {
    "escape_rate": lambda cell: cell.escape,
    "overkill_rate": lambda cell: cell.overkill,
}
"""The limits there are, by their name in site.toml, with the rate each bounds."""

BINDING_LEVELS = (1, 2)  # where nothing is calibrated

Calibrated = Mapping[str, tuple[float, float]]
"""Per perturbation the lowest and highest severity that the site's own pictures show."""


def judge(rate: Rate, allowed: float) -> tuple[LimitState, int | None]:
    """How `rate` stands to a limit of `allowed` (0..1), and the parts that would prove it.

    It holds where the upper bound is within the limit, and is breached where the rate itself is over it. Between the
    two it is not shown to hold: the number then says how many parts would prove it at the rate seen. Neither of the
    two counts as held.
    """
    if rate.upper <= allowed:
        return LimitState.HOLDS, None
    return LimitState.BREACHED if rate.estimate > allowed else LimitState.NOT_PROVABLE, _needed(rate, allowed)


def _needed(rate: Rate, allowed: float) -> int | None:
    """Parts, grouped as these are, that prove the limit at the rate seen; None where no number would."""
    if not 0.0 < allowed < 1.0:
        return None
    if not rate.n:
        return parts_needed(allowed)
    needed = parts_needed_at(allowed, rate.k, rate.n)
    return None if needed is None else math.ceil(needed * rate.n / rate.n_eff)


def limit_verdicts(
    cells: Mapping[Key, CellScore],
    conditions: Iterable[ConditionRow],
    limits: Mapping[str, float],
    calibrated: Calibrated | None = None,
) -> tuple[LimitVerdict, ...]:
    """Every known limit on every cell that was scored, in the order of `cells`; names that are no limit are ignored."""
    binding = {row.key: is_binding(row, calibrated or {}) for row in conditions}
    return tuple(
        _verdict(cell, name, allowed, binding[cell.condition])
        for cell in cells.values()
        if cell.accuracy.n
        for name, allowed in limits.items()
        if name in RATES
    )


def _verdict(cell: CellScore, name: str, allowed: float, binding: bool) -> LimitVerdict:
    rate = RATES[name](cell)
    state, needed = judge(rate, allowed)
    return LimitVerdict(cell.member, cell.condition, name, allowed, rate.upper, state, binding, needed, rate.estimate)


def is_binding(row: ConditionRow, calibrated: Calibrated) -> bool:
    """Whether limits bind under this condition: clean, within the calibrated range, or level 1 or 2 without one."""
    if row.key == CLEAN:
        return True
    if row.name in calibrated:
        low, high = calibrated[row.name]
        return low <= row.severity <= high
    return row.level in BINDING_LEVELS
