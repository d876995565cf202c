"""More size or better training, on a terminal."""

import math

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.language.tongue import w
from appliance.report import units, words
from appliance.report.lines import safe, stack
from appliance.report.text import clip, plain
from appliance.score.trade import Bought, Trade


def print_trade(found: Trade, console: Console | None = None) -> None:
    """Print what a training bought, on standard output where no console is given."""
    console = console or Console(highlight=False)
    a, b = plain(found.family_a), plain(found.family_b)
    title = words.TRADE_TITLE.format(a=a, b=b, parts=units.count(found.parts), conditions=found.conditions)
    table = Table(
        title=Text(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for place, head in enumerate(words.TRADE_HEADS):
        shown = Text(head.format(a=clip(a, 10), b=clip(b, 10)))
        table.add_column(shown, justify="left" if place == 0 else "right", overflow="fold")
    for one in found.bought:
        table.add_row(*_row(one, a))
    console.print()
    console.print(table)
    console.print(Text(words.TRADE_NOTE.format(a=a, b=b), style="dim"))
    for sentence in sentences(found):
        console.print(safe(sentence, "bold"))


def sentences(found: Trade) -> list[str]:
    """Which is cheaper for the same robustness, and for which sizes that is not shown."""
    undecided = tuple(one.name for one in found.bought if one.name not in (*found.cheaper, *found.dearer))
    pairs = (
        (words.TRADE_TRAINING, found.cheaper),
        (words.TRADE_SIZE, found.dearer),
        (words.TRADE_OPEN, undecided),
    )
    return [form.format(sizes=w(", ").join(names)) for form, names in pairs if names]


def _row(one: Bought, a: str) -> list[Text]:
    equal = words.TRADE_NONE.format(a=a) if one.equal is None else words.TRADE_EQUAL.format(a=a, size=one.equal)
    return [
        safe(clip(one.name, 16), "bold"),
        Text(units.si(one.macs)),
        stack(units.bare_percent(one.robust_a.estimate), units.percent_span(one.robust_a)),
        stack(units.bare_percent(one.robust_b.estimate), units.percent_span(one.robust_b)),
        stack(units.bare_pp(one.gain.estimate), units.pp_span(one.gain)),
        stack(units.bare_pp(one.clean_gain.estimate), units.pp_span(one.clean_gain)),
        stack(
            _factor(one.factor.estimate, one),
            w("{low} to {high}", low=_factor(one.factor.low, one), high=_factor(one.factor.high, one)),
        ),
        safe(equal),
    ]


def _factor(value: float, one: Bought) -> str:
    if math.isinf(value):
        return words.TRADE_BEYOND.format(times=units.TIMES, factor=units.number(one.beyond, 2))
    return words.TRADE_FACTOR.format(times=units.TIMES, factor=units.number(value, 2))
