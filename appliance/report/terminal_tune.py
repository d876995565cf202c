"""What `cost --tune` found, on a terminal: the best settings of each member, and the lines for site.toml."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.cost.candidates import Candidate, fair
from appliance.cost.standing import GOALS, LATENCY, Result, Rival
from appliance.cost.tune import Tuned
from appliance.cost.tune_site import engine_lines, for_family
from appliance.language.again import again
from appliance.language.tongue import spoken, w
from appliance.report import units
from appliance.report import words_cost as words
from appliance.report.lines import safe
from appliance.report.text import clip

_SHOWN = 6


def print_tuned(tuned: Sequence[Tuned], console: Console | None = None) -> None:
    """Print a table a member, then what to write where."""
    out = console or Console(highlight=False)
    for found in tuned:
        out.print(tune_table(found))
        for line in _beside(found):
            out.print(safe(line))
        out.print()
    for goal in GOALS:
        best = for_family(tuned, goal)
        if best is not None:
            out.print(Text(str(words.TUNE_BEST[goal]), style="bold"))
            for line in engine_lines(best):
                out.print(Text(f"  {line}"))
            if goal != LATENCY:
                out.print(safe(words.TUNE_SIDE.format(callers=best.callers, batch=best.batch)))
    for note in _notes(tuned):
        out.print(safe(str(note)))


def _beside(found: Tuned) -> Iterator[str]:
    """What the machine changed while it was watched, and what would not run."""
    for goal, rival in found.rivals.items():
        yield unsettled(found.member, found.best[goal], rival, goal)
    for candidate, what in found.refused:
        yield words.TUNE_REFUSED.format(setting=setting(candidate), what=again(what, spoken().language))


def unsettled(member: str, best: Result, rival: Rival, goal: str) -> str:
    """That neither of two settings was always ahead of the other, in a sentence."""
    return words.TUNE_UNSETTLED[goal].format(
        member=clip(member, 40),
        best=setting(best.candidate),
        other=setting(rival.result.candidate),
        led=rival.led,
        passes=rival.passes,
        share=units.number(100 * rival.share, 2),
    )


def tune_table(found: Tuned) -> Table:
    """The best results of one member by rate and those that are best at something, quickest answer first."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.title, table.title_justify = safe(clip(found.member, 40), "bold"), "left"
    for head in words.TUNE_HEADS:
        text = head in (words.TUNE_HEADS[0], "")
        table.add_column(Text(str(head)), justify="left" if text else "right", no_wrap=head != "", overflow="fold")
    all_busy = all(result.busy for result in found.results)
    for result in _shown(found):
        named = [goal for goal, best in found.best.items() if best is result]
        table.add_row(*_cells(result, named, tell_busy=not all_busy), style="bold" if named else "")
    return table


def _shown(found: Tuned) -> list[Result]:
    by_rate = sorted(found.results, key=lambda result: -result.rate)[:_SHOWN]
    by_time = sorted(found.results, key=lambda result: result.answer_ms)[:_SHOWN]
    kept = {id(result): result for result in (*by_time, *by_rate, *found.best.values())}
    return sorted(kept.values(), key=lambda result: result.answer_ms)


def _cells(result: Result, best_at: Sequence[str], *, tell_busy: bool) -> list[Text]:
    noise = units.DASH if result.noise is None else units.number(100 * result.noise, 2)
    told = [words.TUNE_MARKS[goal] for goal in best_at]
    if not fair(result.candidate):
        told.append(words.TUNE_OTHER)
    if result.busy and tell_busy:
        told.append(words.TUNE_BUSY)
    figures = [units.number(result.answer_ms), units.number(result.rate), noise]
    return [safe(text) for text in (setting(result.candidate), *figures, w("; ").join(map(str, told)))]


def setting(candidate: Candidate) -> str:
    """`openvino bf16, 1 thread x 2, batch 4`; `openvino pinned, 2 threads in 2 streams, batch 16`."""
    s = candidate.setting
    marks = ((words.TUNE_SPINS, s.spin == "endless"), (words.TUNE_PINS, s.pinned))
    layout = "" if s.layout == "blocked" else s.layout
    told = (s.provider, s.precision, layout, *(str(mark) for mark, on in marks if on))
    name = " ".join(text for text in told if text)
    threads = str(words.TUNE_THREAD) if s.threads == 1 else words.TUNE_THREADS.format(count=s.threads)
    threads += words.TUNE_STREAMS.format(count=s.streams) if s.streams else ""
    side = f" x {candidate.callers}" if candidate.callers > 1 else ""
    return words.TUNE_SETTING.format(name=name, threads=threads, side=side, batch=candidate.batch)


def _notes(tuned: Sequence[Tuned]) -> list[str]:
    results = [result for found in tuned for result in found.results]
    busy = sum(result.busy for result in results)
    notes: list[str] = [words.TUNE_NOTE]
    if any(result.candidate.setting.provider == "openvino" for found in tuned for result in found.best.values()):
        notes.append(words.TUNE_GATE)
    if any(result.candidate.setting.pinned for result in results):
        notes.append(words.TUNE_PINNED)
    if any(result.candidate.setting.spin == "endless" for found in tuned for result in found.best.values()):
        notes.append(words.TUNE_SPINNING)
    if any(not fair(result.candidate) for result in results):
        notes.append(words.TUNE_PRECISION)
    return [*notes, words.TUNE_CONTENDED.format(n=busy, total=len(results))] if busy else notes
