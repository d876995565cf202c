"""The staged plan in sentences: what is done, what it takes, and the gate in numbers."""

from dataclasses import dataclass
from functools import reduce

from appliance.advice.sequential import Gate, Standing
from appliance.advice.stages import NIGHTS
from appliance.advice.types import Demand, Stage
from appliance.language.catalogue import mark
from appliance.report.advice_words import Told

TITLES = {
    1: mark("Stage 1: small prototype"),
    2: mark("Stage 2: robustness on the site's own disturbances"),
    3: mark("Stage 3: cost in operation, then roll-out"),
}
PROTOTYPE = mark("Show size {sizes} at most {ng} NG and {ok} OK parts of the line, first under {conditions}.")
ROBUSTNESS = mark(
    "Watch the site with `inspect-eval calibrate`, then audit size {sizes} within what it finds: at most {ng} NG and "
    "{ok} OK parts, first under {conditions}."
)
ROLL_OUT = mark("Run size {sizes} on one line beside today's way, audited every night for {nights} nights.")
TAKES = mark("The line brings them in about {hours} hours.")
COSTS = mark("Labelling costs about {cost}.")
COST_UNKNOWN = mark("What labelling costs is not stated (prices.label_per_part).")
GATES = {
    "escape": mark("Gate: escape rate shown to be at most {limit} (95 %, may be looked at after every part)"),
    "overkill": mark("Gate: overkill rate shown to be at most {limit} (95 %, may be looked at after every part)"),
}
EXPECTED = mark("{gate}; at the rate seen so far {half} parts are enough half of the time, {most} four times in five.")
UNEXPECTED = mark("{gate}; the rate seen so far is over it: stop where it is shown to be, or after {most} parts.")
PAYS = mark("Gate: the probability that it pays is at least {pays} when `inspect-eval advise` is run again.")
P99 = mark("Gate: p99 from file to verdict at most {ms} ms (`inspect-eval cost --acceptance`).")
PER_1000 = mark("Gate: all costs, wrong decisions included, below {cost} per 1000 parts, which is today's.")
PAYBACK = mark("Gate: the payback stays within {years} years with what the line has then measured.")
NO_ALARM = mark("Gate: no alarm of drift, of escapes or of overkill in those nights.")
SITE_LIMIT_OPEN = mark("Gate: none can be set on a rate: no rate makes it pay with these prices.")

STATES = {
    Gate.PASSED: mark("{rate}: passed. {k} of {n} show it to be at most {limit}."),
    Gate.FAILED: mark("{rate}: failed. {k} of {n} show it to be over {limit}."),
    Gate.OPEN: mark("{rate}: go on. {k} of {n} do not settle {limit}; {further} more without one would pass it."),
}
SENTENCES = mark("{first} {then}")
RATES = {"escape": mark("Escapes"), "overkill": mark("Overkills")}


@dataclass(frozen=True)
class StageText:
    """One stage in words."""

    title: str
    what: str
    gates: tuple[str, ...]


def stage_texts(told: Told) -> list[StageText]:
    """The stages of the plan."""
    return [
        StageText(told.w(TITLES[stage.number]), _what(told, stage), _gates(told, stage)) for stage in told.advice.stages
    ]


def _what(told: Told, stage: Stage) -> str:
    w, count = told.w, told.figures.count
    sizes = told.listed(list(stage.sizes))
    if stage.number == 3:
        return w(ROLL_OUT, sizes=sizes, nights=NIGHTS)
    conditions = told.listed([told.condition(key) for key in stage.conditions])
    form = PROTOTYPE if stage.number == 1 else ROBUSTNESS
    said = [w(form, sizes=sizes, ng=count(stage.ng_parts), ok=count(stage.ok_parts), conditions=conditions)]
    if stage.line_hours:
        said.append(w(TAKES, hours=told.figures.expected(max(stage.line_hours, 0.1))))
    said.append(w(COST_UNKNOWN) if stage.cost is None else w(COSTS, cost=told.figures.money(stage.cost)))
    return reduce(lambda first, then: w(SENTENCES, first=first, then=then), said)


def _gates(told: Told, stage: Stage) -> tuple[str, ...]:
    w, share = told.w, told.figures.share
    said = [_demand(told, demand) for demand in stage.demands]
    if stage.number == 2 and not stage.demands and told.advice.reference and not told.advice.missing:
        said.append(w(SITE_LIMIT_OPEN))
    if stage.pays is not None:
        said.append(w(PAYS, pays=share(stage.pays)))
    if stage.number == 3:
        said += _last_gates(told, stage)
    return tuple(said)


def _last_gates(told: Told, stage: Stage) -> list[str]:
    w, said = told.w, []
    if stage.p99_ms is not None:
        said.append(w(P99, ms=told.figures.count(stage.p99_ms)))
    if stage.per_1000 is not None:
        said.append(w(PER_1000, cost=told.figures.price(stage.per_1000)))
    if stage.payback is not None:
        said.append(w(PAYBACK, years=told.figures.count(stage.payback)))
    return [*said, w(NO_ALARM)]


def _demand(told: Told, demand: Demand) -> str:
    w, count = told.w, told.figures.count
    gate = w(GATES[demand.rate], limit=told.figures.share(demand.limit))
    if demand.expected is None:
        return w(UNEXPECTED, gate=gate, most=count(demand.most))
    return w(EXPECTED, gate=gate, half=count(demand.expected), most=count(demand.most))


def standing_text(told: Told, standing: Standing) -> str:
    """How a gate stands after the parts seen so far."""
    return told.w(
        STATES[standing.gate],
        rate=told.w(RATES[standing.rate]),
        k=standing.failures,
        n=standing.parts,
        limit=told.figures.share(standing.limit),
        further=standing.further,
    )
