"""What the board's page says: three sentences, the decision, the next step, and what is uncertain."""

from dataclasses import dataclass

from appliance.advice.types import Because, Money, Verdict
from appliance.language.catalogue import Words, mark
from appliance.report.advice_words import Told
from appliance.report.plan_words import stage_texts

DOMAIN = "page"
TOP_SWINGS = 3

PERFORMANCE = mark("Size {size} decides {accuracy} of undisturbed parts rightly (95 % interval {low} to {high}).")
ROBUSTNESS = mark(
    "Under the site's conditions it passes {escape} of NG parts ({escape_low} to {escape_high}) and rejects {overkill} "
    "of OK parts ({overkill_low} to {overkill_high})."
)
ROBUSTNESS_COUNTED = mark("{sentence} That is about {escapes} escapes and {overkills} overkills a year.")
RETURN = mark(
    "It brings {npv} over {years} years against today's way ({low} to {high}), running costs and wrong decisions "
    "counted. It pays with a probability of {pays}; payback in the middle case: {payback}."
)
RETURN_ALONE = mark(
    "It costs {per_1000} per 1000 parts ({low} to {high}), running costs and wrong decisions counted. What it brings "
    "cannot be said while today's way is not described."
)
RETURN_UNKNOWN = mark("What it brings cannot be said without {missing}.")
NO_SIZE = mark("No size can be put forward.")

CHART_NPV = mark("Net present value of each size against today's way over {years} years, 95 % interval")
CHART_COST = mark("All costs per 1000 parts of each size, 95 % interval")
CHART_RATE = mark("Escape rate of each size over the year, 95 % interval")
NOTE_PAYS = mark("pays: {pays}")
NOTE_BEST = mark("best: {best}")
LINE_EVEN = mark("break-even")
LINE_TODAY = mark("today: {value}")
LINE_LIMIT = mark("limit {value}")

UNCERTAIN_SWING = mark("{name}: between {low} and {high} the value goes from {at_low} to {at_high}.")
UNCERTAIN_SIZES = mark("{size} is the best choice with a probability of {best}.")
UNCERTAIN_TEST = mark("{test} would be worth about {value} to this decision.")
STOP = mark("Nothing is bought. If a size is trained anew, audit it and ask again.")
THEN = mark("Then {second}; {third}.")
INVEST_NEXT = mark("Order the machine for size {size} and begin with stage 1; each gate may still stop it.")


@dataclass(frozen=True)
class BoardText:
    """The page's sentences."""

    performance: str
    robustness: str
    brings: str
    decision: tuple[str, ...]
    next_step: tuple[str, ...]
    uncertain: tuple[str, ...]


def board_text(told: Told, w: Words) -> BoardText:
    """The sentences of the page; `w` holds the words of its domain."""
    chosen = told.advice.way(told.advice.decision.size)
    if chosen is None:
        first = (w(NO_SIZE), "", "")
    else:
        first = (_performance(told, w, chosen), _robustness(told, w, chosen), _brings(told, w, chosen))
    return BoardText(*first, _decision(told), _next_step(told, w), _uncertain(told, w, chosen))


def _performance(told: Told, w: Words, chosen: Money) -> str:
    clean, share = told.advice.clean_accuracy[chosen.name], told.figures.accuracy
    return w(
        PERFORMANCE, size=chosen.name, accuracy=share(clean.estimate), low=share(clean.low), high=share(clean.high)
    )


def _robustness(told: Told, w: Words, chosen: Money) -> str:
    share, count = told.figures.rate, told.figures.expected
    escape, overkill = chosen.escape_rate, chosen.overkill_rate
    sentence = w(
        ROBUSTNESS,
        escape=share(escape.estimate),
        escape_low=share(escape.low),
        escape_high=share(escape.high),
        overkill=share(overkill.estimate),
        overkill_low=share(overkill.low),
        overkill_high=share(overkill.high),
    )
    if chosen.escapes is None or chosen.overkills is None:
        return sentence
    return w(
        ROBUSTNESS_COUNTED,
        sentence=sentence,
        escapes=count(chosen.escapes.estimate),
        overkills=count(chosen.overkills.estimate),
    )


def _brings(told: Told, w: Words, chosen: Money) -> str:
    money, advice = told.figures.money, told.advice
    if chosen.npv is not None and chosen.payback is not None:
        return w(
            RETURN,
            years=advice.horizon,
            npv=money(chosen.npv.estimate),
            low=money(chosen.npv.low),
            high=money(chosen.npv.high),
            payback=told.figures.years(chosen.payback.estimate, advice.horizon),
            pays=told.figures.chance(chosen.pays or 0.0),
        )
    if chosen.per_1000 is not None:
        cost = chosen.per_1000
        return w(RETURN_ALONE, per_1000=money(cost.estimate), low=money(cost.low), high=money(cost.high))
    return w(RETURN_UNKNOWN, missing=told.listed([told.input(name) for name in advice.missing]))


def _decision(told: Told) -> tuple[str, ...]:
    """Why, without the money that stands above, and what would turn it."""
    money = {Because.PAYS, Because.UNSURE, Because.LOSES}
    because = told.advice.decision.because
    reasons = [text for reason, text in zip(because, told.reasons(), strict=True) if reason not in money]
    return (*reasons, *told.turns())


def _next_step(told: Told, w: Words) -> tuple[str, ...]:
    decision, texts = told.advice.decision, stage_texts(told)
    if decision.verdict is Verdict.HOLD_OFF or not texts:
        return (w(STOP),)
    first = texts[0]
    lead = [w(INVEST_NEXT, size=decision.size)] if decision.verdict is Verdict.INVEST else []
    then = w(THEN, second=_small(texts[1].title), third=_small(texts[2].title))
    return (*lead, first.title, first.what, *first.gates, then)


def _uncertain(told: Told, w: Words, chosen: Money | None) -> tuple[str, ...]:
    said = []
    for swing in told.advice.tornado[:TOP_SWINGS]:
        name, low, high, at_low, at_high = told.swing(swing)
        said.append(w(UNCERTAIN_SWING, name=_capital(name), low=low, high=high, at_low=at_low, at_high=at_high))
    if chosen is not None and chosen.best is not None:
        said.append(w(UNCERTAIN_SIZES, size=chosen.name, best=told.figures.chance(chosen.best)))
    test = told.best_test()
    if test is not None:
        said.append(w(UNCERTAIN_TEST, test=told.worth(test), value=told.figures.money(test.value)))
    return (*said, _capital(told.assumptions()))


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
