"""A calibration on a terminal: what the line shows, how much of it is covered, what cannot be told apart."""

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appliance.calibrate.run import Calibration
from appliance.calibrate.statement import statement
from appliance.report import units
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.lines import safe
from appliance.report.text import plain
from perturb.calibration.shown import Shown
from perturb.registry import PERTURBATIONS

_MOST = 5


def print_calibration(found: Calibration, console: Console | None = None) -> None:
    """Print it on standard output."""
    out = console or Console()
    out.print(Padding(_table(found), (0, 0, 1, 0)))
    out.print(Text(headline(found)))
    for item in found.coverage.outside[:_MOST]:
        out.print(Text(f"  outside  {plain(item.name)}: {', '.join(item.quantities)}"))
    if len(found.coverage.outside) > _MOST:
        out.print(Text(f"  and {len(found.coverage.outside) - _MOST} more, see the page"))
    for row in found.album.left_out[:_MOST]:
        out.print(Text(f"  left out {plain(row.id)}: {plain(row.what)}"))
    if len(found.album.left_out) > _MOST:
        out.print(Text(f"  and {len(found.album.left_out) - _MOST} more left out"))
    if found.flats is not None:
        out.print(Text(flats_line(found)))
    for sentence in (*found.warnings, *statement(found)):
        out.print(Padding(Text(f"- {sentence}"), (0, 0, 0, 2)))


def headline(found: Calibration) -> str:
    """The coverage in a sentence."""
    count = len(found.samples)
    of = f" of {units.count(found.album.found)}" if found.album.found > count else ""
    covered = units.percent(found.coverage.share)
    inside = f"{units.count(found.coverage.inside)} lie inside what the calibrated perturbations make ({covered})"
    return f"{units.count(count)}{of} pictures measured; {inside}."


def flats_line(found: Calibration) -> str:
    """The camera's figures from flat fields."""
    if found.flats is None:
        return ""
    gain, dark = found.flats.transfer.gain, found.flats.transfer.dark_noise_dn
    return (
        f"flat fields: gain {gain.value:.3f} DN/e- (95 % interval {gain.low:.3f} to {gain.high:.3f}), dark noise "
        f"{dark.value:.2f} DN ({dark.low:.2f} to {dark.high:.2f}), PRNU {100 * found.flats.prnu:.2f} %"
    )


def _table(found: Calibration) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(("What the line shows", "half within", "90 % within", "99 % within", "main in")):
        table.add_column(Text(head), justify="right" if index else "left", no_wrap=True)
    for item in found.shown:
        table.add_row(*_cells(item))
    return table


def _cells(item: Shown) -> list[Text]:
    instead = f" (or {perturbation_name(item.instead_of)})" if item.instead_of else ""
    main = units.DASH if item.instead_of else units.percent(sum(item.shares))
    return [
        safe(perturbation_name(item.name) + instead),
        *(Text(quantile_text(item, q)) for q in item.quantiles),
        Text(main),
    ]


def quantile_text(item: Shown, severity: float) -> str:
    """A severity, or `none` where it is neutral."""
    known = PERTURBATIONS[item.name]
    return "none" if severity == known.neutral else severity_text(item.name, severity, known.unit)
