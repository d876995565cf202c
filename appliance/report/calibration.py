"""The page of a calibration: pictures, quantiles, the course of every quantity, what is not covered."""

from pathlib import Path

from markupsafe import Markup

from appliance.calibrate.run import Calibration
from appliance.calibrate.statement import statement
from appliance.report.chart_noise import noise_chart
from appliance.report.html import page_policy, write_whole
from appliance.report.page import render, style_sheet
from appliance.report.terminal_calibration import flats_line, headline
from appliance.report.view_calibration import courses, outside_views, shown_rows
from appliance.report.view_calibration_pictures import Studio, example_rows

GOOD, FAIR = 0.95, 0.8
"""Coverage from which on the simulation is said to fit, and from which on mostly."""

CSS = """
.strip { width: 240px; height: 40px; } .strip .level { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 2; }
.strip .quantile { stroke: var(--bad); stroke-width: 1.6; }
.scroll > table.examples { table-layout: fixed; width: 100%; min-width: 36rem; max-width: 56rem; }
.examples td, .examples th { vertical-align: top; padding-right: 0.75rem; }
.examples thead th:first-child { width: 9rem; }
.examples img, .tiles img { display: block; width: 100%; height: auto; border-radius: 2px; background: var(--card); }
.examples small, .tiles small { display: block; overflow-wrap: anywhere; white-space: normal; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; }
.said { padding-left: 1.2rem; max-width: 52rem; } .said li { margin-bottom: 0.5rem; }
.band { fill: var(--clean); fill-opacity: 0.12; } .dot { fill: var(--clean); } .dot.out { fill: var(--bad); }
"""


def calibration_html(found: Calibration, bits: int | None) -> str:
    """The whole page as text."""
    style = f"{style_sheet()}\n{CSS}"
    studio = Studio(found, bits)
    share = found.coverage.share
    return str(
        render(
            "calibration.html",
            found=found,
            kind="good" if share >= GOOD else "open" if share >= FAIR else "bad",
            head=_head(share),
            sentence=headline(found),
            rows=shown_rows(found),
            examples=example_rows(found, studio),
            courses=courses(found),
            noise=noise_chart(found),
            outside=outside_views(found, studio),
            statement=statement(found),
            flats=flats_line(found),
            style=Markup(style),  # noqa: S704 - our own style sheet
            policy=page_policy(style),
        )
    )


def _head(share: float) -> str:
    if share >= GOOD:
        return "The simulation covers the line"
    return "The simulation covers most of the line" if share >= FAIR else "The simulation does not cover the line"


def write_calibration_page(found: Calibration, path: Path, bits: int | None) -> None:
    """Write the page, whole or not at all. Raises MachineFailed where it cannot be written."""
    write_whole(path, calibration_html(found, bits).encode())
