"""What a command does with a site: audit it under its lock, read a run back, write its report, compare two."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from appliance.audit.order import Wish, check_wish, site_family
from appliance.audit.plan import Plan
from appliance.audit.run import Progress, run_audit
from appliance.cost.closed import closed_costs
from appliance.cost.fresh import Told
from appliance.cost.kept import keep_record, kept_records, record_of_run, with_costs
from appliance.cost.price import Price, prices_of
from appliance.cost.record import CostRecord
from appliance.cost.site import CostWish, check_cost_wish, chosen, cost_site
from appliance.cost.tune import Tuned
from appliance.cost.tune_site import tune_site
from appliance.engines.machine import cores
from appliance.engines.prepare import require_ready
from appliance.engines.progress import tell
from appliance.engines.select import engine_spec
from appliance.errors import Exit, InputRefused, MachineFailed, SiteBusy, UsageError
from appliance.language.tongue import spoken
from appliance.law.axis import axis_values
from appliance.law.curves import Basis, basis_of, keep_curves, kept_curves
from appliance.law.kept import keep_laws
from appliance.law.quantity import Setting
from appliance.law.summary import laws
from appliance.law.types import LawReport
from appliance.log.costs import clean_accuracies
from appliance.log.existing import existing_log
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.log.types import CostRow, RunRecord, RunState
from appliance.probe.store import latest_probes
from appliance.probe.types import FlipRow, ProbeRecord
from appliance.ready import gate_family, ready_order
from appliance.report.html import write_report
from appliance.report.section_cost import Priced, cost_section
from appliance.report.sections import Section
from appliance.report.view_laws import laws_section
from appliance.report.view_probe import probe_section
from appliance.report.view_seen import repeatability_section, sight_section
from appliance.score.beside import read_beside
from appliance.score.compare import Comparison, Scored, compare
from appliance.score.kept import keep_summary, kept_summary
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
from appliance.score.trade import Trade, trade
from appliance.score.types import LimitState
from appliance.site import Site
from appliance.writable import require_writable


def audit_site(site: Site, wish: Wish, *, resume: bool, progress: Progress, with_cost: bool) -> Summary:
    """Audit `site` under its lock and return the scored run.

    Raises SiteBusy where another command holds it, and whatever `make_order` and `run_audit` raise; a mistake of the
    command line first, whatever the state of the site.
    """
    check_wish(site, wish)
    require_writable(site)
    with site_lock(site.folder):
        order = ready_order(site, wish)
        seconds = site.cost.seconds_per_member
        with Log.open(site.log_path) as log:
            log.settle()
            run = run_audit(
                log,
                order,
                resume=resume,
                progress=progress,
                measure=(lambda plan: _told_costs(plan, seconds)) if with_cost else None,
            )
            tell("scoring: intervals over resampled parts")
            summary = read_summary(log, run)
            keep_summary(log, summary)
        tell("fitting: a law for every condition")
        _fit_laws(site, run)
        return summary


def _fit_laws(site: Site, run: str) -> None:
    """Fit the laws that a report shows, and keep them; a run that carries none says why when it is asked for them."""
    with suppress(InputRefused, UsageError):
        open_laws(site, run, "macs", law_setting(site))


def _told_costs(plan: Plan, seconds: float) -> list[CostRow]:
    tell(f"measuring the cost of {len(plan.members)} sizes, about {seconds:g} s each")
    return closed_costs(plan, seconds)


def measure_cost(site: Site, wish: CostWish, told: Told) -> CostRecord:
    """Measure the cost of the site's family under the site's lock, and keep the record in its log.

    Raises SiteBusy where another command holds the site (it would be in every figure), and what `cost_site` raises; a
    mistake of the command line first.
    """
    check_cost_wish(site, wish)
    require_writable(site)
    with site_lock(site.folder, "cost"):
        spec = engine_spec(site, provider=wish.provider, threads=wish.threads)
        require_ready(spec)
        gate_family(site, chosen(site_family(site), wish.members), spec)
        record = cost_site(site, wish, told)
        with Log.open(site.log_path) as log:
            keep_record(log, record)
    return record


def cost_prices(site: Site, record: CostRecord) -> list[Price]:
    """What the sizes of `record` cost per 1000 parts at the site's takt and prices."""
    accuracy: dict[str, float] = {}
    if site.log_path.exists():
        with Log.open_read(site.log_path) as log:
            accuracy = clean_accuracies(log)
    return prices_of(record, site.prices, site.line.takt_s, accuracy)


def tune_cost(site: Site, wish: CostWish, told: Callable[[str], None]) -> list[Tuned]:
    """Search for the fastest CPU setting of every member, under the site's lock."""
    require_writable(site)
    with site_lock(site.folder, "cost --tune"):
        return tune_site(site, wish, told)


def last_cost_record(site: Site) -> CostRecord:
    """The cost record made last here. Raises InputRefused where there is none."""
    if site.log_path.exists():
        with Log.open_read(site.log_path) as log:
            for record in kept_records(log, most=1):
                return record
    raise InputRefused("no cost has been measured here yet", file=str(site.log_path), mend="run `inspect-eval cost`")


def read_summary(log: Log, run: str) -> Summary:
    """Score a logged run against the one before it; the numbers that the log keeps of it are not worked out again."""
    record = log.read_run(run)
    record = with_costs(record, record_of_run(log, record))
    before = log.previous_run(record.head.run)
    previous = log.read_run(before) if before else None
    return summarise(
        record,
        lambda member, condition: log.outcomes(record.head.run, member, condition),
        previous=previous,
        beside=read_beside(log, record.head.run),
        known=_known(log, record),
    )


def _known(log: Log, record: RunRecord) -> Summary | None:
    """What the log keeps of a finished run, where it was kept of these very cells."""
    if record.tail is None or record.tail.state is not RunState.DONE:
        return None
    found = kept_summary(log, record)
    return found if found is not None and set(found.cells) == set(record.cells) else None


def verdict_code(summary: Summary) -> Exit:
    """1 where a binding limit is not shown to hold, 5 where parts or members were left out, else 0."""
    if any(limit.binding and limit.state is not LimitState.HOLDS for limit in summary.limits):
        return Exit.BREACH
    return Exit.WARNINGS if any(w.kind in ("part", "member") for w in summary.record.warnings) else Exit.OK


def open_summary(site: Site, run: str) -> Summary:
    """A logged run, scored. `run` is an id, the beginning of one, or `last`."""
    with Log.open_read(existing_log(site)) as log:
        return read_summary(log, run)


def open_comparison(site: Site, a: str, b: str, other: Site | None = None) -> tuple[Comparison, Trade | None]:
    """Two logged runs compared on the parts they share; `b` lies in the log of `other` where that is given.

    Where every shared size has other weights, also what b's training bought. Raises InputRefused where nothing can be
    compared.
    """
    there = existing_log(other or site)
    with Log.open_read(existing_log(site)) as log, Log.open_read(there) as second:
        first, then = _scored(log, a), _scored(second, b)
        if other is None and first.record.head.run == then.record.head.run:
            raise UsageError(f"{a} and {b} are the same run", mend="`inspect-eval runs list` names the others")
        return compare(first, then), trade(first, then) if _trained_anew(first, then) else None


def _trained_anew(a: Scored, b: Scored) -> bool:
    """Whether every size that both runs have holds other weights."""
    before = {row.name: row.sha256 for row in a.record.members}
    return all(before[row.name] != row.sha256 for row in b.record.members if row.name in before)


def _scored(log: Log, name: str) -> Scored:
    record = log.read_run(name)
    return Scored(record, lambda member, condition: log.outcomes(record.head.run, member, condition))


def law_setting(site: Site | None, tau: float | None = None, delta: float | None = None) -> Setting:
    """What the site sets before it looks at the data; `tau` and `delta` outrank it."""
    usual = Setting()
    if site is not None:
        usual = Setting(site.law.delta_pp, site.law.tau_clean_pp, site.law.tau_perturbed_pp, site.audit.seed)
    if tau is not None:
        usual = replace(usual, tau_clean=tau, tau_perturbed=tau)
    return usual if delta is None else replace(usual, delta=delta)


def open_laws(site: Site, run: str, axis: str, setting: Setting) -> LawReport:
    """The laws of a logged run over one axis, kept in the log for pages. Raises UsageError for an unknown axis.

    Curves that the log keeps of the same outcomes and setting are not fitted again.
    """
    with Log.open_read(existing_log(site)) as log:
        record = log.read_run(run)
        cost = record_of_run(log, record)
        record = with_costs(record, cost)
        prices = _per_part(site, cost) if axis == "cost" else None
        basis = basis_of(record, axis_values(record, axis, prices)[0], setting)
        known = kept_curves(log, record.head.run, axis, basis)
        report = laws(
            record,
            lambda member, condition: log.outcomes(record.head.run, member, condition),
            axis,
            setting=setting,
            prices=prices,
            known=known,
            workers=cores(),
        )
    if setting == law_setting(site):
        _keep_laws(site, record.head.run, report, basis, fitted=known is None)
    return report


def _per_part(site: Site, cost: CostRecord | None) -> dict[str, float]:
    """Money per part by member, where it is known."""
    found = cost_prices(site, cost) if cost is not None else []
    return {price.member: price.per_1000 / 1000.0 for price in found if price.per_1000 is not None}


def _keep_laws(site: Site, run: str, report: LawReport, basis: Basis, *, fitted: bool) -> None:
    """Keep what took long; a log that cannot be written now is read all the same."""
    try:
        with Log.open(site.log_path, create=False) as log:
            if fitted:
                keep_curves(log, run, report, basis)
            if spoken().language == "en":
                keep_laws(log, run, report)
    except (MachineFailed, SiteBusy):
        return


def write_run_report(site: Site, summary: Summary, out: Path | None, *, pictures: bool) -> Path:
    """Write the run's HTML page and return its path."""
    path = out or site.reports / f"{summary.record.head.run}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    report = open_laws(site, summary.record.head.run, "macs", law_setting(site))
    shown = _pictures(site, summary) if pictures else None
    with Log.open_read(existing_log(site)) as log:
        probes = latest_probes(log, summary.record.head.family)
    worst = probe_section(probes, _flips(site) if pictures and probes else None)
    extra = [laws_section(report), _cost_section(site, summary), sight_section, repeatability_section, worst]
    write_report(summary, path, picture=shown, extra=extra)
    return path


def _cost_section(site: Site, summary: Summary) -> Callable[[Summary], Section | None]:
    with Log.open_read(existing_log(site)) as log:
        record = record_of_run(log, summary.record)
    prices = cost_prices(site, record) if record is not None else []
    return cost_section(record, Priced(prices, site.prices.currency, site.line.takt_s))


def _pictures(site: Site, summary: Summary) -> Callable[[str, str], bytes | None]:
    """Draws a part under a condition again, exactly as the members saw it."""
    from appliance.show import Shower

    return Shower(site, summary.record).picture


def _flips(site: Site) -> Callable[[str, ProbeRecord, FlipRow], bytes | None]:
    """Draws a part clean and at its mildest flip."""
    from appliance.probe.show import ProbeShower

    return ProbeShower(site).picture
