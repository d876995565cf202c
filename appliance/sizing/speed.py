"""How long one inference takes on a machine: measured there, carried over from another, or between two bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from appliance.language.tongue import filled, mark
from appliance.sizing.catalogue import Catalogue, Machine
from appliance.sizing.fits import Fit
from appliance.sizing.samples import Sample
from appliance.sizing.work import Work

Basis = Literal["measured", "carried over", "bounds", "none"]
HALF = frozenset({"fp16", "amp", "bf16"})


@dataclass(frozen=True)
class Speed:
    """Milliseconds of one inference at batch 1: `estimate` with its 90 % band; None where nothing supports a number.

    `why` says what the number rests on, or why there is none. `ratio` is the band as factors of the sample's time;
    `missed`: median and p90 of the relative error on models that were held out.
    """

    basis: Basis
    why: str
    band: tuple[float, float, float] | None = None
    sample: Sample | None = None
    ratio: tuple[float, float, float] = (1.0, 1.0, 1.0)
    missed: tuple[float, float] | None = None


@dataclass(frozen=True)
class Supported:
    """The fits that may be used, with the machines of the catalogue they speak of."""

    fits: tuple[Fit, ...]
    catalogue: Catalogue

    @cached_property
    def by_machines(self) -> dict[tuple[str, str], list[Fit]]:
        """Fits by (source, target) as the catalogue calls them; a source of "" is no machine at all."""
        names: dict[str, str] = {"": ""}
        for fit in self.fits:
            for name in (fit.source, fit.target):
                if name not in names:
                    machine = self.catalogue.find(name)
                    names[name] = machine.name if machine else name
        found: dict[tuple[str, str], list[Fit]] = {}
        for fit in self.fits:
            found.setdefault((names[fit.source], names[fit.target]), []).append(fit)
        return found

    def pairs(self, source: str, target: str) -> list[Fit]:
        """Fits from one machine to another."""
        return self.by_machines.get((source, target), [])

    def of(self, target: str) -> list[Fit]:
        """All fits that speak of `target`, from whatever source."""
        return [fit for (_, name), fits in self.by_machines.items() if name == target for fit in fits]

    @cached_property
    def gap(self) -> tuple[float, float] | None:
        """How far ratios of single-picture times stray from ratios of throughput: 5 % and 95 % points of the log.

        From the tables that hold both for the same pairs of machines and precision; None where there are none.
        """
        level = {(fit.source, fit.target, fit.precision, fit.measure): fit.level for fit in self.fits if not fit.smooth}
        strays = [
            value - level[source, target, precision, "throughput"]
            for (source, target, precision, measure), value in level.items()
            if measure == "latency" and (source, target, precision, "throughput") in level
        ]
        if not strays:
            return None
        low, high = np.quantile(strays, (0.05, 0.95))
        return float(low), float(high)


def speed(work: Work, samples: Sequence[Sample], machine: Machine, known: Supported) -> Speed:
    """The time of one inference of a member on `machine`."""
    catalogue = known.catalogue
    here = [sample for sample in samples if _same(catalogue, sample.machine, machine)]
    if here:
        sample = min(here, key=lambda sample: sample.mean_ms)
        t, error = sample.infer_ms, sample.error_ms
        why = filled("measured there, {load} load, {n} independent parts", load=sample.load, n=sample.n)
        return Speed("measured", why, (t, max(t - error, 0.0), t + error), sample)
    carried = [found for sample in samples if (found := _carried(work, sample, machine, known)).band]
    if carried:
        return min(carried, key=lambda found: found.ratio[2] / found.ratio[1])
    usual = "amp" if machine.kind == "gpu" else "fp32"
    bounds = _bounds(work, machine, known, samples[0].precision if samples and machine.kind != "gpu" else usual)
    if bounds.band:
        return bounds
    refused = [_carried(work, sample, machine, known).why for sample in samples]
    return Speed("none", next((why for why in refused if why), bounds.why))


def _same(catalogue: Catalogue, name: str, machine: Machine) -> bool:
    found = catalogue.find(name)
    return found is not None and found.name == machine.name


def _carried(work: Work, sample: Sample, machine: Machine, known: Supported) -> Speed:
    """The sample's time by the ratio of the two machines, where a back-test of that very pair supports it."""
    source = known.catalogue.find(sample.machine)
    if source is None:
        return Speed("none", filled("no table compares {machine} with another machine", machine=sample.machine))
    fits = [fit for fit in known.pairs(source.name, machine.name) if like(fit.precision, sample.precision)]
    if not fits:
        why = filled(
            "no table holds both {one} and {other} in {precision}",
            one=source.name,
            other=machine.name,
            precision=sample.precision,
        )
        return Speed("none", why)
    fit = next((fit for fit in sorted(fits, key=_order) if _order(fit) < BATCHES), None)
    if fit is None or (_order(fit) == STREAMS and not known.gap):
        why = filled("the tables compare {one} and {other} in larger batches only", one=source.name, other=machine.name)
        return Speed("none", why)
    rate = 1000.0 / sample.infer_ms if sample.infer_ms > 0 else 0.0
    outside = fit.outside(work, rate) if rate else mark("no time of inference alone was measured")
    if outside:
        why = filled(
            "beyond the back-test of {one} and {other}: {why}", one=source.name, other=machine.name, why=outside
        )
        return Speed("none", why)
    estimate = rate / fit.rate(work, rate)[0]
    low, high = band_of(fit, known)
    ratio = (estimate, estimate * float(np.exp(-high)), estimate * float(np.exp(-low)))
    band = tuple(factor * sample.infer_ms for factor in ratio)
    why = filled(
        "carried over from {machine}; on {n} other models this missed by {median} (median), {p90} (p90)",
        machine=source.name,
        n=fit.errors.n,
        median=f"{fit.errors.median:.0%}",
        p90=f"{fit.errors.p90:.0%}",
    )
    return Speed("carried over", why, (band[0], band[1], band[2]), sample, ratio, (fit.errors.median, fit.errors.p90))


def band_of(fit: Fit, known: Supported) -> tuple[float, float]:
    """The 90 % band of log(true / predicted) speed for single pictures.

    For throughput of streams the stray of single pictures is added in quadrature: both are errors of their own.
    """
    low, high = fit.errors.low, fit.errors.high
    if _order(fit) != STREAMS or known.gap is None:
        return low, high
    return -float(np.hypot(low, known.gap[0])), float(np.hypot(high, known.gap[1]))


SINGLE, STREAMS, BATCHES = 0, 1, 2


def _order(fit: Fit) -> int:
    """What a fit's speeds are of: single pictures, streams of them (no batch said), or batches."""
    if fit.measure == "latency" or fit.batch[1] == 1:
        return SINGLE
    return STREAMS if fit.batch[1] == 0 else BATCHES


def like(a: str, b: str) -> bool:
    """Whether two precisions are one for a comparison of machines."""
    return a == b or {a, b} <= HALF


def _bounds(work: Work, machine: Machine, known: Supported, precision: str) -> Speed:
    """What larger models took at most, or a whole batch; of several settings (eager, compiled) the slowest counts."""
    every = known.of(machine.name)
    if not every:
        return Speed("none", mark("no published or own table holds this machine; measure on a demo unit"))
    fits = [fit for fit in every if like(fit.precision, precision) and _order(fit) != STREAMS]
    tightest = _tightest(work, [fit for fit in fits if fit.smooth]) or _tightest(work, fits)
    if not tightest:
        outside = next((why for fit in every if (why := fit.outside(work))), "")
        outside = outside or filled("in {precision} nothing was published", precision=precision)
        return Speed("none", filled("beyond the back-test: {why}", why=outside))
    low, high, why = max(tightest, key=lambda bound: bound[1])
    return Speed("bounds", why, ((low + high) / 2, low, high))


Bound = tuple[float, float, str]


def _tightest(work: Work, fits: Sequence[Fit]) -> list[Bound]:
    """Of each fit its lowest ceiling."""
    found = ([*_alone(work, fit), *_ceilings(work, fit)] for fit in fits)
    return [min(bounds, key=lambda bound: bound[1]) for bounds in found if bounds]


def _alone(work: Work, fit: Fit) -> list[Bound]:
    """One picture takes at least its share of a full batch, and at most as long as the whole batch."""
    if fit.source or fit.smooth is None or fit.outside(work):
        return []
    _, slow, fast = fit.rate(work)
    why = filled(
        "between one picture's share of a batch and a whole batch of {batch}, predicted from the model's size; on {n} "
        "others this missed by {median} (median), {p90} (p90)",
        batch=fit.batch[1],
        n=fit.errors.n,
        median=f"{fit.errors.median:.0%}",
        p90=f"{fit.errors.p90:.0%}",
    )
    return [(1000.0 / fast, 1000.0 * fit.batch[1] / slow, why)]


def _ceilings(work: Work, fit: Fit) -> list[Bound]:
    """For a small model: what larger ones took. Of ceilings seen on one model each the second lowest is taken."""
    found = []
    many = [(ms, n) for corner, ms, n in fit.ceilings if n > 1 and work.within(corner)]
    if many:
        ms, n = min(many)
        why = filled("at most what the slowest of {n} small models took for a whole batch", n=n)
        found.append((0.0, ms, why))
    ones = sorted(ms for corner, ms, n in fit.ceilings if n == 1 and work.within(corner))
    if len(ones) > 1:
        why = filled("at most what {n} published models took that are all larger than this one", n=len(ones))
        found.append((0.0, ones[1], why))
    return found
