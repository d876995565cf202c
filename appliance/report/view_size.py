"""Sizing in words and figures, for the terminal and the page."""

from collections import Counter

from appliance.report import units
from appliance.sizing.catalogue import CLASSES, Machine
from appliance.sizing.fits import Fit
from appliance.sizing.types import Answer, Meets, Row, Size, Span

MARKS = {Meets.YES: "yes", Meets.NO: "no", Meets.OPEN: "open"}
FIGURES = ("ms a part", "free time", "late, at most", "energy a part", "per 1000 parts", "in all")
LEGEND = (
    "yes: shown to meet it; no: shown not to; open: not provable. Figures: ms a part, with its 90 % band; ≤ at most; "
    "in brackets inference alone."
)
BACKTEST = (
    "Each architecture is predicted from the others. median, p90: relative error of the speed. covers: share of "
    "held-out models inside a 90 % band made of the other architectures."
)


def asked(found: Answer) -> str:
    """What the line asks, in one sentence."""
    line = found.line
    parts = [f"Asked: a part every {units.number(line.takt_s)} s ({units.number(60 / line.takt_s)} a minute)"]
    if line.cameras > 1:
        parts.append(f"{line.cameras} pictures of each")
    if line.burst > 1:
        parts.append(f"{line.burst} parts together")
    if line.jitter_s:
        parts.append(f"up to {units.number(1000 * line.jitter_s)} ms early or late")
    parts.append(f"a verdict within {units.number(1000 * line.gate_s)} ms")
    parts.append(f"at most {units.number(found.late_ppm)} of a million late")
    parts.append(f"{found.headroom:.0%} of the machine's time free")
    return ", ".join(parts) + "."


def figures(row: Row, found: Answer) -> list[str]:
    """The cells of FIGURES."""
    money = row.money
    most = "at most " if money.energy_ceiling else "" if money.energy_counted else "about "
    return [
        latency(row),
        "" if row.headroom is None else f"{row.headroom:.0%}",
        "" if row.late_upper_ppm is None else ppm(row.late_upper_ppm),
        "" if money.energy_j is None else f"{most}{units.number(money.energy_j)} J",
        "" if money.per_1000 is None else f"{found.currency} {money.per_1000:.3g}",
        "" if money.total is None else f"{found.currency} {money.total:,.0f}",
    ]


def size_line(size: Size, found: Answer) -> str:
    """One size: its own limits, the machine to buy and its figures."""
    head = f"{size.name} ({units.si(size.macs)} MACs; its limits: {size.limits or 'not audited'})"
    one = size.cheapest
    if one is None:
        return f"{head}: no machine is shown to meet it."
    cells = [f"{name} {cell}" for name, cell in zip(FIGURES, figures(one, found), strict=True) if cell]
    return f"{head}: {one.machine.name}; {', '.join(cells)}."


def row_line(row: Row, found: Answer) -> str:
    """One machine with one size, whole: what it comes to, why, and on what that rests."""
    cells = [f"{name} {cell}" for name, cell in zip(FIGURES, figures(row, found), strict=True) if cell]
    rests = f" Inference: {row.speed.why}." if row.speed.why != row.why else ""
    mend = f" To settle it: {row.mend}." if row.mend else ""
    head = f"{row.machine.name}, {row.member}: {row.meets.value}, {row.why}."
    return f"{head}{rests}{mend} {', '.join(cells)}".rstrip()


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
    return f"Open, since no back-test reaches them: {', '.join(names)}." if names else ""


def latency(row: Row) -> str:
    """The time of a part in ms: estimate and band, or a ceiling; inference alone where nothing else is known."""
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
    settings = [f"{name} in site.toml" for name in found.missing if name.startswith("prices.")]
    offers = sum(name.startswith("price of") for name in found.missing)
    power = sum(name.startswith("power of") for name in found.missing)
    lines = [f"Costs need {', '.join(settings)}."] if settings else []
    if offers:
        lines.append(f"Costs need an offer (price, with its source, in hardware.toml) for {offers} machines.")
    if power:
        lines.append(f"Costs need the power of {power} machines whose data sheets were not found.")
    return lines


def basis_notes(found: Answer) -> list[str]:
    """Where the figures come from, and what they assume."""
    counted = Counter(row.speed.basis for size in found.sizes for row in size.rows)
    lines = [f"Cheapest: by {by}." for by in sorted({size.ranked_by for size in found.sizes if size.cheapest})]
    if found.measured_on:
        lines.append(f"Measured on: {', '.join(found.measured_on)}.")
    missed = [row.speed.missed for size in found.sizes for row in size.rows if row.speed.missed]
    if missed:
        worst = f"{max(m for m, _ in missed):.0%} (median) and {max(p for _, p in missed):.0%} (p90)"
        lines.append(
            "Other machines: the measured time by the ratio of two machines in published tables, which on models held "
            f"out missed by at most {worst}; the bands hold 90 % of them."
        )
    if counted["bounds"]:
        lines.append("Bounds: larger published models, or a whole batch, took no longer (≤).")
    if any(row.machine.kind == "gpu" and row.speed.basis == "bounds" for size in found.sizes for row in size.rows):
        lines.append("A card is taken to sit in a computer like the one measured: reading and preparing take as long.")
    if any(row.money.energy_ceiling for size in found.sizes for row in size.rows):
        lines.append("Energy is an estimate where no counter was read: at most the data sheet's power, all the time.")
    return lines


def errors(fit: Fit) -> list[str]:
    """models, architectures, median, p90, band, coverage of a fit."""
    e = fit.errors
    band = f"{units.number(2.718281828459045**e.low)} to {units.number(2.718281828459045**e.high)} x"
    shares = [f"{100 * e.median:.1f} %", f"{100 * e.p90:.1f} %", band, f"{100 * e.coverage:.1f} %"]
    return [str(e.n), str(e.groups), *shares]


def families(fit: Fit, most: int = 5) -> str:
    """The architectures with the largest errors, of those with three models or more."""
    ranked = sorted(((p50, name, n) for name, (n, p50, _) in fit.errors.families.items() if n >= 3), reverse=True)
    worst = ", ".join(f"{name} {100 * error:.0f} % ({n})" for error, name, n in ranked[:most])
    best = ", ".join(f"{name} {100 * error:.0f} % ({n})" for error, name, n in ranked[::-1][:most])
    return f"median error by architecture (models): worst {worst}; best {best}"


def sheet(machine: Machine) -> str:
    """The data sheet's figures, as far as a source gives them."""
    figures = (
        (machine.memory_gb, "memory", "GB"), (machine.bandwidth_gb_s, "bandwidth", "GB/s"),
        (machine.fp32_tflops, "fp32", "T/s"), (machine.fp16_tflops, "fp16", "T/s"), (machine.int8_tops, "int8", "T/s"),
        (machine.power_w, "power", "W"), (machine.idle_w, "idle", "W"), (machine.price, "offer", ""),
    )  # fmt: skip
    cells = [f"{name} {units.number(value)} {unit}".strip() for value, name, unit in figures if value is not None]
    if machine.price_class:
        date = machine.price_date
        cells.append(f"price class {machine.price_class}: USD {CLASSES[machine.price_class]} ({date})")
    return ", ".join(cells) or "no figures"
