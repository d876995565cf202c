"""The answer on a terminal: a table of sizes, the verdict, what is breached, what was left out, where the report lies.

Everything is built as `Text`, never as markup, so that brackets in a name mean nothing; hidden characters are
written as escapes. Colour only repeats what the words say.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appliance.language.again import again
from appliance.language.tongue import spoken, w
from appliance.log.types import Warn
from appliance.report import units, words
from appliance.report.labels import CLEAN, limit_name
from appliance.report.lines import safe, stack
from appliance.report.terminal_compare import print_comparison
from appliance.report.text import clip, plain
from appliance.report.view_limits import Board, board
from appliance.report.view_rows import SizeRow, size_rows
from appliance.report.view_seen import shot_lines, sight_lines
from appliance.score.summary_types import Summary
from appliance.score.types import Interval, Rate

__all__ = ["limit_table", "print_comparison", "print_summary", "size_table", "warning_text"]

_COLOURS = {"good": "bold green", "open": "bold yellow", "bad": "bold red", "none": "bold"}
_MOST_WARNINGS = 8
_ROOMY = 100
_LOOSE = (0, 5)  # the size and the worst cell may wrap, figures may not


def _rate(rate: Rate) -> Text:
    return stack(units.bare_percent(rate.estimate), units.rate_span(rate))


def _share(value: Interval) -> Text:
    return stack(units.bare_percent(value.estimate), units.percent_span(value))


def _drop(value: Interval) -> Text:
    return stack(units.bare_pp(value.estimate), units.pp_span(value))


def _p99(row: SizeRow, few: str) -> Text:
    if row.latency is None:
        return Text(units.DASH)
    text = few if row.latency.p99 is None else units.ms(row.latency.p99)
    return Text(str(text) if row.latency.state == "valid" else f"{text} *")


def _row(row: SizeRow, roomy: bool) -> list[Text]:
    score, clean = row.score, row.score.clean
    flips = _share(score.flip_rate) if roomy else Text(units.bare_percent(score.flip_rate.estimate))
    return [
        safe(clip(score.name, 24 if roomy else 12), "bold"),
        _rate(clean.accuracy),
        _rate(clean.escape),
        _rate(clean.overkill),
        _drop(score.mean_drop),
        stack(units.bare_percent(score.worst_accuracy), row.worst if roomy else row.worst_narrow),
        flips,
        _p99(row, words.TOO_FEW if roomy else words.TOO_FEW_NARROW),
        Text(units.DASH if row.rate is None else units.number(row.rate.throughput)),
    ]


def _title(summary: Summary) -> str:
    record = summary.record
    return words.TABLE_TITLE.format(
        family=clip(record.head.family, 60),
        parts=units.count(len(record.parts)),
        conditions=units.count(len(record.conditions)),
    )


def size_table(summary: Summary, width: int = 80) -> Table:
    """The table of sizes, each interval below its figure; below 100 columns flips go without."""
    roomy = width >= _ROOMY
    table = Table(
        title=Text(_title(summary)), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False,
        padding=(0, 2 if roomy else 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for index, head in enumerate(words.TABLE_HEADS):
        loose = index in _LOOSE
        table.add_column(Text(str(head)), justify="left" if loose else "right", overflow="fold", no_wrap=not loose)
    for row in size_rows(summary):
        table.add_row(*_row(row, roomy))
    return table


def _doubts(rows: Iterable[SizeRow]) -> Iterator[str]:
    for row in rows:
        cost = row.latency
        if cost is not None and cost.state != "valid":
            form = words.COST_DOUBT if cost.reason else words.COST_DOUBT_BARE
            reason = again(cost.reason, spoken().language)
            yield plain(form.format(member=cost.member, state=w(cost.state), reason=reason))


def _notes(summary: Summary) -> list[str]:
    rows = size_rows(summary)
    first = next((row.latency for row in rows if row.latency is not None), None)
    if first is None:
        return [str(words.TABLE_NOTE)]
    setting = words.TABLE_SETTING.format(
        load=first.load,
        batch=first.batch,
        provider=first.provider,
        precision=first.precision,
        threads=first.threads,
    )
    return [words.TABLE_NOTE_COST.format(setting=plain(setting)), *_doubts(rows)]


def limit_table(stand: Board) -> Table:
    """How every size stands against every limit, over clean and the calibrated range."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(Text(str(words.TABLE_HEADS[0])), overflow="fold")
    for limit, allowed in stand.limits:
        table.add_column(Text(words.LIMIT_HEAD.format(limit=limit, allowed=allowed)))
    for name, cells in stand.rows:
        texts = [
            Text(words.LIMIT_CELL.format(whole=cell.whole, clean=cell.clean), style=_COLOURS[cell.kind])
            for cell in cells
        ]
        table.add_row(safe(clip(name, 24), "bold"), *texts)
    return table


def _needs(stand: Board) -> Iterator[str]:
    """For each limit that is open on clean parts, one line: how many parts each member would need."""
    order = [name for name, _ in stand.rows]
    opened = [verdict for verdict in stand.open if verdict.condition == CLEAN and verdict.parts_needed]
    opened.sort(key=lambda verdict: order.index(verdict.member))
    for limit, allowed in dict.fromkeys((verdict.limit, verdict.allowed) for verdict in opened):
        members = (
            words.LIMIT_NEED_MEMBER.format(
                member=clip(verdict.member, 24), parts=units.count(verdict.parts_needed or 0)
            )
            for verdict in opened
            if verdict.limit == limit
        )
        yield words.LIMIT_NEED.format(
            kind=words.PART_KINDS.get(limit, ""),
            limit=limit_name(limit),
            allowed=units.percent(allowed),
            members=plain(w(", ").join(members)),
        ).strip()


def warning_text(warning: Warn) -> str:
    """A warning on one line: the file, what, and how to mend it."""
    what, mend = (again(said, spoken().language) for said in (warning.what, warning.mend))
    text = words.WARN_FILE.format(file=warning.file, what=what) if warning.file else what
    return plain(words.WARN_MEND.format(text=text, mend=mend) if mend else text)


def _warning_lines(summary: Summary) -> Iterator[str]:
    warnings = summary.record.warnings
    yield from map(warning_text, warnings[:_MOST_WARNINGS])
    if len(warnings) > _MOST_WARNINGS:
        yield words.MORE.format(count=units.count(len(warnings) - _MOST_WARNINGS))
    if summary.contradicted:
        yield words.CONTRADICTED.format(count=units.count(len(summary.contradicted)))


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))


def _print_limits(console: Console, stand: Board) -> None:
    before, _, after = str(words.LIMIT_TITLE).partition("{head}")
    console.print(Text.assemble(before, (str(stand.head), _COLOURS[stand.kind]), after))
    if stand.limits:
        console.print(Padding(limit_table(stand), (0, 0, 0, 2)))
    _lines(console, _needs(stand))
    console.print()


def _print_warnings(console: Console, summary: Summary) -> None:
    lines = list(_warning_lines(summary))
    if lines:
        console.print(Text(words.WARN_HEAD.format(count=len(summary.record.warnings))))
        _lines(console, lines)
        console.print()


def _print_beside(console: Console, summary: Summary) -> None:
    """What is beside the grid: defects that vanish, repeated shots."""
    shots = summary.repeatability
    for head, lines in (
        (words.SIGHT_HEAD, sight_lines(summary)),
        (words.SHOTS_HEAD.format(shots=shots[0].shots) if shots else "", shot_lines(summary)),
    ):
        told = list(lines)
        if told:
            console.print(Text(str(head)))
            _lines(console, told)
            console.print()


def print_summary(summary: Summary, console: Console | None = None, report: Path | None = None) -> None:
    """Print the whole answer, on standard output where no console is given; `report` is where the HTML page lies."""
    console = console or Console(highlight=False)
    console.print(size_table(summary, console.width))
    for note in _notes(summary):
        console.print(Text(note, style="dim"))
    console.print()
    console.print(safe(summary.verdict, "bold"))
    for note in summary.notes:
        console.print(safe(note))
    console.print()
    _print_limits(console, board(summary))
    _print_beside(console, summary)
    _print_warnings(console, summary)
    if report is not None:
        console.print(safe(words.REPORT_AT.format(path=report)), soft_wrap=True)
