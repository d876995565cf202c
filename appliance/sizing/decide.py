"""One machine, one size: does it keep up with the line, and is that shown."""

from dataclasses import dataclass

import numpy as np

from appliance.language.tongue import filled, mark
from appliance.sections.prices import PricesSection
from appliance.sections.sizing import SizingSection
from appliance.sizing.catalogue import Machine
from appliance.sizing.money import money, power_of
from appliance.sizing.queueing import Arrivals, Queue, parts_to_prove, simulate, unseen_share
from appliance.sizing.samples import Sample
from appliance.sizing.speed import Speed, Supported, speed
from appliance.sizing.types import Meets, Row, Span
from appliance.sizing.work import Floats, Work

DEMO = mark("measure on a demo unit")
STEADY = 101  # quantiles of a time of which only bounds are known


@dataclass(frozen=True)
class Asked:
    """What the line and the site ask of every machine."""

    line: Arrivals
    sizing: SizingSection
    prices: PricesSection


@dataclass(frozen=True)
class Case:
    """One member as it is looked at: its work and what was measured of it."""

    member: str
    work: Work
    samples: tuple[Sample, ...]


def row(case: Case, machine: Machine, asked: Asked, known: Supported) -> Row:
    """The verdict for one machine and one size."""
    found = speed(case.work, case.samples, machine, known)
    services = service_times(found, case.samples, machine, asked.sizing, known)
    if services is None or found.band is None:
        return _unknown(case, machine, found, asked)
    n = found.sample.n if found.sample else (case.samples[0].n if case.samples else 0)
    unseen = unseen_share(n)
    estimate, fast, slow = (simulate(asked.line, times, unseen=unseen) for times in services)
    meets, why, mend = _verdict(fast, slow, services, asked, n)
    cameras = asked.line.cameras
    latency = Span(*(cameras * float(np.mean(times)) for times in services))
    power = power_of(
        machine, found.sample if found.basis == "measured" else None, estimate.used, asked.line.takt_s, asked.sizing
    )
    return Row(
        machine, case.member, found, meets, why, mend, latency,
        used=Span(estimate.used, fast.used, slow.used),
        late_ppm=estimate.late_ppm,
        late_upper_ppm=slow.late_upper_ppm,
        headroom=1.0 - slow.used,
        money=money(machine, power, asked.line.takt_s, asked.prices, asked.sizing),
    )  # fmt: skip


def service_times(
    found: Speed, samples: tuple[Sample, ...], machine: Machine, sizing: SizingSection, known: Supported
) -> tuple[Floats, Floats, Floats] | None:
    """Quantiles in ms of the time one picture is worked on: estimate, fast end, slow end.

    What is not inference is taken from a measurement: as it is on the same machine or beside a card, by the ratio of
    the two processors otherwise. None where nothing was measured, or no table compares the processors.
    """
    sample = found.sample or max(samples, key=lambda one: one.host_ms, default=None)
    if sample is None or found.band is None:
        return None
    host = _host_ratio(found, sample, machine, known)
    if host is None:
        return None
    pixels = max(1.0, 1e6 * sizing.picture_mpx / sample.picture_px) if sample.picture_px else 1.0
    spread = np.array(sample.service) - sample.mean_ms
    estimate, fast, slow = (
        _times(spread, pixels * sample.host_ms * share, time, max(share, ratio))
        for share, ratio, time in zip(host, found.ratio, found.band, strict=True)
    )
    return estimate, fast, slow


def _host_ratio(found: Speed, sample: Sample, machine: Machine, known: Supported) -> tuple[float, float, float] | None:
    """How the work around inference changes: estimate, fast end, slow end; None where nothing tells."""
    if found.basis == "measured" or machine.kind == "gpu":
        return 1.0, 1.0, 1.0
    if found.basis == "carried over":
        return found.ratio
    source = known.catalogue.find(sample.machine)
    fits = [fit for fit in known.pairs(source.name, machine.name) if not fit.smooth] if source else []
    if machine.kind == "module" or not fits:
        return None
    low = min(fit.level + fit.errors.low for fit in fits)
    high = max(fit.level + fit.errors.high for fit in fits)
    return float(np.exp(-(low + high) / 2)), float(np.exp(-high)), float(np.exp(-low))


def _times(spread: Floats, host_ms: float, infer_ms: float, ratio: float) -> Floats:
    """The measured spread about its mean, at least as wide as measured, about another mean."""
    return np.asarray(np.maximum(host_ms + infer_ms + max(1.0, ratio) * spread, 0.0))


def _verdict(
    fast: Queue, slow: Queue, services: tuple[Floats, Floats, Floats], asked: Asked, n: int
) -> tuple[Meets, str, str]:
    """Meets, why, and what would settle it where it is open."""
    line, sizing = asked.line, asked.sizing
    allowed, gate = 1.0 - sizing.headroom, 1000.0 * line.gate_s
    quickest = line.cameras * float(services[1][0])
    if quickest > gate:
        return (
            Meets.NO,
            filled(
                "the deadline of {gate} ms is shorter than one part takes ({least} ms at least)",
                gate=f"{gate:.4g}",
                least=f"{quickest:.3g}",
            ),
            "",
        )
    if fast.used > allowed:
        why = filled(
            "too slow for the takt: it needs {used} of its time at the fast end of the band, {allowed} may be used",
            used=f"{fast.used:.0%}",
            allowed=f"{allowed:.0%}",
        )
        return Meets.NO, why, ""
    if fast.late_ppm > sizing.late_ppm:
        late = _ppm(fast.late_ppm)
        return Meets.NO, filled("{late} parts are late even at the fast end of the band", late=late), ""
    if slow.used > allowed:
        why = filled(
            "at the slow end of the band it needs {used} of its time, {allowed} may be used",
            used=f"{slow.used:.0%}",
            allowed=f"{allowed:.0%}",
        )
        return Meets.OPEN, why, DEMO
    if slow.late_upper_ppm > sizing.late_ppm:
        return (Meets.OPEN, *_late(slow, sizing, line, n))
    why = filled(
        "uses at most {used} of its time; at most {late} parts late",
        used=f"{slow.used:.1%}",
        late=_ppm(slow.late_upper_ppm),
    )
    return Meets.YES, why, ""


def _late(slow: Queue, sizing: SizingSection, line: Arrivals, n: int) -> tuple[str, str]:
    """Why the late parts are not shown to be few enough, and what would show it."""
    needed = parts_to_prove(sizing.late_ppm, line.cameras)
    if n < needed:
        late = _ppm(sizing.late_ppm)
        why = filled("{n} measured pictures cannot prove fewer than {late} parts late", n=n, late=late)
        return why, filled("measure {n} of them: `inspect-eval cost --acceptance`", n=f"{needed:,}")
    return filled("up to {late} parts may be late", late=_ppm(slow.late_upper_ppm)), DEMO


def _ppm(value: float) -> str:
    return filled("{count} of a million", count=f"{value:,.0f}" if value >= 1 else f"{value:.2g}")


def _unknown(case: Case, machine: Machine, found: Speed, asked: Asked) -> Row:
    """A row without a time of the whole part: refused, or inference alone is known."""
    power = power_of(machine, None, 1.0, asked.line.takt_s, asked.sizing)
    cost = money(machine, power, asked.line.takt_s, asked.prices, asked.sizing)
    mend: str = mark("measure on a demo unit: `inspect-eval cost --export FILE`")
    meets, why = Meets.OPEN, found.why
    if found.band is not None:
        meets, why, mend = _without_host(found.band[1], machine, asked)
    return Row(machine, case.member, found, meets, why, mend, None, None, None, None, None, cost)


def _without_host(fast_ms: float, machine: Machine, asked: Asked) -> tuple[Meets, str, str]:
    line = asked.line
    least = line.cameras * fast_ms
    if least > 1000.0 * min(line.gate_s, line.takt_s * (1.0 - asked.sizing.headroom)):
        return Meets.NO, filled("inference alone takes {least} ms at least", least=f"{least:.3g}"), ""
    if machine.kind == "module":
        why: str = mark("its own processor reads and prepares the pictures, and was not measured")
        return Meets.OPEN, why, mark("measure on one")
    why = mark("how long it takes to read and prepare a picture there is not known")
    return Meets.OPEN, why, mark("measure on one like it: `inspect-eval cost --export FILE`")
