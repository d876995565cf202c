"""All machines and sizes together: the cheapest that meets everything, and what would change that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from appliance.language.tongue import Together, filled, mark
from appliance.sizing.catalogue import Machine
from appliance.sizing.decide import Asked, Case, row
from appliance.sizing.queueing import Arrivals
from appliance.sizing.speed import Supported
from appliance.sizing.types import Answer, Meets, Row, Size

BREACHED = "breached"
SLOWEST = 64.0  # times the takt at which we stop looking for one that would do


def answer(
    cases: Sequence[Case],
    machines: Sequence[Machine],
    asked: Asked,
    known: Supported,
    *,
    family: str,
    limits: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Answer:
    """The answer for every machine and size. `limits`: per member, whether its own limits hold."""
    sizes = [_size(case, machines, asked, known, limits.get(case.member, "")) for case in cases]
    measured = sorted({sample.machine for case in cases for sample in case.samples})
    missing = sorted({name for size in sizes for one in size.rows for name in one.money.missing})
    found = Answer(
        family=family,
        line=asked.line,
        late_ppm=asked.sizing.late_ppm,
        headroom=asked.sizing.headroom,
        currency=asked.prices.currency,
        horizon_years=asked.prices.horizon_years,
        measured_on=tuple(measured),
        sizes=tuple(sizes),
        verdict="",
        changes=(),
        notes=tuple(notes),
        missing=tuple(missing),
    )
    return replace(found, verdict=verdict(found), changes=tuple(changes(found, cases, asked, known)))


def _size(case: Case, machines: Sequence[Machine], asked: Asked, known: Supported, limits: str) -> Size:
    rows = tuple(row(case, machine, asked, known) for machine in machines)
    fit = [one for one in rows if one.meets is Meets.YES]
    cheapest, by = _cheapest(fit)
    return Size(case.member, int(case.work.macs), int(case.work.params), limits, rows, cheapest, by)


def _cheapest(fit: Sequence[Row]) -> tuple[Row | None, str]:
    """The cheapest by the first of: cost over the horizon, price class, power. Rows without the figure come last."""
    orders: tuple[tuple[str, Callable[[Row], float | str | None]], ...] = (
        (mark("cost over the horizon"), lambda one: one.money.total),
        (mark("purchase"), lambda one: one.money.purchase),
        (mark("price class of the part, since offers are missing"), lambda one: one.machine.price_class),
        (mark("power, since prices are missing"), lambda one: one.machine.power_w),
    )
    for name, figure in orders:
        known = [(figure(one), one) for one in fit if figure(one) is not None]
        if known:
            best = min(str(value) if isinstance(value, str) else value for value, _ in known)  # type: ignore[type-var]
            same = [one for value, one in known if value == best]
            return min(same, key=lambda one: one.machine.power_w or float("inf")), name
    return (fit[0], mark("the catalogue's order")) if fit else (None, "")


def verdict(found: Answer) -> str:
    """One sentence: what to buy for which size, or by how much everything fails."""
    line = filled("{takt} s a part", takt=f"{found.line.takt_s:.4g}")
    good = [size for size in found.sizes if size.cheapest]
    if not good:
        return _nothing(found, line)
    fit = [size for size in good if size.limits != BREACHED]
    said = []
    if fit:
        chosen: dict[str, list[str]] = {}
        for size in fit:
            chosen.setdefault(size.cheapest.machine.name if size.cheapest else "", []).append(size.name)
        parts = [filled("{machine} for {sizes}", machine=name, sizes=", ".join(s)) for name, s in chosen.items()]
        said.append(
            filled("The cheapest machine shown to meet {line}: {parts}.", line=line, parts=Together(parts, "; "))
        )
    breached = [size.name for size in good if size.limits == BREACHED]
    if breached:
        names = ", ".join(breached)
        said.append(filled("It is met for {sizes} too, but a limit of the size itself is breached.", sizes=names))
    left = [size.name for size in found.sizes if not size.cheapest]
    if left:
        said.append(filled("None is shown to meet it for {sizes}.", sizes=", ".join(left)))
    return Together(said)


def _nothing(found: Answer, line: str) -> str:
    """By how much the nearest machine misses."""
    nearest = _nearest(found)
    if nearest is None:
        if any(one.speed.band for size in found.sizes for one in size.rows):
            return filled(
                "No machine is shown to meet {line}: how long reading and preparing a picture takes was not measured. "
                "Run `inspect-eval cost`, or bring a record of another machine.",
                line=line,
            )
        return filled(
            "No machine is shown to meet {line}: nothing that was measured or published reaches these models.",
            line=line,
        )
    one, used = nearest
    gate = 1000.0 * found.line.gate_s
    if one.latency_ms and one.latency_ms.low > gate:
        return filled(
            "No machine meets the deadline of {gate} ms: it is shorter than one part takes. The nearest, {machine} "
            "with {size}, takes {least} ms at least, {times} times as long.",
            gate=f"{gate:.4g}",
            machine=one.machine.name,
            size=one.member,
            least=f"{one.latency_ms.low:.3g}",
            times=f"{one.latency_ms.low / gate:.2g}",
        )
    needs = used / (1.0 - found.headroom) if found.headroom < 1.0 else float("inf")
    if needs <= 1.0:
        return filled(
            "No machine is shown to meet {line}: the nearest, {machine} with {size}: {why}.",
            line=line,
            machine=one.machine.name,
            size=one.member,
            why=one.why,
        )
    return filled(
        "No machine is shown to meet {line}: the nearest, {machine} with {size}, needs {needs} s with the free share "
        "asked for, {times} times as long.",
        line=line,
        machine=one.machine.name,
        size=one.member,
        needs=f"{needs * found.line.takt_s:.3g}",
        times=f"{needs:.2g}",
    )


def _nearest(found: Answer) -> tuple[Row, float] | None:
    """The row with the smallest share of its machine's time at the slow end."""
    rows = [(one, one.used.high) for size in found.sizes for one in size.rows if one.used]
    return min(rows, key=lambda pair: pair[1], default=None)


def changes(found: Answer, cases: Sequence[Case], asked: Asked, known: Supported) -> list[str]:
    """What would change the answer: another takt, a price, a measurement; sizes of which the same is true together."""
    by_name = {case.member: case for case in cases}
    told: dict[str, list[str]] = {}
    for size in found.sizes:
        for text in (_takt(size, by_name[size.name], asked, known), _price(size, found)):
            if text:
                told.setdefault(text, []).append(size.name)
    each = (filled("{sizes}: {text}", sizes=", ".join(names), text=text) for text, names in told.items())
    return [*each, *_measurements(found)]


def _takt(size: Size, case: Case, asked: Asked, known: Supported) -> str:
    """The shortest takt that the chosen machine still meets, or the takt from which one would do."""
    timed = [one for one in size.rows if one.used]
    one = size.cheapest or min(timed, key=lambda one: one.used.high if one.used else 0.0, default=None)
    if one is None:
        return ""

    def holds(takt: float) -> bool:
        gate = takt if asked.line.gate_s == asked.line.takt_s else asked.line.gate_s
        line = replace(asked.line, takt_s=takt, gate_s=gate, jitter_s=min(asked.line.jitter_s, takt / 2.001))
        return row(case, one.machine, replace(asked, line=line), known).meets is Meets.YES

    edge = _edge(holds, asked.line.takt_s, faster=size.cheapest is not None)
    if edge is None:
        return ""
    if size.cheapest:
        shown = {"machine": one.machine.name, "takt": f"{edge:.2g}"}
        if edge <= asked.line.takt_s / SLOWEST:
            return filled("{machine} is shown to meet down to {takt} s a part or less.", **shown)
        return filled("{machine} is shown to meet down to {takt} s a part.", **shown)
    return filled(
        "from {takt} s a part on, {machine} would be shown to do.", takt=f"{edge:.2g}", machine=one.machine.name
    )


def _edge(holds: Callable[[float], bool], takt: float, *, faster: bool) -> float | None:
    """The takt to 5 % at which `holds` changes, between `takt` and SLOWEST times shorter or longer."""
    good, bad = (takt, takt / SLOWEST) if faster else (takt * SLOWEST, takt)
    if holds(bad):
        return bad
    if not faster and not holds(good):
        return None
    while good / bad > 1.05:
        middle = (good * bad) ** 0.5
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def _price(size: Size, found: Answer) -> str:
    """How much dearer the cheapest may become before the next one is cheaper."""
    if size.cheapest is None or size.cheapest.money.total is None:
        return ""
    best = size.cheapest.money.total
    others = sorted(
        (one.money.total, one.machine.name)
        for one in size.rows
        if one.meets is Meets.YES and one is not size.cheapest and one.money.total is not None
    )
    if not others:
        return ""
    total, name = others[0]
    return filled(
        "if {machine} costs {currency} {more} more over {years} years, {other} is cheaper.",
        machine=size.cheapest.machine.name,
        currency=found.currency,
        more=f"{total - best:,.0f}",
        years=found.horizon_years,
        other=name,
    )


def _measurements(found: Answer) -> list[str]:
    """What would settle the open rows, the most useful first."""
    counted: dict[str, list[str]] = {}
    for size in found.sizes:
        for one in size.rows:
            if one.meets is Meets.OPEN and one.mend:
                counted.setdefault(one.mend, []).append(one.machine.name)
    said = []
    for mend, names in sorted(counted.items(), key=lambda item: len(item[1]), reverse=True)[:3]:
        machines = sorted(set(names))
        shown = ", ".join(machines[:3])
        if len(machines) > 3:
            shown = filled("{names} and {more} more", names=shown, more=len(machines) - 3)
        said.append(filled("To settle what is open for {names}: {mend}.", names=shown, mend=mend))
    return said


def line_of(takt_s: float, deadline_ms: float, cameras: int, jitter_ms: float, burst: int) -> Arrivals:
    """The line in seconds; a deadline of 0 is the takt."""
    return Arrivals(takt_s, deadline_ms / 1000.0 if deadline_ms else takt_s, cameras, jitter_ms / 1000.0, burst)
