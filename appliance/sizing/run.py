"""`size` on a site: its family, what was measured of it, its line and prices, and the machines in question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.audit.order import site_family
from appliance.cost.kept import kept_records
from appliance.cost.loads import Line, checked
from appliance.cost.machine import machine as this_machine
from appliance.cost.record import read_cost_record
from appliance.errors import InputRefused
from appliance.language.tongue import filled, mark
from appliance.log.log import Log
from appliance.log.types import RunRecord
from appliance.score.types import LimitState
from appliance.session import read_summary
from appliance.site import Site
from appliance.sizing.answer import answer, line_of
from appliance.sizing.catalogue import Catalogue, Machine, load_catalogue
from appliance.sizing.decide import Asked, Case
from appliance.sizing.queueing import Arrivals
from appliance.sizing.samples import Sample, by_member, from_audit, samples_of
from appliance.sizing.shipped import shipped
from appliance.sizing.speed import Supported
from appliance.sizing.store import read_fits
from appliance.sizing.types import Answer
from appliance.sizing.work import Work
from models.types import Family, Member

ALONE = mark(
    "Power by data sheet is that of the card or processor alone: sizing.computer_w adds the computer around it."
)


@dataclass(frozen=True)
class SizeWish:
    """What the command line asks; None keeps the site's own."""

    records: tuple[Path, ...] = ()
    machines: tuple[str, ...] = ()
    takt_s: float | None = None
    deadline_ms: float | None = None
    cameras: int | None = None
    burst: int | None = None
    measured: bool = True


def size_site(site: Site, wish: SizeWish) -> Answer:
    """The answer for a site. Raises InputRefused for a record of another family or a bad hardware.toml."""
    family = site_family(site)
    samples, notes = _samples(site, wish, family)
    limits, lost = _limits(site)
    notes = [*notes, *lost, *([ALONE] if site.sizing.computer_w is None else [])]
    catalogue = load_catalogue(site.resolve(site.sizing.hardware))
    fits = (*shipped(), *(read_fits(site.resolve(site.sizing.fits)) if site.sizing.fits else ()))
    whole = with_measured(catalogue, samples)
    chosen = list(whole.chosen(wish.machines or site.sizing.machines))
    cases = [Case(member.name, work_of(member), by_member(samples).get(member.name, ())) for member in family.members]
    return answer(
        cases,
        chosen,
        Asked(_line(site, wish), site.sizing, site.prices),
        Supported(fits, whole),
        family=family.name,
        limits=limits,
        notes=notes,
    )


def work_of(member: Member) -> Work:
    """What one picture asks of a machine."""
    return Work(member.macs, member.activations, member.params, member.card.height * member.card.width)


def with_measured(catalogue: Catalogue, samples: Iterable[Sample]) -> Catalogue:
    """The catalogue with the machines that were measured and are not in it."""
    unknown = {sample.machine: sample for sample in samples if catalogue.find(sample.machine) is None}
    added = tuple(
        Machine(name=name, kind="gpu" if sample.on_gpu else "cpu", source=f"cost record of {sample.made}")
        for name, sample in unknown.items()
    )
    return Catalogue((*added, *catalogue.machines))


def _line(site: Site, wish: SizeWish) -> Arrivals:
    """The site's line with what the command line changes. Raises UsageError for what no line can do."""
    line = site.line
    takt = wish.takt_s or line.takt_s
    deadline = line.deadline_ms if wish.deadline_ms is None else wish.deadline_ms
    jitter = min(line.jitter_ms, 0.499 * 1000.0 * takt)
    found = line_of(takt, deadline, wish.cameras or line.cameras, jitter, wish.burst or site.sizing.burst)
    checked(Line(found.takt_s, found.jitter_s, found.cameras, found.gate_s))
    return found


def _samples(site: Site, wish: SizeWish, family: Family) -> tuple[list[Sample], list[str]]:
    """From the records named, else from the site's own log; and what was left aside, in words."""
    if not wish.measured:
        return [], [mark("Nothing that was measured is used: every figure comes from the size of the models.")]
    if wish.records:
        found = [samples_of(read_cost_record(path), family, str(path)) for path in wish.records]
        return [one for samples, _ in found for one in samples], [note for _, notes in found for note in notes]
    return _logged(site, family)


def _logged(site: Site, family: Family) -> tuple[list[Sample], list[str]]:
    if not site.log_path.exists():
        return [], [mark("Nothing was measured here: run `inspect-eval cost`, or bring a record with --record.")]
    with Log.open_read(site.log_path) as log:
        ours = {member.sha256 for member in family.members}
        for record in kept_records(log):
            if ours & {row.sha256 for row in record.rows}:
                samples, notes = samples_of(record, family, str(site.log_path))
                if samples:
                    return samples, notes
        return _from_last_audit(log, family)


def _from_last_audit(log: Log, family: Family) -> tuple[list[Sample], list[str]]:
    run = next((brief.run for brief in log.runs()), None)
    record = log.read_run(run, with_parts=False) if run else None
    known = {member.name for member in family.members}
    rows = [row for row in record.costs if row.member in known] if record else []
    samples = from_audit(rows, _cpu(record), record.head.started) if record and rows else []
    if not samples:
        return [], [mark("No valid measurement of these models is in the log: run `inspect-eval cost`.")]
    return samples, [
        mark("Times are those an audit took in passing: `inspect-eval cost` measures them as the line sees them.")
    ]


def _cpu(record: RunRecord | None) -> str:
    named = record.head.environment.get("cpu") if record else None
    return str(named) if named else this_machine().cpu


def _limits(site: Site) -> tuple[dict[str, str], list[str]]:
    """Per member, how the last audit left its limits on clean parts (empty where there is none), and why not."""
    if not site.log_path.exists():
        return {}, []
    try:
        with Log.open_read(site.log_path) as log:
            limits = read_summary(log, "last").limits if log.runs() else ()
    except InputRefused as error:
        return {}, [filled("How the sizes hold their own limits is not shown: {why}.", why=error)]
    states: dict[str, list[LimitState]] = {}
    for limit in limits:
        if limit.condition == "clean":
            states.setdefault(limit.member, []).append(limit.state)
    return {member: _worst(found) for member, found in states.items()}, []


def _worst(states: Sequence[LimitState]) -> str:
    if LimitState.BREACHED in states:
        return mark("breached")
    return mark("hold") if all(state is LimitState.HOLDS for state in states) else mark("not proven")
