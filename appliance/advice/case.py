"""Everything a decision is computed from, gathered once: the mix, the measurements, the ways, what is uncertain."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliance.advice import build
from appliance.advice.draws import stream
from appliance.advice.measure import Measured, measured
from appliance.advice.mix import site_mix, watched_by
from appliance.advice.money import Terms, accounts, present_value
from appliance.advice.types import Floats, Mix, Way, World
from appliance.errors import InputRefused
from appliance.score.grid import CLEAN, Grid, Reader, read_grid
from appliance.score.summary_types import Summary
from appliance.score.types import LimitState, LimitVerdict
from appliance.sections.calibration import CalibrationSection
from appliance.site import Site

STATES = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)
"""How a limit can stand, the worst first."""


@dataclass(frozen=True, eq=False)
class Case:
    """Everything the answer is computed from."""

    site: Site
    summary: Summary
    mix: Mix
    found: Measured
    ways: tuple[Way, ...]
    world: World
    terms: Terms
    setting: build.Setting

    @property
    def reference(self) -> int | None:
        """The place of today's way."""
        return next((place for place, way in enumerate(self.ways) if not way.new), None)

    def states(self, *, clean: bool) -> dict[str, LimitState]:
        """How each size stands to its limits on clean parts, or under the perturbed conditions of the mix."""
        limits = self.summary.limits
        if clean:
            return _worst(limit for limit in limits if limit.condition == CLEAN)
        shown = set(self.mix.keys) - {CLEAN}
        return _worst(limit for limit in limits if limit.binding and limit.condition in shown)

    def open_at(self, size: str | None) -> tuple[str, ...]:
        """The conditions, clean among them, under which a limit of a size stands at its worst; none where all hold."""
        shown = set(self.mix.keys)
        own = [
            limit
            for limit in self.summary.limits
            if limit.member == size and (limit.condition == CLEAN or (limit.binding and limit.condition in shown))
        ]
        worst = min((limit.state for limit in own), key=STATES.index, default=LimitState.HOLDS)
        found = dict.fromkeys(limit.condition for limit in own if limit.state is worst)
        return () if worst is LimitState.HOLDS else tuple(found)


def gather(site: Site, summary: Summary, outcomes: Reader) -> Case:
    record = summary.record
    grid = read_grid(record, outcomes)
    file = str(site.file)
    calibrated = CalibrationSection.model_validate(record.head.config.get("calibration", {}), strict=False)
    watched = watched_by(calibrated, record.conditions, site.prices.parts_per_day)
    mix = _usable(site_mix(site.mix, record.conditions, watched, file), grid)
    found = measured(grid, mix.keys, stream(record.head.seed, "prior"))
    if not found.members:
        raise InputRefused("no size was scored under every condition of the mix", mend="audit again, or change [mix]")
    setting = build.Setting(site.prices, site.line.takt_s, record.head.seed, file)
    ways = build.ways(setting, found.members, summary.costs)
    world = build.world(setting, mix, found, ways)
    return Case(site, summary, mix, found, ways, world, build.terms(site.prices), setting)


def _usable(mix: Mix, grid: Grid) -> Mix:
    """The mix without conditions under which nothing was scored."""
    scored = {row.key for c, row in enumerate(grid.conditions) if grid.seen[:, c].any()}
    kept = {key: share for key, share in mix.shares.items() if key in scored}
    if not kept:
        raise InputRefused("nothing was scored under the conditions of the mix", mend="look at the run's warnings")
    total = sum(kept.values())
    return replace(mix, shares={key: share / total for key, share in kept.items()})


def _worst(limits: Iterable[LimitVerdict]) -> dict[str, LimitState]:
    found: dict[str, LimitState] = {}
    for limit in limits:
        known = found.get(limit.member, LimitState.HOLDS)
        found[limit.member] = min(known, limit.state, key=STATES.index)
    return found


def in_takt(case: Case, way: Way) -> bool | None:
    return None if way.p99_ms is None else way.p99_ms <= 1000.0 * case.site.line.takt_s


def choices_of(case: Case) -> list[int]:
    """Places of the ways that may be chosen: sizes within the takt that breach no limit on clean parts, and today's."""
    clean = case.states(clean=True)
    return [
        place
        for place, way in enumerate(case.ways)
        if not way.new or (in_takt(case, way) is not False and clean.get(way.name) is not LimitState.BREACHED)
    ]


def value_of(case: Case, world: World) -> Floats:
    """(B, W) value of every way in a world: less what it costs over the horizon."""
    total = accounts(world, case.ways, case.terms).total()
    if total is None:
        raise ValueError("a value was asked for while a price is missing")
    return -present_value(total, world.years["worth"])


def of_choices(case: Case, choices: list[int], world: World) -> Floats:
    return value_of(case, world)[:, choices]


def against_today(case: Case, world: World) -> Floats:
    """(B, W) what each way saves against today's; less its own cost where there is no such way."""
    values, reference = value_of(case, world), case.reference
    return values if reference is None else values - values[:, [reference]]
