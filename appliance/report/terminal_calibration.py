"""A calibration on a terminal: what the line shows, how much of it is covered, what cannot be told apart."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appliance.calibrate.changes import Change, Value
from appliance.calibrate.run import Calibration
from appliance.calibrate.statement import statement
from appliance.language.tongue import w
from appliance.report import units
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.lines import safe
from appliance.report.text import plain
from appliance.report.words_calibration import UNALIGNED, meaning
from perturb.calibration.coverage import ALIGNMENT
from perturb.calibration.shown import Shown
from perturb.registry import PERTURBATIONS

_MOST = 5


def print_calibration(found: Calibration, console: Console | None = None) -> None:
    """Print it on standard output."""
    out = console or Console()
    out.print(Padding(_table(found), (0, 0, 1, 0)))
    out.print(Text(headline(found)))
    for item in found.coverage.outside[:_MOST]:
        out.print(Text("  " + w("outside  {part}: {why}", part=plain(item.name), why=_quantities(item.quantities))))
    if len(found.coverage.outside) > _MOST:
        out.print(Text("  " + w("and {count} more, see the page", count=len(found.coverage.outside) - _MOST)))
    for row in found.album.left_out[:_MOST]:
        out.print(Text("  " + w("left out {part}: {why}", part=plain(row.id), why=plain(row.what))))
    if len(found.album.left_out) > _MOST:
        out.print(Text("  " + w("and {count} more left out", count=len(found.album.left_out) - _MOST)))
    if found.flats is not None:
        out.print(Text(flats_line(found)))
    for sentence in (*found.warnings, *statement(found)):
        out.print(Padding(Text(w("- {sentence}", sentence=sentence)), (0, 0, 0, 2)))


def print_changes(changed: Sequence[Change], *, written: bool, console: Console | None = None) -> None:
    """What the calibration changed in site.toml: a line a key, what was -> what is; a perturbation is a line."""
    out = console or Console()
    if not written:
        out.print(Text(w("site.toml is as it was (--dry-run).")))
        return
    out.print(Text(w("Changed in site.toml, old -> new:") if changed else w("site.toml says the same as before.")))
    for name, held in groupby(changed, lambda change: _line_of(change.key)):
        out.print(Text(f"  {plain(name)}: {_told(name, list(held))}"), soft_wrap=True)


def _line_of(key: str) -> str:
    """The row of [[calibration.shown]] that a key is of, or the key itself."""
    return key.rpartition(".")[0] if key.startswith("calibration.shown.") else key


def _told(name: str, held: Sequence[Change]) -> str:
    values = {change.key.removeprefix(f"{name}."): change for change in held}
    if name in values:
        return f"{_value(values[name].old)} -> {_value(values[name].new)}"
    if all(change.new is None for change in held):
        return w("gone")
    told = [f"{key} {_value(change.old)} -> {_value(change.new)}" for key, change in values.items()]
    if all(change.old is None for change in held):
        told = [f"{key} {_value(values[key].new)}" for key in ("p50", "p90", "p99", "opposite") if key in values]
        return w("new, {values}", values=w(", ").join(told))
    return w(", ").join(told)


def _value(value: Value) -> str:
    if value is None:
        return w("not set")
    if isinstance(value, str):
        return f'"{plain(value)}"'
    return f"{value:g}" if isinstance(value, float) else str(value)


def headline(found: Calibration) -> str:
    """The coverage in a sentence."""
    count = len(found.samples)
    said = {
        "count": units.count(count),
        "inside": units.count(found.coverage.inside),
        "share": units.percent(found.coverage.share),
    }
    if found.album.found > count:
        return w(
            "{count} of {found} pictures measured; {inside} lie inside what the calibrated perturbations make "
            "({share}).",
            found=units.count(found.album.found),
            **said,
        )
    return w("{count} pictures measured; {inside} lie inside what the calibrated perturbations make ({share}).", **said)


def flats_line(found: Calibration) -> str:
    """The camera's figures from flat fields."""
    if found.flats is None:
        return ""
    gain, dark = found.flats.transfer.gain, found.flats.transfer.dark_noise_dn
    return w(
        "flat fields: gain {gain} DN/e- (95 % interval {gain_low} to {gain_high}), dark noise {dark} DN ({dark_low} to "
        "{dark_high}), PRNU {prnu} %",
        gain=f"{gain.value:.3f}",
        gain_low=f"{gain.low:.3f}",
        gain_high=f"{gain.high:.3f}",
        dark=f"{dark.value:.2f}",
        dark_low=f"{dark.low:.2f}",
        dark_high=f"{dark.high:.2f}",
        prnu=f"{100 * found.flats.prnu:.2f}",
    )


def _table(found: Calibration) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(_heads()):
        table.add_column(Text(head), justify="right" if index else "left", no_wrap=True)
    for item in found.shown:
        table.add_row(*_cells(item))
    return table


def _heads() -> tuple[str, ...]:
    return w("What the line shows"), w("half within"), w("90 % within"), w("99 % within"), w("main in")


def _quantities(names: Iterable[str]) -> str:
    """What is unusual about a picture; where it aligns with no other, that."""
    return w(", ").join(UNALIGNED.format() if name == ALIGNMENT else meaning(name) for name in names)


def _cells(item: Shown) -> list[Text]:
    instead = w(" (or {name})", name=perturbation_name(item.instead_of)) if item.instead_of else ""
    main = units.DASH if item.instead_of else units.percent(sum(item.shares))
    return [
        safe(perturbation_name(item.name) + instead),
        *(Text(quantile_text(item, q)) for q in item.quantiles),
        Text(main),
    ]


def quantile_text(item: Shown, severity: float) -> str:
    """A severity, or `none` where it is neutral."""
    known = PERTURBATIONS[item.name]
    return w("none") if severity == known.neutral else severity_text(item.name, severity, known.unit)
