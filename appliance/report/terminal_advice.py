"""A decision on a terminal: the sizes with their money, the verdict, what moves it, what a test is worth, the plan."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from appliance.advice.sequential import Standing
from appliance.advice.types import Money, Swing
from appliance.language.catalogue import mark
from appliance.report.advice_words import VERDICTS, Told
from appliance.report.lines import safe, stack
from appliance.report.plan_words import stage_texts, standing_text
from appliance.report.text import clip
from appliance.report.units import DASH

TITLE = mark("{family}, run {run}: {parts} parts a year, {years} years, present values against {reference}")
NO_REFERENCE = mark("nothing")
RATE_HEADS = {1: mark("escape\nrate"), 2: mark("overkill\nrate")}
HEADS = (
    mark("size"),
    mark("escapes\na year"),
    mark("overkills\na year"),
    mark("all costs\nper 1000"),
    mark("machine\nTCO"),
    mark("net present\nvalue"),
    mark("payback"),
    mark("pays"),
    mark("best"),
)
NOTE = mark("Below each figure: 95 % interval. TCO: machine, integration, running, retraining; not wrong decisions.")
RATE_NOTE = mark("Escapes and overkills are shares of NG and of OK parts: prices.ng_prevalence is not stated.")
WHAT_MOVES = mark("What moves the value of size {size}, each alone")
SWING = mark("{name}: {low} to {high}")
SWING_VALUE = mark("{low} to {high}")
TRIED = mark("{text} (no range stated: 20 % tried)")
WORTH_HEAD = mark("What knowing more is worth to the decision")
WORTH = mark("{what}: {value}")
WORTH_COST = mark("{what}: {value}, costs {cost}")
TURNS = mark("What would turn it")
MOST_SWINGS = 6
BAR = 24
ROOMY = 130  # columns from which all figures stand side by side
MONEY = 4  # the first column that speaks of money alone


def print_advice(told: Told, standings: Sequence[Standing] = (), console: Console | None = None) -> None:
    """Print the whole answer, on standard output where no console is given."""
    console = console or Console(highlight=False)
    console.print(safe(_title(told), "italic"))
    for table in _tables(told, console.width):
        console.print(table)
    console.print(Text(told.w(NOTE), style="dim"))
    if any(way.escapes is None for way in told.advice.ways):
        console.print(Text(told.w(RATE_NOTE), style="dim"))
    console.print()
    console.print(safe(f"{told.w(VERDICTS[told.advice.decision.verdict]).upper()}  {told.head()}", "bold"))
    for reason in told.reasons():
        console.print(safe(f"  {reason}"))
    _section(console, told.w(TURNS), told.turns())
    _moves(console, told)
    _worth(console, told)
    _plan(console, told)
    for standing in standings:
        console.print(safe(standing_text(told, standing), "bold"))
    console.print(safe(told.assumptions(), "dim"))


def _title(told: Told) -> str:
    advice = told.advice
    reference = told.way(advice.reference) if advice.reference else told.w(NO_REFERENCE)
    return told.w(
        TITLE,
        family=clip(advice.family, 30),
        run=advice.run,
        parts=told.figures.count(advice.parts_per_year),
        years=advice.horizon,
        reference=reference,
    )


def _tables(told: Told, width: int) -> list[Table]:
    """The figures of every way: in one table where the console is wide, else mistakes and money apart."""
    rows = [_row(told, way) for way in told.advice.ways]
    known = [place for place in range(1, len(HEADS)) if any(row[place].plain != DASH for row in rows)]
    parts = [known] if width >= ROOMY else [[p for p in known if p < MONEY], [p for p in known if p >= MONEY]]
    return [_table(told, rows, [0, *places]) for places in parts if places]


def _table(told: Told, rows: Sequence[Sequence[Text]], shown: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    counted = all(way.escapes for way in told.advice.ways)
    for place in shown:
        justify: JustifyMethod = "right" if place else "left"
        head = HEADS[place] if counted else RATE_HEADS.get(place, HEADS[place])
        table.add_column(Text(told.w(head)), justify=justify, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    return table


def _row(told: Told, way: Money) -> list[Text]:
    figures, advice = told.figures, told.advice
    money = (way.per_1000, way.tco, way.npv)
    back = way.payback
    return [
        safe(clip(told.way(way.name), 16), "bold"),
        *(
            stack(figures.expected(events.estimate), figures.between(events, figures.expected))
            if events
            else stack(figures.rate(rate.estimate), figures.between(rate, figures.rate))
            for events, rate in ((way.escapes, way.escape_rate), (way.overkills, way.overkill_rate))
        ),
        *(
            stack(figures.money(value.estimate), figures.between(value, figures.money)) if value else Text(DASH)
            for value in money
        ),
        Text(figures.years(back.estimate, advice.horizon)) if back else Text(DASH),
        Text(DASH if way.pays is None else figures.chance(way.pays)),
        Text(DASH if way.best is None else figures.chance(way.best)),
    ]


def _section(console: Console, head: str, lines: Sequence[str]) -> None:
    if lines:
        console.print()
        console.print(Text(head, style="bold"))
    for line in lines:
        console.print(safe(f"  {line}"))


def _moves(console: Console, told: Told) -> None:
    swings = told.advice.tornado[:MOST_SWINGS]
    widest = max((swing.reach for swing in swings), default=0.0)
    lines = [f"{_bar(swing, widest)}  {_swing(told, swing)}" for swing in swings]
    _section(console, told.w(WHAT_MOVES, size=told.advice.decision.size), lines)


def _bar(swing: Swing, widest: float) -> str:
    return ("█" * max(1, round(BAR * swing.reach / widest))).ljust(BAR)


def _swing(told: Told, swing: Swing) -> str:
    name, low, high, at_low, at_high = told.swing(swing)
    text = f"{told.w(SWING, name=name, low=low, high=high)} → {told.w(SWING_VALUE, low=at_low, high=at_high)}"
    return told.w(TRIED, text=text) if swing.assumed else text


def _worth(console: Console, told: Told) -> None:
    money = told.figures.money
    lines = []
    for worth in told.advice.worth:
        form = WORTH if worth.cost is None else WORTH_COST
        cost = money(worth.cost or 0.0)
        lines.append(told.w(form, what=told.worth(worth), value=money(worth.value), cost=cost))
    _section(console, told.w(WORTH_HEAD), lines)


def _plan(console: Console, told: Told) -> None:
    for stage in stage_texts(told):
        _section(console, stage.title, [stage.what, *stage.gates])
    console.print()
