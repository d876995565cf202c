"""How far each perturbation may go before a limit is crossed: severities swept, crossing interpolated."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from appliance.log.types import ConditionRow
from appliance.score.cells import Key
from appliance.score.grid import CLEAN
from appliance.score.limits import RATES, judge
from appliance.score.types import CellScore, Envelope, EnvelopeState, LimitState, Rate


@dataclass(frozen=True)
class Sweep:
    """One perturbation as it was tested: its severities (repeats apart) and the one at which it does nothing."""

    name: str
    unit: str
    neutral: float
    rows: tuple[ConditionRow, ...]


def sweeps(conditions: Iterable[ConditionRow]) -> list[Sweep]:
    """Every perturbation of a run in order of first appearance."""
    by_name: dict[str, list[ConditionRow]] = {}
    for row in conditions:
        if row.key != CLEAN:
            by_name.setdefault(row.name, []).append(row)
    return [Sweep(name, rows[0].unit, rows[0].neutral, tuple(rows)) for name, rows in by_name.items()]


def envelopes(
    cells: Mapping[Key, CellScore], members: Iterable[str], found: Iterable[Sweep], limits: Mapping[str, float]
) -> tuple[Envelope, ...]:
    """One envelope per perturbation, member and known limit, for members whose clean cell was scored."""
    scored = [name for name in members if (name, CLEAN) in cells and cells[name, CLEAN].accuracy.n]
    return tuple(
        envelope(cells, member, sweep, limit, allowed)
        for sweep in found
        for member in scored
        for limit, allowed in limits.items()
        if limit in RATES
    )


def envelope(cells: Mapping[Key, CellScore], member: str, sweep: Sweep, limit: str, allowed: float) -> Envelope:
    """Where the upper bound of a rate first crosses `allowed` (0..1), going away from the neutral severity.

    Severities may lie above the neutral one, below it, or on both sides: then the nearer crossing counts. `tested` is
    ordered by its distance from neutral. Failed cells are not tested.
    """
    rate_of = RATES[limit]
    uppers = _uppers(cells, member, sweep, rate_of)
    clean = rate_of(cells[member, CLEAN])
    state, severity, needed = _crossing(clean, uppers, sweep.neutral, allowed)
    tested = tuple(sorted(uppers, key=lambda s: (abs(s - sweep.neutral), s)))
    return Envelope(member, sweep.name, sweep.unit, limit, state, severity, sweep.neutral, tested, needed)


def _uppers(
    cells: Mapping[Key, CellScore], member: str, sweep: Sweep, rate_of: Callable[[CellScore], Rate]
) -> dict[float, float]:
    """The upper bound per severity: over repeats the largest."""
    found: dict[float, float] = {}
    for row in sweep.rows:
        cell = cells.get((member, row.key))
        if cell is not None and cell.accuracy.n:
            found[row.severity] = max(rate_of(cell).upper, found.get(row.severity, 0.0))
    return found


def _crossing(
    clean: Rate, uppers: Mapping[float, float], neutral: float, allowed: float
) -> tuple[EnvelopeState, float | None, int | None]:
    standing, needed = judge(clean, allowed)
    if standing is LimitState.NOT_PROVABLE:
        return EnvelopeState.NOT_PROVABLE, None, needed
    if standing is LimitState.BREACHED:
        return EnvelopeState.ALREADY_AT_CLEAN, None, needed
    outward = [_first_crossing(clean.upper, uppers, neutral, side, allowed) for side in (1.0, -1.0)]
    reached = [severity for severity in outward if severity is not None]
    if not reached:
        return EnvelopeState.NOT_REACHED, None, None
    return EnvelopeState.REACHED, min(reached, key=lambda s: abs(s - neutral)), None


def _first_crossing(
    clean: float, uppers: Mapping[float, float], neutral: float, side: float, allowed: float
) -> float | None:
    """The severity of the crossing on one side of neutral, None where the bound stays within `allowed`.

    The bounds are made non-decreasing away from neutral (isotonic least squares) and joined by straight lines.
    """
    away = sorted((s for s in uppers if (s - neutral) * side > 0), key=lambda s: s * side)
    severities = [neutral, *away]
    fitted = isotonic_regression([clean, *(uppers[s] for s in away)]).x
    crossed = np.flatnonzero(fitted > allowed)
    return None if not len(crossed) else _between(severities, fitted, int(crossed[0]), allowed)


def _between(severities: Sequence[float], bounds: Sequence[float], over: int, allowed: float) -> float:
    """Where the line from the severity before `over` to that at `over` meets `allowed`."""
    before, after = severities[over - 1], severities[over]
    if not math.isfinite(before):
        return before  # nothing to interpolate from an infinite neutral severity: nothing but it is shown to hold
    share = (allowed - bounds[over - 1]) / (bounds[over] - bounds[over - 1])
    return float(before + share * (after - before))
