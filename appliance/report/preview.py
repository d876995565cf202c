"""The page of `perturb preview`: every perturbation by severity on one picture, a section a group."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from appliance.language.tongue import spoken, w
from appliance.pictures import thumbnail
from appliance.report.html import page_policy, write_whole
from appliance.report.labels import group_name, perturbation_name, severity_text
from appliance.report.page import render, style_sheet
from perturb.preview import Shown
from perturb.types import Condition, Pixels

SIDE = 240
"""Pictures are at most so many px wide: six stand side by side on a screen, two on a phone."""

CSS = """
.row { margin: 0 0 1.75rem; } .row h3 { margin-bottom: 0.2rem; } .row p { margin-bottom: 0.5rem; }
.shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 0.6rem; max-width: 98rem; }
.shots figure { margin: 0; } .shots img { display: block; width: 100%; height: auto; border-radius: 2px; }
.shots figcaption { font-size: 0.875rem; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Tile:
    """One picture with what stands below it."""

    source: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Row:
    """One perturbation: its name, what it is and why its levels are these (both in English only), its pictures."""

    name: str
    summary: str
    reasons: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Chapter:
    """The perturbations of one group."""

    anchor: str
    title: str
    rows: tuple[Row, ...]


def preview_html(shown: Sequence[Shown], bits: int, source: str) -> str:
    """The whole page as text; `source` is the picture's name."""
    style = f"{style_sheet()}\n{CSS}"
    chapters = tuple(
        Chapter(group, _headed(group_name(group)), tuple(_row(item, bits) for item in members))
        for group, members in groupby(shown, lambda item: str(item.item.group))
    )
    return str(
        render(
            "preview.html",
            language=spoken().language,
            sections=chapters,
            picture=source,
            count=len(shown),
            style=Markup(style),  # noqa: S704 - our own style sheet
            policy=page_policy(style),
        )
    )


def write_preview_page(shown: Sequence[Shown], bits: int, source: str, path: Path) -> None:
    """Write the page, whole or not at all. Raises MachineFailed where it cannot be written."""
    write_whole(path, preview_html(shown, bits, source).encode())


def _headed(title: str) -> str:
    return f"{title[:1].upper()}{title[1:]}"


def _row(shown: Shown, bits: int) -> Row:
    item, english = shown.item, spoken().language == "en"
    name = perturbation_name(item.name)
    tiles = tuple(_tile(pixels, bits, name, condition) for condition, pixels in shown.pictures)
    summary = item.summary.replace("`", "") if english else ""
    return Row(name, summary, item.reasons if english else "", tiles)


def _tile(pixels: Pixels, bits: int, name: str, condition: Condition | None) -> Tile:
    caption = w("as it came")
    if condition is not None:
        severity = severity_text(condition.name, condition.severity, condition.unit)
        caption = f"{condition.level}: {severity}"
    data = b64encode(thumbnail(pixels, bits, SIDE)).decode("ascii")
    return Tile(f"data:image/jpeg;base64,{data}", caption, f"{name}, {caption}")
