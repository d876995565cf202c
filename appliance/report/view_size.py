"""Sizing in words and figures, for the terminal and the page."""

from collections import Counter

from appliance.language.tongue import mark, together, w
from appliance.report import units
from appliance.sizing.catalogue import CLASSES, Machine
from appliance.sizing.fits import Fit
from appliance.sizing.money import Money
from appliance.sizing.types import Answer, Meets, Row, Size, Span

MARKS = {Meets.YES: mark("yes"), Meets.NO: mark("no"), Meets.OPEN: mark("open")}
MEETS = {Meets.YES: mark("yes"), Meets.NO: mark("no"), Meets.OPEN: mark("not provable")}
FIGURES = (
    mark("ms a part"),
    mark("free time"),
    mark("late, at most"),
    mark("energy a part"),
    mark("per 1000 parts"),
    mark("in all"),
)
LEGEND = mark(
    "yes: shown to meet it; no: shown not to; open: not provable. Figures: ms a part, with its 90 % band; ≤ at most; "
    "in brackets inference alone."
)
BACKTEST = mark(
    "Each architecture is predicted from the others. median, p90: relative error of the speed. covers: share of "
    "held-out models inside a 90 % band made of the other architectures."
)


def asked(found: Answer) -> str:
    """What the line asks, in one sentence."""
    line = found.line
    takt, minute = units.number(line.takt_s), units.number(60 / line.takt_s)
    parts = [w("a part every {takt} s ({minute} a minute)", takt=takt, minute=minute)]
    if line.cameras > 1:
        parts.append(w("{count} pictures of each", count=line.cameras))
    if line.burst > 1:
        parts.append(w("{count} parts together", count=line.burst))
    if line.jitter_s:
        parts.append(w("up to {ms} ms early or late", ms=units.number(1000 * line.jitter_s)))
    parts.append(w("a verdict within {ms} ms", ms=units.number(1000 * line.gate_s)))
    parts.append(w("at most {count} of a million late", count=units.number(found.late_ppm)))
    parts.append(w("{share} of the machine's time free", share=f"{found.headroom:.0%}"))
    return w("Asked: {parts}.", parts=w(", ").join(parts))


def figures(row: Row, found: Answer) -> list[str]:
    """The cells of FIGURES."""
    money = row.money
    return [
        latency(row),
        "" if row.headroom is None else f"{row.headroom:.0%}",
        "" if row.late_upper_ppm is None else ppm(row.late_upper_ppm),
        _energy(money),
        "" if money.per_1000 is None else f"{found.currency} {money.per_1000:.3g}",
        "" if money.total is None else f"{found.currency} {money.total:,.0f}",
    ]


def _energy(money: Money) -> str:
    if money.energy_j is None:
        return ""
    joules = f"{units.number(money.energy_j)} J"
    if money.energy_ceiling:
        return w("at most {value}", value=joules)
    return joules if money.energy_counted else w("about {value}", value=joules)


def cheapest_table(found: Answer) -> tuple[list[str], dict[str, list[str]]]:
    """The heads of FIGURES and the cells of each size's cheapest machine, without columns that are empty throughout."""
    rows = {size.name: figures(size.cheapest, found) for size in found.sizes if size.cheapest}
    kept = [place for place in range(len(FIGURES)) if any(cells[place] for cells in rows.values())]
    heads = [head(FIGURES[place].format()) for place in kept]
    return heads, {name: [cells[place] for place in kept] for name, cells in rows.items()}


def limits_text(size: Size) -> str:
    """How the size holds its own limits."""
    return str(size.limits) or w("not audited")


def head(name: str) -> str:
    """The head of a column, as a sentence begins."""
    return f"{name[:1].upper()}{name[1:]}"


def size_line(size: Size, found: Answer) -> str:
    """One size: its own limits, the machine to buy and its figures."""
    limits = limits_text(size)
    start = w("{size} ({macs} MACs; its limits: {limits})", size=size.name, macs=units.si(size.macs), limits=limits)
    one = size.cheapest
    if one is None:
        return w("{size}: no machine is shown to meet it.", size=start)
    return w("{size}: {machine}; {figures}.", size=start, machine=one.machine.name, figures=_named(one, found))


def _named(row: Row, found: Answer) -> str:
    return w(", ").join(f"{name} {cell}" for name, cell in zip(FIGURES, figures(row, found), strict=True) if cell)


def row_line(row: Row, found: Answer) -> str:
    """One machine with one size, whole: what it comes to, why, and on what that rests."""
    said = [
        w(
            "{machine}, {size}: {meets}, {why}.",
            machine=row.machine.name,
            size=row.member,
            meets=MEETS[row.meets],
            why=row.why,
        )
    ]
    if row.speed.why != row.why:
        said.append(w("Inference: {why}.", why=row.speed.why))
    if row.mend:
        said.append(w("To settle it: {mend}.", mend=row.mend))
    return together([*said, _named(row, found)]).rstrip()


def machines(found: Answer) -> int:
    """How many machines were looked at."""
    return len(found.sizes[0].rows) if found.sizes else 0


def unreached(found: Answer) -> str:
    """The machines without any figure, by name."""
    names = [
        found.sizes[0].rows[place].machine.name
        for place in range(machines(found))
        if not any(size.rows[place].speed.band for size in found.sizes)
    ]
    return w("Open, since no back-test reaches them: {names}.", names=", ".join(names)) if names else ""


def latency(row: Row) -> str:
    """The time of a part in ms: estimate and band, or a ceiling; inference alone where nothing else is known.

    Nothing where a ceiling settles nothing: it says how long the part cannot take, which is longer than is asked.
    """
    if row.meets is Meets.OPEN and row.speed.basis == "bounds":
        return ""
    if row.latency_ms is None:
        return f"({_band(Span(*row.speed.band), row.speed.basis)})" if row.speed.band else ""
    return _band(row.latency_ms, row.speed.basis)


def _band(span: Span, basis: str) -> str:
    if basis == "bounds":
        return f"≤ {units.number(span.high)}"
    if span.high - span.low < 0.01 * span.high:
        return units.number(span.estimate)
    return f"{units.number(span.estimate)} ({units.span(span.low, span.high, units.number)})"


def ppm(value: float) -> str:
    """Parts per million."""
    return f"{value:,.0f} ppm" if value >= 1 else f"{value:.2g} ppm"


def missing(found: Answer) -> list[str]:
    """What the costs lack: settings of the site by name, and how many machines have no offer or power."""
    settings = [w("{name} in site.toml", name=name) for name in found.missing if name.startswith("prices.")]
    offers = sum(name.startswith("price of") for name in found.missing)
    power = sum(name.startswith("power of") for name in found.missing)
    lines = [w("Costs need {settings}.", settings=w(", ").join(settings))] if settings else []
    if offers == 1:
        lines.append(w("Costs need an offer (price, with its source, in hardware.toml) for 1 machine."))
    elif offers:
        lines.append(
            w("Costs need an offer (price, with its source, in hardware.toml) for {count} machines.", count=offers)
        )
    if power == 1:
        lines.append(w("Costs need the power of 1 machine whose data sheet was not found."))
    elif power:
        lines.append(w("Costs need the power of {count} machines whose data sheets were not found.", count=power))
    return lines


def basis_notes(found: Answer) -> list[str]:
    """Where the figures come from, and what they assume."""
    counted = Counter(row.speed.basis for size in found.sizes for row in size.rows)
    ranked = sorted({size.ranked_by for size in found.sizes if size.cheapest})
    lines = [w("Cheapest: by {by}.", by=by) for by in ranked]
    if found.measured_on:
        lines.append(w("Measured on: {machines}.", machines=", ".join(found.measured_on)))
    missed = [row.speed.missed for size in found.sizes for row in size.rows if row.speed.missed]
    if missed:
        lines.append(
            w(
                "Other machines: the measured time by the ratio of two machines in published tables, which on models "
                "held out missed by at most {median} (median) and {p90} (p90); the bands hold 90 % of them.",
                median=f"{max(m for m, _ in missed):.0%}",
                p90=f"{max(p for _, p in missed):.0%}",
            )
        )
    if counted["bounds"]:
        lines.append(w("Bounds: larger published models, or a whole batch, took no longer (≤)."))
    if any(row.machine.kind == "gpu" and row.speed.basis == "bounds" for size in found.sizes for row in size.rows):
        lines.append(
            w("A card is taken to sit in a computer like the one measured: reading and preparing take as long.")
        )
    if any(row.money.energy_ceiling for size in found.sizes for row in size.rows):
        lines.append(
            w("Energy is an estimate where no counter was read: at most the data sheet's power, all the time.")
        )
    return lines


def errors(fit: Fit) -> list[str]:
    """models, architectures, median, p90, band, coverage of a fit."""
    e = fit.errors
    low, high = (units.number(2.718281828459045**end) for end in (e.low, e.high))
    band = w("{low} to {high} x", low=low, high=high)
    shares = [f"{100 * e.median:.1f} %", f"{100 * e.p90:.1f} %", band, f"{100 * e.coverage:.1f} %"]
    return [str(e.n), str(e.groups), *shares]


def families(fit: Fit, most: int = 5) -> str:
    """The architectures with the largest errors, of those with three models or more."""
    ranked = sorted(((p50, name, n) for name, (n, p50, _) in fit.errors.families.items() if n >= 3), reverse=True)
    worst = ", ".join(f"{name} {100 * error:.0f} % ({n})" for error, name, n in ranked[:most])
    best = ", ".join(f"{name} {100 * error:.0f} % ({n})" for error, name, n in ranked[::-1][:most])
    return w("median error by architecture (models): worst {worst}; best {best}", worst=worst, best=best)


def sheet(machine: Machine) -> str:
    """The data sheet's figures, as far as a source gives them."""
    figures = (
        (machine.memory_gb, w("memory"), "GB"), (machine.bandwidth_gb_s, w("bandwidth"), "GB/s"),
        (machine.fp32_tflops, "fp32", "T/s"), (machine.fp16_tflops, "fp16", "T/s"), (machine.int8_tops, "int8", "T/s"),
        (machine.power_w, w("power"), "W"), (machine.idle_w, w("idle"), "W"), (machine.price, w("offer"), ""),
    )  # fmt: skip
    cells = [f"{name} {units.number(value)} {unit}".strip() for value, name, unit in figures if value is not None]
    if machine.price_class:
        date = machine.price_date
        span = CLASSES[machine.price_class]
        cells.append(w("price class {letter}: USD {span} ({date})", letter=machine.price_class, span=span, date=date))
    return w(", ").join(cells) or w("no figures")
