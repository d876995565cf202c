"""What a probe says of every member: how often a flip lies within the box, how far off, and in which direction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.probe.types import FlipRow, ProbeRecord
from appliance.score.grid import group_codes
from appliance.score.intervals import rate
from appliance.score.types import Interval, Rate

REPLICATES = 2000
QUANTILES = {"p10": 0.1, "median": 0.5}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tolerance:
    """One member.

    parts: probed; wrong: decided wrongly on the clean picture already. flipped: of the parts decided rightly, those
    with a flip in reach; escapes and overkills the same among NG and OK parts. quantiles: of the distance to the
    nearest flip over parts decided rightly, 95 % bootstrap over parts (by group); infinite where none was found.
    weakest: perturbation -> share of the squared distance, the mean over the flips found, largest first.
    alone: perturbation -> parts that it flips on its own.
    """

    member: str
    parts: int
    wrong: int
    flipped: Rate
    escapes: Rate
    overkills: Rate
    quantiles: Mapping[str, Interval]
    weakest: Mapping[str, float]
    alone: Mapping[str, int]
    distances: tuple[float, ...]


def tolerances(record: ProbeRecord) -> tuple[Tolerance, ...]:
    """Every member, in the order of the family."""
    return tuple(
        _tolerance(name, [row for row in record.rows if row.member == name], record.seed) for name in record.members
    )


def _tolerance(name: str, rows: Sequence[FlipRow], seed: int) -> Tolerance:
    right = [row for row in rows if row.right]
    flips = [row for row in right if row.flipped]
    distances = np.array([row.distance for row in right])
    return Tolerance(
        name,
        len(rows),
        len(rows) - len(right),
        _share(right),
        _share([row for row in right if row.ng]),
        _share([row for row in right if not row.ng]),
        _quantiles(distances, [row.group for row in right], seed),
        _weakest(flips),
        _alone(flips),
        tuple(float(value) for value in np.sort(distances)),
    )


def _share(rows: Sequence[FlipRow]) -> Rate:
    """Flipped of `rows`; parts of one group count as one where all of a group's parts are alike."""
    codes = group_codes([row.group for row in rows])
    hits = np.array([row.flipped for row in rows], np.float64)
    if codes is None:
        return rate(int(hits.sum()), len(rows))
    size = np.bincount(codes).astype(np.float64)
    return rate(int(hits.sum()), len(rows), (np.bincount(codes, weights=hits), size))


def _quantiles(distances: Floats, groups: Sequence[str], seed: int) -> dict[str, Interval]:
    """Quantiles of distances that may be infinite: of the ordered values themselves, never between two."""
    if not len(distances):
        return {name: Interval(np.nan, np.nan, np.nan) for name in QUANTILES}
    codes = group_codes(groups)
    blocks = _blocks(np.arange(len(distances)) if codes is None else codes)
    rng = np.random.default_rng(np.random.SeedSequence((seed, len(distances), len(blocks))))
    draws = [_drawn(distances, blocks, rng) for _ in range(REPLICATES)]
    found = {}
    for name, q in QUANTILES.items():
        values = np.sort([_quantile(drawn, q) for drawn in draws])
        low, high = values[int(0.025 * len(values))], values[int(np.ceil(0.975 * len(values))) - 1]
        found[name] = Interval(_quantile(distances, q), float(low), float(high))
    return found


def _blocks(codes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [np.flatnonzero(codes == code) for code in np.unique(codes)]


def _drawn(distances: Floats, blocks: Sequence[NDArray[np.intp]], rng: np.random.Generator) -> Floats:
    picked = rng.integers(0, len(blocks), len(blocks))
    return np.asarray(distances[np.concatenate([blocks[index] for index in picked])])


def _quantile(values: Floats, q: float) -> float:
    ordered = np.sort(values)
    return float(ordered[max(int(np.ceil(q * len(ordered))) - 1, 0)])


def _weakest(flips: Sequence[FlipRow]) -> dict[str, float]:
    totals: dict[str, float] = {}
    counted = [row for row in flips if row.shares]
    for row in counted:
        square = sum(share**2 for share in row.shares.values())
        for name, share in row.shares.items():
            totals[name] = totals.get(name, 0.0) + share**2 / square / len(counted)
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def _alone(flips: Sequence[FlipRow]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in flips:
        if len(row.shares) == 1:
            name = next(iter(row.shares))
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))
