"""Two cost records side by side: only under equal conditions, and only beyond the noise floor."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from appliance.cost.record import VALID, CostRecord, Machine, MemberCost
from appliance.cost.state import TOO_FEW
from appliance.errors import InputRefused, UsageError

MEDIANS = {VALID, TOO_FEW}  # states in which the median stands; too few parts take only the p99 away
USUAL_FLOOR = 0.05  # where neither record holds an A/A pair
PASSED_OVER = ("cpu_mhz", "python")
SETTING = ("provider", "precision", "threads", "processes", "runtime", "options")
WITHIN, FASTER, SLOWER, UNKNOWN = "within the noise", "faster", "slower", "not valid"

Key = tuple[str, str, int, float | None, int, float | None]


@dataclass(frozen=True)
class CostChange:
    """One member under one load, before and after. Median latency in ms; of a saturate load the rate in parts/s.

    `ratio`: after / before. `floor`: how far two like measurements lie apart here; a change within it is none.
    """

    member: str
    load: str
    batch: int
    unit: str
    before: float
    after: float
    ratio: float
    floor: float
    verdict: str


def compare_costs(before: CostRecord, after: CostRecord, *, anyway: bool = False) -> list[CostChange]:
    """What changed, member by member and load by load.

    Raises UsageError where the two were made under different conditions (unless `anyway`), InputRefused where they
    share no member under the same load.
    """
    pairs = list(_pairs(before, after))
    if not pairs:
        raise InputRefused(
            "the two records share no model under the same load", mend="measure the same family with the same line"
        )
    found = [*machine_differences(before.machine, after.machine), *_setting_differences(pairs)]
    if found and not anyway:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UsageError(
            f"the two records were made under different conditions: {found[0]}{more}",
            mend="measure again under the same, or compare all the same with --anyway",
        )
    floor = _floor(before, after)
    return [_change(a, b, floor) for a, b in pairs]


def machine_differences(a: Machine, b: Machine) -> list[str]:
    """In which facts two machines differ, each as `governor powersave / performance`."""
    names = [field.name for field in fields(Machine) if field.name not in PASSED_OVER]
    return [_difference(name, x, y) for name in names if (x := getattr(a, name)) != (y := getattr(b, name))]


def _difference(name: str, a: object, b: object) -> str:
    if isinstance(a, dict) and isinstance(b, dict):
        changed = [key for key in sorted({*a, *b}) if a.get(key) != b.get(key)]
        return ", ".join(f"{key} {a.get(key, 'absent')} / {b.get(key, 'absent')}" for key in changed)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return f"{name} {_short(a)} / {_short(b)}"
    return f"{name} {a or 'not told'} / {b or 'not told'}"


def _short(values: tuple[object, ...]) -> str:
    return " ".join(str(getattr(value, "name", value)) for value in values) or "none"


def _setting_differences(pairs: list[tuple[MemberCost, MemberCost]]) -> list[str]:
    found = [
        f"{a.member} {_difference(name, getattr(a, name), getattr(b, name))}"
        for a, b in pairs
        for name in SETTING
        if getattr(a, name) != getattr(b, name)
    ]
    return list(dict.fromkeys(found))


def _key(row: MemberCost) -> Key:
    line = row.load != "closed"
    takt = row.takt_s if row.load == "paced" else None  # a saturate load finds its own
    return row.sha256, row.load, row.batch, takt, row.cameras if line else 1, row.deadline_ms if line else None


def _pairs(before: CostRecord, after: CostRecord) -> Iterator[tuple[MemberCost, MemberCost]]:
    known = {_key(row): row for row in before.rows if row.median_ms is not None}
    for row in after.rows:
        if row.median_ms is not None and _key(row) in known:
            yield known[_key(row)], row


def _floor(*records: CostRecord) -> float:
    """The largest A/A spread of the rows whose median stands: what two like measurements may differ by."""
    found = [row.noise for record in records for row in record.rows if row.noise is not None and row.state in MEDIANS]
    return max(found, default=USUAL_FLOOR)


def _change(a: MemberCost, b: MemberCost, floor: float) -> CostChange:
    rate = a.load == "saturate"
    before, after = (row.throughput if rate else row.median_ms for row in (a, b))
    if before is None or after is None or before <= 0:
        return CostChange(b.member, b.load, b.batch, "", 0.0, 0.0, 1.0, floor, UNKNOWN)
    ratio = after / before
    verdict = UNKNOWN if not {a.state, b.state} <= MEDIANS else _verdict(ratio, floor, rate)
    return CostChange(b.member, b.load, b.batch, "parts/s" if rate else "ms", before, after, ratio, floor, verdict)


def _verdict(ratio: float, floor: float, rate: bool) -> str:
    if 1.0 / (1.0 + floor) <= ratio <= 1.0 + floor:
        return WITHIN
    return FASTER if (ratio > 1.0) == rate else SLOWER
