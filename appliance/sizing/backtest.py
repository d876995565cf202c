"""Back-testing: predict each architecture from the others, on every pair of machines that a table holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from appliance.sizing.errors import Errors, covering, ends, errors_of, within
from appliance.sizing.fits import Fit, joined
from appliance.sizing.groups import architectures, folds
from appliance.sizing.smooth import fit
from appliance.sizing.table import Row, Table, works
from appliance.sizing.work import Floats, Work

ENOUGH = 60  # models: with fewer, a pair of machines gets one ratio instead of a function
FEWEST = 4  # models that a ratio needs
PAIR = (1.0, 0.1)  # reach and ridge where the source's speed is known
ALONE = (3.0, 1.0)  # where only the size of the model is known
NONE = Errors(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, {})
CORNERS = (0.05, 0.2, 0.5)  # quantiles of the table's work at which a ceiling for smaller models is kept


@dataclass(frozen=True)
class Tested:
    """A fit and its (n,) residuals log(true / predicted), each predicted without its own architecture."""

    fit: Fit
    residual: Floats


def backtest(table: Table, measure: str = "throughput", origin: str = "") -> list[Fit]:
    """A fit for every ordered pair of machines, and for every machine alone, that the table supports."""
    names = sorted(table.devices)
    pairs = [pair for a, b in permutations(names, 2) if (pair := _pair(table.shared(a, b)))]
    alone = [one for name in names if (one := _alone(list(table.devices[name].values())))]
    found = [*_pooled(pairs), *(one.fit for one in alone)]
    return [replace(one, measure=measure, origin=origin) for one in found]


def _pair(both: Sequence[tuple[Row, Row]]) -> Tested | None:
    known = [pair for pair in both if _complete(pair[0])]
    if len(known) >= ENOUGH:
        return _smooth_pair([a for a, _ in known], [b for _, b in known])
    return _ratio([a for a, _ in both], [b for _, b in both]) if len(both) >= FEWEST else None


def _complete(row: Row) -> bool:
    return min(row.macs, row.activations, row.params) > 0


def _smooth_pair(left: Sequence[Row], right: Sequence[Row]) -> Tested:
    work, source = works(left), _rates(left)
    return _smooth(left[0].device, right, work, joined(work, source), np.log(_rates(right) / source), PAIR)


def _alone(rows: Sequence[Row]) -> Tested | None:
    rows = [row for row in rows if _complete(row)]
    if len(rows) < ENOUGH:
        return None
    work = works(rows)
    found = _smooth("", rows, work, joined(work, None), np.log(_rates(rows) * work[:, 1]), ALONE)
    return Tested(replace(found.fit, ceilings=tuple(_corners(rows))), found.residual)


def _smooth(
    source: str, rows: Sequence[Row], work: Floats, x: Floats, y: Floats, setting: tuple[float, float]
) -> Tested:
    reach, ridge = setting
    groups = architectures([row.model for row in rows], work)
    fold = folds(groups)
    residual = np.empty(len(y))
    for k in range(int(fold.max()) + 1):
        held = fold == k
        residual[held] = y[held] - fit(x[~held], y[~held], reach=reach, ridge=ridge)(x[held])
    whole = _fit(source, rows, x)
    smooth = fit(x, y, reach=reach, ridge=ridge)
    return Tested(replace(whole, smooth=smooth, errors=errors_of(residual, groups, fold)), residual)


def _ratio(left: Sequence[Row], right: Sequence[Row]) -> Tested:
    """One ratio for all models: the median, each model predicted by the others'."""
    y = np.log(_rates(right) / _rates(left))
    residual = np.array([y[k] - np.median(np.delete(y, k)) for k in range(len(y))])
    whole = _fit(left[0].device, right, np.log([[row.macs] for row in right]))
    error = np.abs(np.expm1(-residual))
    errors = replace(NONE, n=len(y), groups=len(y), median=float(np.median(error)), p90=float(np.quantile(error, 0.9)))
    found = replace(whole, level=float(np.median(y)), errors=errors, ceilings=tuple(_each(right)))
    return Tested(found, residual)


def _fit(source: str, rows: Sequence[Row], x: ArrayLike) -> Fit:
    """All of a fit but its function and errors."""
    columns = np.asarray(x, np.float64).T
    box = tuple((float(column.min()), float(column.max())) for column in columns)
    batches = [row.batch for row in rows]
    return Fit(source, rows[0].device, "", rows[0].precision, (min(batches), max(batches)), None, 0.0, box, NONE)


def _rates(rows: Sequence[Row]) -> Floats:
    return np.array([row.rate for row in rows], np.float64)


def _pooled(pairs: Sequence[Tested]) -> list[Fit]:
    """Ratios of a table share one band: with a handful of models a pair alone says nothing of its tails.

    Its coverage is then by machine: each pair is judged by a band made from the pairs that touch neither of its two.
    """
    whole = [pair.fit for pair in pairs if pair.fit.smooth is not None]
    ratios = [pair for pair in pairs if pair.fit.smooth is None]
    if not ratios:
        return whole
    pool = np.concatenate([pair.residual for pair in ratios])
    ends_of = np.array([(pair.fit.source, pair.fit.target) for pair in ratios for _ in pair.residual])

    def inside(tail: float) -> Floats:
        return np.concatenate([_inside(pair, pool, ends_of, tail) for pair in ratios])

    tail, coverage = covering(inside)
    low, high = ends(pool, tail)
    shared = [replace(pair.fit.errors, low=low, high=high, coverage=coverage) for pair in ratios]
    return [*whole, *(replace(pair.fit, errors=errors) for pair, errors in zip(ratios, shared, strict=True))]


def _inside(pair: Tested, pool: Floats, ends_of: NDArray[np.str_], tail: float) -> Floats:
    """(n,) 1 where a pair's residual lies in the band of the pairs that share no machine with it (of all, if none)."""
    apart = pool[~np.isin(ends_of, [pair.fit.source, pair.fit.target]).any(axis=1)]
    return within(pair.residual, ends(apart if len(apart) else pool, tail))


def _corners(rows: Sequence[Row]) -> Iterator[tuple[Work, float, int]]:
    """For models smaller than all that was tested: the slowest of the small ones, one picture out of a whole batch."""
    work = works(rows)
    for share in CORNERS:
        corner = Work(*(float(np.quantile(column, share)) for column in work.T))
        small = [row for row in rows if _work(row).within(corner)]
        if small:
            yield corner, max(1000.0 * max(row.batch, 1) / row.rate for row in small), len(small)


def _each(rows: Sequence[Row]) -> Iterator[tuple[Work, float, int]]:
    """Every model of a small table, as a ceiling for what is smaller than it in all respects."""
    for row in rows:
        yield _work(row), 1000.0 * max(row.batch, 1) / row.rate, 1


def _work(row: Row) -> Work:
    return Work(row.macs, row.activations, row.params, row.side**2)
