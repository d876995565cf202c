"""`inspect-eval cost`: what a part costs in time and energy, as the line will see it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appliance.cli.options import HERE, AsJson, Language, ProviderName, SiteDir
from appliance.errors import Exit, UsageError
from appliance.language.terminal import again, heard

if TYPE_CHECKING:
    from appliance.cost.loads import LoadName
    from appliance.cost.record import CostRecord
    from appliance.site import Site


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(cost)


LoadNames = Annotated[str, typer.Option(help="closed, paced, saturate or all.", metavar="NAME")]
Seconds = Annotated[
    float | None,
    typer.Option(
        help="Time under load a size, in all rounds together; 20 usually. Starting and trying batches come on top, "
        "and a slow size gets up to twice as long: the first line says how long in all."
    ),
]
Acceptance = Annotated[bool, typer.Option("--acceptance", help="600 s a member: heat shows.")]
Rounds = Annotated[int, typer.Option(help="Fresh processes a member, in turn with the others.")]
Members = Annotated[list[str] | None, typer.Option(help="Only this size; may be given again.", metavar="NAME")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of the runtime; all cores otherwise.")]
Takt = Annotated[float | None, typer.Option(help="Seconds a part; the site's otherwise.")]
Jitter = Annotated[float | None, typer.Option(help="How early or late a part may come, ms.")]
Cameras = Annotated[int | None, typer.Option(help="Pictures of a part that come at once.")]
Deadline = Annotated[float | None, typer.Option(help="From arrival to reject gate, ms; 0: the takt.")]
Tune = Annotated[bool, typer.Option("--tune", help="Search for the fastest CPU setting instead.")]
Busy = Annotated[bool, typer.Option("--busy", help="Measure for long on a busy machine all the same.")]
Export = Annotated[Path | None, typer.Option(help="Write the cost record here too.", metavar="FILE")]
Record = Annotated[str | None, typer.Option(help="Measure nothing: show this record, or `last`.", metavar="FILE")]
Against = Annotated[str | None, typer.Option(help="Compare with this record, or `last`.", metavar="FILE")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Compare what was made differently too.")]


def cost(  # noqa: PLR0913, PLR0917 - the line can be changed on the command line, each figure by its own option
    site: SiteDir = HERE,
    load: LoadNames = "all",
    seconds: Seconds = None,
    acceptance: Acceptance = False,
    rounds: Rounds = 2,
    member: Members = None,
    provider: ProviderName = None,
    threads: Threads = None,
    takt: Takt = None,
    jitter: Jitter = None,
    cameras: Cameras = None,
    deadline: Deadline = None,
    tune: Tune = False,
    busy: Busy = False,
    export: Export = None,
    record: Record = None,
    against: Against = None,
    anyway: Anyway = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Measure latency, throughput and energy of every size. Example: inspect-eval cost --load paced --takt 0.5"""
    from appliance.cost.site import CostWish
    from appliance.language.catalogue import words
    from appliance.language.tongue import DOMAIN, speaking
    from appliance.site import load_site

    words(lang, DOMAIN)  # a language without a catalogue is refused before anything is measured
    wish = CostWish(
        loads=_loads(load),
        seconds=_seconds(seconds, acceptance),
        rounds=rounds,
        members=tuple(member or ()),
        provider=provider,
        threads=threads,
        takt_s=takt,
        jitter_s=_ms(jitter),
        cameras=cameras,
        deadline_s=_ms(deadline),
    )
    if tune:
        return _tune(load_site(site), wish, lang, as_json=as_json)
    _check_target(export)
    here = load_site(site) if record in (None, "last") or against == "last" else None
    before = _stored(here, against) if against else None
    found = _stored(here, record) if record else _measured(here, wish, must_be_idle=acceptance and not busy)
    _export(found, export)
    with speaking("en" if as_json else lang):
        _show(found, before, here, anyway=anyway, as_json=as_json)
    if record is None:
        _warn_busy(found)
    return _code(found)


def _ms(value: float | None) -> float | None:
    """Milliseconds as seconds."""
    return None if value is None else value / 1000.0


def _export(found: "CostRecord", export: Path | None) -> None:
    if export is not None:
        from appliance.cost.record import write_cost_record

        write_cost_record(found, export)


def _check_target(export: Path | None) -> None:
    """Fail before the long work where the record could not be written."""
    if export is not None and not export.absolute().parent.is_dir():
        raise UsageError(
            "there is no such folder", file=str(export.parent), mend="make it, or name another with --export"
        )


def _loads(name: str) -> "tuple[LoadName, ...]":
    from appliance.cost.loads import LOADS

    chosen = tuple(known for known in LOADS if name in (known, "all"))
    if not chosen:
        raise UsageError(f"there is no load {name!r}", mend=f"use {', '.join(LOADS)} or all")
    return chosen


def _seconds(asked: float | None, acceptance: bool) -> float:
    from appliance.cost.site import ACCEPTANCE_S, QUICK_S

    if acceptance and asked is not None:
        raise UsageError("--acceptance and --seconds both say how long", mend="give one of them")
    return ACCEPTANCE_S if acceptance else QUICK_S if asked is None else asked


def _stored(here: "Site | None", name: str) -> "CostRecord":
    """A record from a file, or the last of the site's log."""
    from appliance.cost.record import read_cost_record
    from appliance.session import last_cost_record

    return last_cost_record(here) if here is not None and name == "last" else read_cost_record(Path(name))


def _measured(here: "Site | None", wish: Any, *, must_be_idle: bool) -> "CostRecord":
    from appliance.cost.expect import Progress
    from appliance.cost.site import require_idle
    from appliance.session import measure_cost

    assert here is not None  # noqa: S101 - a measurement always has its site
    if must_be_idle:
        require_idle()
    return measure_cost(here, wish, Progress(lambda text: print(text, file=sys.stderr, flush=True)))


def _tune(here: "Site", wish: Any, lang: str, *, as_json: bool) -> Exit:
    import json

    from appliance.cost.tune_site import tune_json
    from appliance.language.tongue import speaking
    from appliance.report.terminal_tune import print_tuned
    from appliance.session import tune_cost

    found = tune_cost(here, wish, lambda text: print(again(text), file=sys.stderr, flush=True))
    if as_json:
        print(json.dumps(tune_json(found)))
        return Exit.OK
    with speaking(lang):
        print_tuned(found)
    return Exit.OK


def _show(
    found: "CostRecord", before: "CostRecord | None", here: "Site | None", *, anyway: bool, as_json: bool
) -> None:
    from appliance.cost.as_json import print_json
    from appliance.cost.compare import compare_costs
    from appliance.report.terminal_cost import print_changes, print_cost, print_prices
    from appliance.session import cost_prices

    changes = compare_costs(before, found, anyway=anyway) if before is not None else []
    prices = cost_prices(here, found) if here is not None else []
    if as_json:
        print_json(found, changes, prices)
        return
    print_cost(found)
    if here is not None:
        print_prices(prices, here.prices.currency, here.line.takt_s)
    if changes:
        print_changes(changes)


def _warn_busy(found: "CostRecord") -> None:
    """One line on standard error where the machine was too busy."""
    from appliance.cost.site import doubtful
    from appliance.cost.state import CONTENDED
    from appliance.language.tongue import speaking
    from appliance.report.words_cost import TOO_BUSY

    rows = doubtful(found.rows, CONTENDED)
    if rows:
        with speaking(heard()):
            line = TOO_BUSY.format(reason=again(rows[0].reason), n=len(rows), total=len(found.rows))
        print(f"inspect-eval: {line}", file=sys.stderr)


def _code(found: "CostRecord") -> Exit:
    """5 where a member could not be measured; a doubtful figure is a state of the result, not an error."""
    from appliance.cost.site import failed

    return Exit.WARNINGS if any(row.mean_ms is None for row in failed(found.rows)) else Exit.OK
