"""A cost record as plain rows and sentences; the terminal and the page draw them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.cost.percentiles import SMALLEST_N
from appliance.cost.record import VALID, CostRecord, MemberCost
from appliance.language.again import again
from appliance.language.tongue import spoken, w
from appliance.report import units
from appliance.report import words_cost as words
from appliance.report.text import plain

MOST_NAMED = 4  # results named one by one


@dataclass(frozen=True)
class Line:
    """What the paced and saturated rows were asked for, as text."""

    text: str
    deadline: str


PERCENTILES = (("p50_ms", 0.50), ("p90_ms", 0.90), ("p99_ms", 0.99))


def bounds(row: MemberCost, narrow: bool = False) -> list[str]:
    """p50, p90, p99 in ms; where n does not support one, that it does not."""
    if row.mean_ms is None:
        return [units.DASH] * len(PERCENTILES)
    return [_bound(getattr(row, name), p, narrow) for name, p in PERCENTILES]


def _bound(value: float | None, p: float, narrow: bool) -> str:
    if value is not None:
        return units.number(value)
    return words.NOT_SUPPORTED_NARROW.format(least=SMALLEST_N[p]) if narrow else words.NOT_SUPPORTED


def worth(row: MemberCost) -> str:
    """`1,000 (820)`: parts timed, and the independent samples they are worth where those are fewer."""
    text = units.count(row.n)
    return text if row.n_effective >= row.n else f"{text} ({units.count(round(row.n_effective))})"


def noise(row: MemberCost) -> str:
    """A/A spread in percent, without the sign."""
    return units.DASH if row.noise is None else units.number(100 * row.noise, 2)


def energy(row: MemberCost) -> str:
    """Millijoules a part; an estimate says so with a tilde."""
    if row.energy is None:
        return units.DASH
    return f"{'~' if row.energy.source == 'estimate' else ''}{units.number(row.energy.mj)}"


def figure(value: float | None) -> str:
    """A number that may not have been measured."""
    return units.DASH if value is None else units.number(value)


def stages(record: CostRecord) -> tuple[str, ...]:
    """Stages in their order, those that took any time on some row."""
    names = dict.fromkeys(name for row in record.rows for name in row.stages_ms)
    return tuple(n for n in names if any(row.stages_ms.get(n, 0.0) > 0.0 for row in record.rows))


def stage_rows(record: CostRecord) -> tuple[MemberCost, ...]:
    """One row a member: its first load at batch 1, where the stages of one part are seen apart."""
    kept: dict[str, MemberCost] = {}
    for row in record.rows:
        if row.stages_ms and row.member not in kept:
            kept[row.member] = row
    return tuple(kept.values())


def line_text(rows: Sequence[MemberCost]) -> Line | None:
    """The line of the paced rows (else of the saturated ones); None where only a closed load was run."""
    asked = [row for row in rows if row.load != "closed" and row.takt_s and row.deadline_ms]
    if not asked:
        return None
    row = next((row for row in asked if row.load == "paced"), asked[0])
    cameras = words.CAMERAS.get(row.cameras) or words.MANY_CAMERAS.format(n=row.cameras)
    deadline = units.number(row.deadline_ms or 0.0)
    takt = units.number(row.takt_s or 0.0)
    jitter = words.JITTER.format(ms=units.number(1000 * row.jitter_s)) if row.jitter_s else words.NO_JITTER
    text = words.LINE.format(takt=takt, jitter=jitter, cameras=cameras, deadline=deadline)
    return Line(text, f"{deadline} ms")


def load_notes(record: CostRecord) -> Iterator[str]:
    """What each load means, for those that were run."""
    line = line_text(record.rows)
    for load, text in words.LOADS.items():
        if any(row.load == load for row in record.rows):
            yield text.format(line=line.text if line else "", deadline=line.deadline if line else "")


def floor(record: CostRecord) -> float | None:
    """The largest A/A spread of the record's batch-1 rows; None with one round."""
    return max((row.noise for row in record.rows if row.noise is not None), default=None)


def notes(record: CostRecord) -> list[str]:
    """Everything below the table, a sentence a line."""
    lowest = floor(record)
    return [
        *load_notes(record),
        words.BOUNDS,
        words.NO_NOISE if lowest is None else words.NOISE.format(floor=units.number(100 * lowest, 2)),
        *_energy_notes(record),
        *_settings(record),
        *_nodes(record),
        *(_late(row) for row in record.rows if row.late),
        *(_no_rate(row) for row in record.rows if row.load == "saturate" and row.n and row.throughput is None),
        *doubts(record.rows),
        *(plain(note) for note in record.notes),
    ]


def doubts(rows: Sequence[MemberCost]) -> Iterator[str]:
    """One sentence for each way in which results are not valid: which ones, and why; alike reasons are said once."""
    kinds: dict[tuple[str, str], list[MemberCost]] = {}
    for row in rows:
        if row.state != VALID:
            kinds.setdefault((row.state, _pattern(row.reason)), []).append(row)
    for (state, _), found in kinds.items():
        named = "; ".join(map(_name, found)) if len(found) <= MOST_NAMED else _count(len(found), len(rows))
        reasons = dict.fromkeys(row.reason for row in found)
        reason = again(max(reasons, key=_number), spoken().language)
        if len(reasons) > 1:
            reason = words.WORST.format(reason=reason)
        yield plain(words.DOUBT.format(state=w(state), rows=named, reason=reason))


def _count(n: int, total: int) -> str:
    return words.ALL_ROWS.format(n=n) if n == total else words.SOME_ROWS.format(n=n, total=total)


def _pattern(reason: str) -> str:
    """A reason without its numbers: two that differ in these only are alike."""
    return re.sub(r"\d+", "#", reason)


def _number(reason: str) -> float:
    """The first number of a reason: the larger, the worse."""
    found = re.search(r"\d+", reason)
    return float(found.group()) if found else 0.0


def _name(row: MemberCost) -> str:
    return f"{row.member} {row.load}" if row.batch == 1 else f"{row.member} {row.load} x{row.batch}"


def _late(row: MemberCost) -> str:
    deadline = units.number(row.deadline_ms or 0.0)
    return plain(words.LATE.format(member=row.member, load=row.load, late=row.late, n=row.n, deadline=deadline))


def _no_rate(row: MemberCost) -> str:
    return plain(words.NO_RATE.format(member=row.member, deadline=units.number(row.deadline_ms or 0.0)))


def _energy_notes(record: CostRecord) -> Iterator[str]:
    found = [row.energy for row in record.rows if row.energy is not None]
    if not found:
        yield words.NO_ENERGY
    elif found[0].source == "estimate":
        yield words.ESTIMATE.format(coverage=plain(found[0].coverage))
    else:
        first = found[0]
        told = {"source": first.source.upper(), "rails": ", ".join(first.rails), "hz": units.number(first.hz)}
        yield plain(words.COUNTED.format(coverage=first.coverage, **told))
        if first.idle_watts is not None:
            yield words.IDLE.format(watts=units.number(first.idle_watts))


def _settings(record: CostRecord) -> Iterator[str]:
    """One sentence a setting; a record of one provider has one."""
    machine, size = record.machine, {"width": 0, "height": 0, **record.picture}
    settings = dict.fromkeys((r.provider, r.precision, r.threads, r.runtime) for r in record.rows if r.provider)
    for provider, precision, threads, runtime in settings:
        yield plain(
            words.SETTING.format(
                provider=provider, precision=precision, threads=threads, runtime=runtime, cpu=machine.cpu,
                cores=machine.cores, width=size["width"], height=size["height"],
            )
        )  # fmt: skip


def _nodes(record: CostRecord) -> Iterator[str]:
    """Where nodes ran, for members whose nodes are not all in one place."""
    told = {row.member: row.nodes for row in record.rows if len(row.nodes) > 1}
    for member, shares in told.items():
        text = ", ".join(f"{name} {units.percent(share)}" for name, share in shares.items())
        yield plain(words.NODES.format(member=member, shares=text))
