"""What "size" means: parameters, MACs, activations, p99 latency or cost per part of every member."""

from collections import Counter
from collections.abc import Mapping

from appliance.errors import UsageError
from appliance.language.tongue import filled
from appliance.log.types import CostRow, RunRecord

AXES = {"params": "parameters", "macs": "MACs", "activations": "activations", "p99": "ms", "cost": "money per part"}
"""Axis names and their units."""

MEASURED, LEAST_SPAN = ("p99", "cost"), 1.25
"""On what is measured of this machine, the largest size over the smallest, at least: from sizes that all cost the same
no gain per doubling can be told."""


def axis_values(
    record: RunRecord, axis: str, prices: Mapping[str, float] | None = None
) -> tuple[dict[str, float], str, tuple[str, ...]]:
    """Size of each member on `axis`, the unit with its conditions, and notes on members left out.

    `prices` gives the cost per part by member for the axis `cost`. Raises UsageError for an unknown axis, no values,
    and sizes that hardly differ on it.
    """
    if axis not in AXES:
        raise UsageError(f"no axis {axis!r}", mend=f"one of: {', '.join(AXES)}")
    found, unit = _values(record, axis, prices or {})
    made = {m.name: str(m.card["made_from"]) for m in record.members if m.card.get("made_from")}
    sizes = {n: v for n, v in found.items() if v > 0 and n not in made}
    if not sizes:
        raise UsageError(f"no member has a value for {axis}", mend=_mend(axis))
    low, high = min(sizes.values()), max(sizes.values())
    if axis in MEASURED and len(sizes) > 1 and high < LEAST_SPAN * low:
        raise UsageError(
            f"the sizes lie too close together on the axis {axis}: {low:.4g} to {high:.4g}", mend="take another axis"
        )
    missing = [m.name for m in record.members if m.name not in sizes]
    return sizes, unit, tuple(_left_out(n, made.get(n), axis) for n in missing)


def _left_out(name: str, source: str | None, axis: str) -> str:
    if source is None and axis == "p99":
        return filled(
            "{name} is left out: no valid p99 bound under the setting of the others; "
            "`inspect-eval cost --record last` says why",
            name=name,
        )
    if source is None:
        return filled("{name} is left out: no value on the axis {axis}", name=name, axis=axis)
    return filled(
        "{name} is left out: it was converted from {source}, not trained at a size of its own", name=name, source=source
    )


def _mend(axis: str) -> str:
    steps = {"p99": "measure latency: inspect-eval cost", "cost": "give prices in site.toml and run inspect-eval cost"}
    return steps.get(axis, "take another axis")


def _values(record: RunRecord, axis: str, prices: Mapping[str, float]) -> tuple[dict[str, float], str]:
    if axis == "cost":
        return {m.name: prices[m.name] for m in record.members if m.name in prices}, AXES[axis]
    if axis == "p99":
        return _latencies(record.costs)
    return {m.name: float(getattr(m, axis)) for m in record.members}, AXES[axis]


def _setting(row: CostRow) -> tuple[str, str, str, int, int]:
    return row.load, row.provider, row.precision, row.batch, row.threads


def _latencies(rows: tuple[CostRow, ...]) -> tuple[dict[str, float], str]:
    """p99 upper bounds under the one setting that most members were measured under."""
    usable = [r for r in rows if r.p99 is not None and r.state == "valid"]
    if not usable:
        return {}, AXES["p99"]
    setting, _ = Counter(_setting(r) for r in usable).most_common(1)[0]
    load, provider, precision, batch, threads = setting
    unit = f"ms (p99 bound, {load}, {provider}, {precision}, batch {batch}, {threads} threads)"
    return {r.member: float(r.p99 or 0.0) for r in usable if _setting(r) == setting}, unit
