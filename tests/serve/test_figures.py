"""Figures as files: what a spreadsheet gets, and drawings against values worked out by hand."""

import csv
import io
import itertools
import re
from xml.etree import ElementTree

from markupsafe import Markup

from appliance.report.series import looks
from appliance.serve.chart_trend import Band, Line, Trend, draw
from appliance.serve.figures import Figure, Table, as_csv, as_svg
from tests.report.hostile import ATTACKS

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil.example")')


def test_no_text_becomes_a_formula_and_numbers_stay_numbers() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(Table(FORMULAS, ((*FORMULAS,), (-1.5, 2, None, "a,b", 'q"q'))))[1:])))
    assert all(cell.startswith("'") for cell in (*rows[0], *rows[1]))
    assert rows[2] == ["-1.5", "2", "", "a,b", 'q"q']


def test_hostile_names_stay_one_cell() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(Table(ATTACKS, (ATTACKS,))))))
    assert [len(row) for row in rows] == [len(ATTACKS)] * 2


def _trend(*values: float | None, **more: object) -> Trend:
    style = looks(("m",))
    days = tuple(str(i) for i in range(len(values)))
    return Trend("t", "d", days, (Line(style["m"], values),), lambda v: f"{v:g}", percent=False, **more)  # type: ignore[arg-type]


def _points(drawing: Markup) -> list[list[tuple[float, float]]]:
    found = re.findall(r'<polyline points="([^"]+)"', str(drawing))
    return [[tuple(map(float, pair.split(","))) for pair in line.split()] for line in found]  # type: ignore[misc]


def test_a_line_is_drawn_to_scale() -> None:
    (line,) = _points(draw(_trend(0.0, 0.5, 1.0)))
    assert abs((line[1][0] - line[0][0]) - (line[2][0] - line[1][0])) < 0.2
    assert abs((line[0][1] - line[1][1]) - (line[1][1] - line[2][1])) < 0.2
    assert line[2][1] < line[0][1]


def test_a_night_without_a_figure_breaks_the_line() -> None:
    assert [len(line) for line in _points(draw(_trend(0.1, 0.2, None, 0.3, 0.4)))] == [2, 2]
    lonely = str(draw(_trend(*[0.1] * 30, None, 0.2, None, *[0.1] * 30)))
    assert lonely.count("<title>m, 31: 0.2</title>") == 1


def test_limit_and_band_are_inside_the_drawing() -> None:
    drawing = str(draw(_trend(0.1, 0.1, limit=0.5, limit_text="limit", band=Band(-1.0, 0.0, 1.0, "band"))))
    heights = [float(y) for y in re.findall(r'<line [^>]*y1="([\d.]+)"', drawing)]
    assert all(0 <= y <= 250 for y in heights)


def test_names_at_the_right_do_not_touch() -> None:
    style = looks(tuple(f"m{i}" for i in range(6)))
    lines = tuple(Line(look, (0.5, 0.5 + i * 1e-6)) for i, look in enumerate(style.values()))
    drawing = str(draw(Trend("t", "d", ("1", "2"), lines, lambda v: f"{v:g}", percent=False), 900, 165))
    heights = sorted(float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)" class="t strong"', drawing))
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 14.9
    assert heights[0] > 0
    assert heights[-1] <= 165


def test_ticks_of_an_axis_differ() -> None:
    close = Trend("t", "d", ("1", "2"), (Line(looks(("m",))["m"], (0.9796, 0.9812)),), lambda v: f"{100 * v:.1f} %")
    texts = re.findall(r">([\d.]+)\xa0%<", str(draw(close)))
    assert len(set(texts)) == len(texts) >= 2


def test_a_saved_drawing_stands_alone() -> None:
    saved = as_svg(Figure("n", "t", draw(_trend(0.1, 0.2)), lambda: Table((), ()), "accuracy"))
    root = ElementTree.fromstring(saved)  # noqa: S314 - our own drawing
    assert root.tag.endswith("svg")
    assert root[0].tag.endswith("style")
    assert "url(" not in saved
    used = {name for part in root.iter() for name in (part.get("class") or "").split()}
    assert {name for name in used if name not in ("chart", "trend") and f".{name}" not in saved} == set()
