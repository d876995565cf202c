"""The whole answer of `advise`: money of every size, the verdict, what moves it, what a test is worth, the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.advice import build
from appliance.advice.case import Case, gather
from appliance.advice.decide import Grounds, decide
from appliance.advice.figures import money_of
from appliance.advice.knowing import worth_of
from appliance.advice.money import accounts
from appliance.advice.moves import break_even, what_moves
from appliance.advice.stages import Site as PlanSite
from appliance.advice.stages import stages
from appliance.advice.types import Advice, Decision, Money, Swing, Worth
from appliance.score.grid import CLEAN, Reader
from appliance.score.summary_types import Summary
from appliance.score.types import Interval, LimitState
from appliance.site import Site


def advise(site: Site, summary: Summary, outcomes: Reader) -> Advice:
    """What to do about the sizes of one scored run.

    Raises UsageError for a reference, a size or a condition in site.toml that the run does not have, InputRefused
    where no member was scored.
    """
    case = gather(site, summary, outcomes)
    books = accounts(case.world, case.ways, case.terms)
    money = money_of(case, books)
    missing = build.missing(case.setting, case.ways)
    knowing = worth_of(case) if not missing else ()
    decision = decide(_grounds(case, money, missing, knowing))
    swings: tuple[Swing, ...] = ()
    if not missing and decision.size:
        swings, decision = what_moves(case, decision)
    decision = break_even(case, decision, missing)
    advice = _advice(case, money, decision, swings, knowing, missing)
    return replace(advice, stages=stages(advice, plan_site(case, decision)))


def _grounds(case: Case, money: Sequence[Money], missing: Sequence[str], knowing: Sequence[Worth]) -> Grounds:
    reference = case.reference
    sizes = [one for one, way in zip(money, case.ways, strict=True) if way.new]
    name = None if reference is None else case.ways[reference].name
    confidence = case.site.prices.confidence
    return Grounds(sizes, name, missing, confidence, knowing, case.states(clean=True), case.states(clean=False))


def plan_site(case: Case, decision: Decision) -> PlanSite:
    prices, limits = case.site.prices, case.site.limits
    clean = {m.name: (m.clean.escape, m.clean.overkill) for m in case.summary.members}
    burden = _burden(case, decision.size)
    held = {(v.member, v.condition) for v in case.summary.limits if v.state is not LimitState.HOLDS}
    weak = sorted((key for key in burden if (decision.size, key) in held and key != CLEAN), key=lambda k: -burden[k])
    return PlanSite(
        limits={"escape_rate": limits.escape_rate, "overkill_rate": limits.overkill_rate},
        clean=clean,
        burden=burden,
        weak=weak or [key for key in sorted(burden, key=lambda k: -burden[k]) if key != CLEAN],
        takt_s=case.site.line.takt_s,
        confidence=prices.confidence,
        label_per_part=None if prices.label_per_part is None else float(prices.label_per_part),
        prevalence=None if prices.ng_prevalence is None else float(prices.ng_prevalence),
    )


def _burden(case: Case, size: str | None) -> Mapping[str, float]:
    """Per condition its share of what the size's wrong decisions cost (of their number where prices are missing)."""
    place = next((p for p, way in enumerate(case.ways) if way.name == size), None)
    if place is None:
        return {}
    mean = case.world.at_means()
    prices = mean.prices
    ng = float(prices["ng_prevalence"][0]) if "ng_prevalence" in prices else 0.5
    each = [float(prices[name][0]) if name in prices else 1.0 for name in ("escape", "overkill")]
    cost = ng * each[0] * mean.escape[0, place] + (1.0 - ng) * each[1] * mean.overkill[0, place]
    parts = mean.shares[0] * cost
    return dict(zip(case.mix.keys, (parts / max(float(parts.sum()), 1e-300)).tolist(), strict=True))


def _advice(
    case: Case,
    money: tuple[Money, ...],
    decision: Decision,
    swings: tuple[Swing, ...],
    knowing: tuple[Worth, ...],
    missing: tuple[str, ...],
) -> Advice:
    site, head, reference = case.site, case.summary.record.head, case.reference
    return Advice(
        run=head.run,
        seed=case.setting.seed,
        draws=len(case.world.escape),
        currency=site.prices.currency,
        parts_per_year=float(case.setting.parts_per_year),
        horizon=site.prices.horizon_years,
        mix=case.mix,
        ways=money,
        reference=None if reference is None else case.ways[reference].name,
        decision=decision,
        tornado=swings,
        worth=knowing,
        stages=(),
        missing=missing,
        left_out=build.left_out(case.setting, case.ways),
        inputs={"prices": site.prices.model_dump(), "mix": site.mix.model_dump(mode="json")},
        clean_accuracy={
            m.name: Interval(m.clean.accuracy.estimate, m.clean.accuracy.low, m.clean.accuracy.high)
            for m in case.summary.members
        },
        site=site.name,
        family=head.family,
        confidence=site.prices.confidence,
        open_at=case.open_at(decision.size),
        units={row.key: row.unit for row in case.summary.record.conditions},
        limits={"escape_rate": site.limits.escape_rate, "overkill_rate": site.limits.overkill_rate},
    )
