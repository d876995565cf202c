"""Which size is the best buy: hull, dominated sizes, net benefit and the probability of being best at each price."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.errors import UsageError
from appliance.law.bootstrap import scatter
from appliance.law.types import DELTA, Floats, Measured, Value

PRICES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""What a doubling must bring to be worth it, pp of accuracy: the axis of the acceptability curves."""

_LIKELY, _SURE = 0.05, 0.95


def concave_hull(x: Floats, y: Floats) -> list[int]:
    """Indices (rising x) of the upper concave hull of points (x, y), from the smallest x to the highest y.

    Monotone chain (Andrew 1979); sizes off it are never best at any price. x: (m,) strictly rising.
    """
    hull: list[int] = []
    for i in range(int(np.argmax(y)) + 1):
        while len(hull) > 1 and _bends_up(x, y, hull[-2], hull[-1], i):
            hull.pop()
        hull.append(i)
    return hull


def _bends_up(x: Floats, y: Floats, a: int, b: int, c: int) -> bool:
    return bool((y[b] - y[a]) * (x[c] - x[a]) <= (y[c] - y[a]) * (x[b] - x[a]))


def net_benefit(accuracy: Floats, octaves: Floats, price: float) -> Floats:
    """Accuracy (pp, (..., m)) less `price` (pp per doubling) times doublings of cost (m,); Stinnett & Mullahy 1998."""
    return np.asarray(accuracy - price * octaves)


def net_money(errors: Floats, cost_per_part: Floats, loss_per_error: float) -> Floats:
    """Expected money per part, (..., m): what running a size costs plus what its errors cost; lower is better."""
    return np.asarray(cost_per_part + loss_per_error * errors)


def acceptability(benefit: Floats) -> Floats:
    """Probability of being best, (m,), over draws of net benefit (B, m) (van Hout 1994); ties go to the smaller."""
    best = np.argmax(benefit, axis=1)
    return np.asarray(np.bincount(best, minlength=benefit.shape[1]) / len(benefit))


def dominated(draws: Floats, sure: float = _SURE) -> list[int]:
    """Sizes that some smaller size equals or beats in accuracy (draws (B, m), sizes rising) with probability `sure`."""
    return [i for i in range(1, draws.shape[1]) if float((draws[:, :i] >= draws[:, i : i + 1]).mean(0).max()) >= sure]


def value(m: Measured, *, tau: float, delta: float = DELTA, prices: tuple[float, ...] = PRICES, seed: int = 0) -> Value:
    """Hull, dominated sizes and acceptability of one quantity; `sizes` are those at least 5 % likely best at `delta`.

    Without draws the probabilities are those of the point estimate alone (0 or 1).
    """
    rates = m.errors[None] if m.draws is None else m.draws
    noise = 0.0 if m.draws is None else scatter((rates.shape[0], rates.shape[1]), tau, seed)
    accuracy = 100.0 * (1.0 - rates + noise)
    rows = [acceptability(net_benefit(accuracy, m.octaves, p)) for p in prices]
    here = acceptability(net_benefit(accuracy, m.octaves, delta))
    names = np.array(m.names, dtype=object)
    return Value(
        m.names,
        tuple(names[concave_hull(m.octaves, 1.0 - m.errors)]),
        tuple(names[dominated(accuracy)]),
        tuple(prices),
        tuple(tuple(map(float, r)) for r in rows),
        tuple(n for n, p in zip(m.names, here, strict=True) if p >= _LIKELY),
    )


@dataclass(frozen=True)
class Feasible:
    """Sizes that meet the hard limits, and the one with the largest lower bound of accuracy among them."""

    names: tuple[str, ...]
    best: str | None


def feasible(
    names: tuple[str, ...],
    accuracy_low: Floats,
    *,
    p99_ms: Floats,
    takt_ms: float,
    escape_upper: Floats,
    escape_limit: float,
) -> Feasible:
    """Largest lower bound of accuracy subject to p99 upper bound <= takt and escape upper bound <= limit.

    All (m,); a NaN bound is not provable and so not feasible. Raises UsageError where the lengths differ.
    """
    if len({len(names), len(accuracy_low), len(p99_ms), len(escape_upper)}) != 1:
        raise UsageError("names, accuracy, latency and escapes differ in length", mend="give one value per size")
    holds: NDArray[np.bool_] = (p99_ms <= takt_ms) & (escape_upper <= escape_limit)
    inside = np.flatnonzero(holds)
    best = names[inside[np.argmax(accuracy_low[inside])]] if len(inside) else None
    return Feasible(tuple(names[i] for i in inside), best)
