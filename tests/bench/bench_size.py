"""`python -m tests.bench.bench_size [TABLE ...]`: how wrong predictions of speed are, and whether their bands hold.

On the published tables beside the repository where they are there; a constant ratio and a fit on MACs alone stand
beside ours. Without tables: the errors of the fits that are shipped.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np

from appliance.sizing.backtest import backtest
from appliance.sizing.errors import errors_of
from appliance.sizing.fits import Fit
from appliance.sizing.groups import architectures, folds
from appliance.sizing.shipped import shipped
from appliance.sizing.table import Table, read_tables, works
from appliance.sizing.work import Floats

TIMM = Path(__file__).parents[3] / "shared/tables/timm"
HEADS = ("from", "to", "models", "architectures", "median %", "p90 %", "90 % band covers %", "how")
ASKED = {True: (0.06, 0.14), False: (0.17, 0.55)}  # median and p90: measured on one machine; not measured at all


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where what is asked of the eager pair, or of any band, is not reached."""
    paths = [Path(name) for name in arguments] or ([TIMM] if TIMM.is_dir() else [])
    fits = backtest(read_tables(paths)) if paths else list(shipped())
    print(f"| {' | '.join(HEADS)} |\n|{' --- |' * len(HEADS)}")
    for line in [*(_line(fit) for fit in _told(fits)), *(_simple(read_tables(paths)) if paths else ())]:
        print(line)
    missed = list(_missed(fits))
    print("\n".join(missed) or "\nAll that is asked is reached.")
    return 1 if missed else 0


def _told(fits: Sequence[Fit]) -> Iterator[Fit]:
    """Every fit of a function; of ratios the first of each table, since they share a band."""
    seen = set()
    for fit in fits:
        if fit.smooth is not None or fit.origin not in seen:
            seen.add(fit.origin)
            yield fit


def _line(fit: Fit) -> str:
    e = fit.errors
    how = "function of MACs, activations, parameters" if fit.smooth else "one ratio, band of all pairs"
    figures = f"{100 * e.median:.1f} | {100 * e.p90:.1f} | {100 * e.coverage:.1f}"
    return f"| {fit.source or 'not measured'} | {fit.target} | {e.n} | {e.groups} | {figures} | {how} |"


def _simple(table: Table) -> Iterator[str]:
    """What simpler rules reach on the same pairs, held out in the same way."""
    for a, b in permutations(sorted(table.devices), 2):
        pairs = [(x, y) for x, y in table.shared(a, b) if min(x.macs, x.activations, x.params) > 0]
        if len(pairs) < 60:
            continue
        work = works([x for x, _ in pairs])
        y = np.log([right.rate / left.rate for left, right in pairs])
        groups = architectures([left.model for left, _ in pairs], work)
        fold = folds(groups)
        for name, residual in (("constant ratio", _constant(y, fold)), ("line in log MACs", _line_in(work, y, fold))):
            e = errors_of(residual, groups, fold)
            yield f"| {a} | {b} | {e.n} | {e.groups} | {100 * e.median:.1f} | {100 * e.p90:.1f} | | {name} |"


def _constant(y: Floats, fold: np.ndarray) -> Floats:
    return np.array([y[k] - np.median(y[fold != fold[k]]) for k in range(len(y))])


def _line_in(work: Floats, y: Floats, fold: np.ndarray) -> Floats:
    x = np.log(work[:, 0])
    lines = {k: np.polyfit(x[fold != k], y[fold != k], 1) for k in np.unique(fold)}
    return np.array([y[k] - np.polyval(lines[fold[k]], x[k]) for k in range(len(y))])


def _missed(fits: Sequence[Fit]) -> Iterator[str]:
    for fit in fits:
        e, name = fit.errors, f"{fit.source or 'not measured'} to {fit.target}"
        if not 0.85 <= e.coverage <= 0.95:
            yield f"{name}: the band covers {e.coverage:.1%}"
        median, p90 = ASKED[bool(fit.source)]
        eager = "dynamo" not in fit.source + fit.target or not fit.source
        if fit.smooth is not None and eager and (e.median > median or e.p90 > p90):
            yield f"{name}: {e.median:.1%} / {e.p90:.1%}, asked {median:.0%} / {p90:.0%}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
