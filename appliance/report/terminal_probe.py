"""A probe on a terminal: every size, how many decisions can be flipped, how far off the flip lies, and by what."""

import math

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appliance.probe.run import Probed
from appliance.probe.summary import Tolerance, tolerances
from appliance.probe.types import Kind, ProbeRecord
from appliance.report import units
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.lines import safe, stack
from appliance.report.text import plain
from appliance.score.types import Interval, Rate

_MOST = 5


def print_probe(probed: Probed, console: Console | None = None) -> None:
    """Print it on standard output."""
    out = console or Console()
    record = probed.record
    out.print(Text(title(record)))
    out.print(Padding(_table(record), (1, 0)))
    for sentence in sentences(record):
        out.print(Padding(Text(sentence), (0, 0, 1, 0)))
    for item in probed.left_out[:_MOST]:
        out.print(Text(f"  left out {plain(item.id)}: {plain(item.what)}"))


def title(record: ProbeRecord) -> str:
    """What was probed."""
    budget = f"at most {units.count(record.looks)} candidates for each part and size"
    return f"probe {record.probe} of {plain(record.family)}: {units.count(record.parts)} parts, {budget}"


def sentences(record: ProbeRecord) -> tuple[str, ...]:
    """How to read it, and what it does not say."""
    return _physical(record) if record.kind is Kind.PHYSICAL else _adversarial(record)


BOX = "Searched: {axes}."
REACH = "The search went {reach} times as far; distances count in the box itself, so above 1 is beyond it."
CALIBRATED = "The box ends where 99 % of the line's own pictures end (calibrate)."
GENERIC = (
    "Nothing is calibrated, so the box ends at the generic level 2; `inspect-eval calibrate` makes it the line's own."
)
DISTANCE = (
    "Distance: the root of the sum of squares of shares of the box, so 1 is one disturbance alone at its end. A search "
    "proves an upper bound: a milder flip may exist, and where it says none, a larger budget may find one."
)
ATTACK = (
    "Every pixel may change by at most {levels} grey levels of 255 (Square attack, score only, {looks} looks a part). "
    "A size that holds may fall to a stronger attack."
)
FACTORY = (
    "A factory rarely has an attacker who can change pixels between camera and model; where adversarial robustness "
    "must be reported, this is it. For what a line does by itself, use the physical probe."
)


def _physical(record: ProbeRecord) -> tuple[str, ...]:
    axes = ", ".join(
        f"{perturbation_name(axis['name'])} to {severity_text(axis['name'], axis['end'], axis['unit'])}"
        for axis in record.box
    )
    wider = (REACH.format(reach=units.number(record.reach)),) if record.reach != 1.0 else ()
    return BOX.format(axes=axes), CALIBRATED if record.calibrated else GENERIC, *wider, DISTANCE


def _adversarial(record: ProbeRecord) -> tuple[str, ...]:
    return ATTACK.format(levels=units.number(record.levels), looks=units.count(record.looks)), FACTORY


def _table(record: ProbeRecord) -> Table:
    physical = record.kind is Kind.PHYSICAL
    heads = ["Size", "Wrong\nclean", "Flipped,\n%", "NG,\n%", "OK,\n%"]
    heads += ["Distance,\nmedian", "nearest\n10 %", "Weakest in"] if physical else []
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(heads):
        loose = index in {0, 7}
        table.add_column(Text(head), justify="left" if loose else "right", overflow="fold", no_wrap=not loose)
    for item in tolerances(record):
        table.add_row(*_cells(item, physical=physical))
    return table


def _cells(item: Tolerance, *, physical: bool) -> list[Text]:
    cells = [safe(item.member, "bold"), Text(f"{item.wrong}/{item.parts}"), _share(item.flipped, spanned=True)]
    cells += [_share(item.escapes), _share(item.overkills)]
    if physical:
        cells += [stack(*distance_text(item.quantiles[name])) for name in ("median", "p10")]
        cells.append(Text(weakest_text(item, 1)))
    return cells


def _share(value: Rate, *, spanned: bool = False) -> Text:
    if not value.n:
        return Text(units.DASH)
    text = units.bare_percent(value.estimate)
    return stack(text, units.rate_span(value)) if spanned else Text(text)


def distance_text(value: Interval) -> tuple[str, str]:
    """A distance and its interval; `none found` where it is infinite."""
    if math.isnan(value.estimate):
        return units.DASH, ""
    if math.isinf(value.low):
        return "none", ""
    estimate = "none" if math.isinf(value.estimate) else f"{value.estimate:.2f}"
    high = "none" if math.isinf(value.high) else f"{value.high:.2f}"
    return estimate, f"{value.low:.2f} to {high}"


def weakest_text(item: Tolerance, most: int = 2) -> str:
    """The perturbations that the flips mostly consist of."""
    named = list(item.weakest.items())[:most]
    return ", ".join(f"{perturbation_name(name)} {100 * share:.0f} %" for name, share in named) or units.DASH
