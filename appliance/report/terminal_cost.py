"""Cost on a terminal: a row a member and load, where the time goes, what speaks against a figure."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.cost.compare import FASTER, SLOWER, CostChange
from appliance.cost.price import Price
from appliance.cost.record import VALID, CostRecord, MemberCost
from appliance.language.tongue import spoken, w
from appliance.report import units, view_cost
from appliance.report import words_cost as words
from appliance.report.lines import safe
from appliance.report.text import clip
from appliance.report.words import HEADINGS

_ROOMY = 100
_TEXT = ("size", "load", "state", "")


def print_cost(record: CostRecord, console: Console | None = None) -> None:
    """Print the record: figures, stages, and every sentence that belongs to them."""
    out = console or Console(highlight=False)
    out.print(cost_table(record, out.width))
    out.print()
    if view_cost.stage_rows(record):
        out.print(stage_table(record, out.width))
        out.print()
        out.print(start_table(record, out.width))
        out.print()
    for note in view_cost.notes(record):
        out.print(safe(note))
    if any(None in (r.p50_ms, r.p90_ms, r.p99_ms) for r in record.rows if r.mean_ms is not None):
        out.print(safe(words.NARROW_NOTE))


def cost_table(record: CostRecord, width: int = 80) -> Table:
    """A row a member and load; below 100 columns noise and energy go without."""
    roomy = width >= _ROOMY
    heads = [head for head in words.HEADS if roomy or not head.startswith(("A/A", "energy", "batch"))]
    table = _table(heads, roomy)
    last = ""
    for row in record.rows:
        cells = dict(zip(words.HEADS, _cells(row, roomy), strict=True))
        if row.member == last:
            cells["size"] = Text("")
        last = row.member
        table.add_row(*(cells[head] for head in heads))
    return table


def _cells(row: MemberCost, roomy: bool) -> list[Text]:
    load = row.load if roomy or row.batch == 1 else f"{row.load} x{row.batch}"
    bounds, rate = view_cost.bounds(row, narrow=True), view_cost.figure(row.throughput)
    texts = [load, str(row.batch), view_cost.worth(row), *bounds, rate, view_cost.noise(row), view_cost.energy(row)]
    state = safe(w(row.state), "" if row.state == VALID else "yellow")
    return [safe(clip(row.member, 24 if roomy else 12), "bold"), *map(Text, texts), state]


def stage_table(record: CostRecord, width: int = 80) -> Table:
    """Mean ms of each stage of one part, a row a member."""
    names = view_cost.stages(record)
    table = _table([words.SIZE, *(stage_name(name) for name in names)], width >= _ROOMY)
    table.title, table.title_justify = Text(str(words.STAGE_TITLE)), "left"
    for row in view_cost.stage_rows(record):
        figures = [view_cost.figure(row.stages_ms.get(name)) for name in names]
        table.add_row(safe(clip(row.member, 16), "bold"), *figures)
    return table


def stage_name(name: str) -> str:
    """A stage of the work on one part, a word a line."""
    return str(HEADINGS[name]) if name in HEADINGS and spoken().language != "en" else name.replace(" ", "\n")


def start_table(record: CostRecord, width: int = 80) -> Table:
    """What starting each member took, and its memory."""
    table = _table([words.SIZE, *words.START_HEADS], width >= _ROOMY)
    table.title, table.title_justify = Text(str(words.START_TITLE)), "left"
    for row in view_cost.stage_rows(record):
        start = (row.load_ms, row.build_ms, row.first_ms, row.model_mb, row.peak_rss_mb, row.device_mb)
        table.add_row(safe(clip(row.member, 16), "bold"), *map(view_cost.figure, start))
    return table


def print_prices(found: Sequence[Price], currency: str, takt_s: float, console: Console | None = None) -> None:
    """Print what every size costs per 1000 parts, or which prices that needs; nothing where no price is given."""
    out = console or Console(highlight=False)
    told = [price for price in found if price.per_1000 is not None]
    if not told:
        missing = dict.fromkeys(name for price in found for name in price.missing)
        out.print(safe(words.PRICE_MISSING.format(missing=w(", ").join(missing))))
        return
    table = _table([head.format(currency=currency) for head in words.PRICE_HEADS], out.width >= _ROOMY)
    table.title, table.title_justify = Text(words.PRICE_TITLE.format(takt=units.number(takt_s))), "left"
    for price in told:
        lost = units.DASH if price.accuracy_pp is None else units.bare_pp(price.accuracy_pp)
        figures = (units.bare_percent(price.use), view_cost.figure(price.watts), view_cost.figure(price.per_1000), lost)
        table.add_row(safe(clip(price.member, 24), "bold"), *figures)
    out.print()
    out.print(table)
    out.print(safe(words.PRICE_NOTE.format(how=words.PRICE_HOW[all(price.counted for price in told)])))
    out.print(safe(words.PRICE_LOST))


def print_changes(changes: Sequence[CostChange], console: Console | None = None) -> None:
    """Print a comparison of two records."""
    out = console or Console(highlight=False)
    table = _table(words.COMPARE_HEADS, out.width >= _ROOMY)
    styles = {FASTER: "green", SLOWER: "red"}
    for change in changes:
        load = change.load if change.batch == 1 else f"{change.load} x{change.batch}"
        before, after = (f"{units.number(value)} {change.unit}" for value in (change.before, change.after))
        ratio, floor = units.number(change.ratio), units.number(100 * change.floor, 2)
        verdict = safe(w(change.verdict), styles.get(change.verdict, ""))
        table.add_row(safe(clip(change.member, 24), "bold"), load, before, after, ratio, floor, verdict)
    out.print(table)


def _table(heads: Sequence[str], roomy: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2 if roomy else 1, 0, 0), pad_edge=False)
    for head in heads:
        left = head in _TEXT
        table.add_column(Text(str(head)), justify="left" if left else "right", no_wrap=head != "size", overflow="fold")
    return table
