"""Charts are well-formed, stay inside their frame, and say in words what they draw."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace

import pytest
from markupsafe import Markup

from appliance.report.chart_bars import difference_bar, envelope_bar
from appliance.report.chart_curves import outward
from appliance.report.chart_size import SizePoint, drawable, size_chart
from appliance.report.series import looks
from appliance.report.svg import label, tag
from appliance.report.view_curves import curve_panels
from appliance.score.types import Envelope, EnvelopeState, Interval
from tests.report import build

NAN = float("nan")
_ACROSS = {"x", "x1", "x2", "cx"}
_DOWN = {"y", "y1", "y2", "cy"}


def points(names: tuple[str, ...] = build.NAMES) -> list[SizePoint]:
    return [
        SizePoint(name, macs, Interval(0.97 + place / 200, 0.95, 0.995), Interval(0.8 + place / 50, 0.78, 0.93))
        for place, (name, macs) in enumerate(zip(names, build.MACS, strict=False))
    ]


def parse(drawing: Markup) -> ET.Element:
    return ET.fromstring(str(drawing))  # noqa: S314 - our own drawing


def places(root: ET.Element) -> Iterator[tuple[str, float]]:
    for element in root.iter():
        for key, value in element.attrib.items():
            if key in _ACROSS | _DOWN:
                yield key, float(value)
        for pair in element.get("points", "").split():
            x, y = pair.split(",")
            yield from (("x", float(x)), ("y", float(y)))


def assert_inside(root: ET.Element) -> None:
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for key, value in places(root):
        assert -0.01 <= value <= (width if key in _ACROSS else height) + 0.01, (key, value)


def titles(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter("title")]


@pytest.mark.parametrize("width", [370, 1060])
def test_size_chart_draws_every_member_inside_its_frame(width: float) -> None:
    root = parse(size_chart(points(), width, 360))
    assert_inside(root)
    assert root.get("role") == "img"
    assert len([text for text in titles(root) if text.startswith("xxl, ")]) == 2
    assert "97.0\u00a0% (95.0\u201399.5)" in " ".join(titles(root))


def test_size_chart_keeps_labels_of_close_sizes_apart() -> None:
    close = [replace(point, macs=1e6 * (1 + place / 100)) for place, point in enumerate(points())]
    root = parse(size_chart(close, 370, 360))
    names = [element for element in root.iter("text") if element.text in build.NAMES]
    assert len({element.get("y") for element in names}) == len(names)


def test_points_without_macs_or_result_are_not_drawn() -> None:
    first, second, *_ = points()
    void = Interval(NAN, NAN, NAN)
    assert drawable([replace(first, macs=0.0), replace(second, clean=void, mean=void)]) == []
    half = replace(second, mean=void)
    assert drawable([first, half]) == [first, half]
    assert "nan" not in size_chart([first, half])


def test_wide_and_long_names_stay_inside() -> None:
    names = ("部品検査モデル最小", "x" * 60, "m", "l", "xl", "very-large-member-name")
    assert_inside(parse(size_chart(points(names), 370, 360)))


def test_severities_run_outward_from_neutral() -> None:
    assert outward(0.0, (2.0, 1.0)) == (0.0, 1.0, 2.0)
    assert outward(1.0, (0.5, 0.9)) == (1.0, 0.9, 0.5)
    assert outward(0.0, (-1.0, 1.0)) == (-1.0, 0.0, 1.0)


def test_curves_show_every_member_at_every_severity() -> None:
    panels = dict(curve_panels(build.summary()))
    assert set(panels) == {
        "rotation",
        "intensity",
        "ambient",
        "defocus",
        "conveyor",
        "dark noise",
        "JPEG",
        "night shift",
    }
    root = parse(panels["defocus"])
    assert_inside(root)
    assert len([text for text in titles(root) if text.startswith("m, ")]) == 6
    shown = [element.text for element in root.iter("text")]
    assert shown.index("0") < shown.index("20")
    assert "mm" in shown


def test_curves_of_one_page_share_their_axis() -> None:
    axes = set()
    for _, panel in curve_panels(build.summary()):
        ends = [element for element in parse(panel).iter("text") if element.get("text-anchor") == "end"]
        axes.add(tuple(element.text for element in ends))
    assert len(axes) == 1


def envelope(state: EnvelopeState, severity: float | None = None) -> Envelope:
    return Envelope("m", "defocus", "mm", "escape_rate", state, severity, 0.0, (1.0, 2.0, 4.0), 314)


def bar_widths(drawing: Markup) -> list[float]:
    return [float(element.attrib["width"]) for element in parse(drawing).iter("rect")]


def test_envelope_bars_end_where_the_limit_does() -> None:
    near = bar_widths(envelope_bar(envelope(EnvelopeState.REACHED, 3.0), "3 mm", "escape rate"))
    far = bar_widths(envelope_bar(envelope(EnvelopeState.NOT_REACHED), "not reached", "escape rate"))
    assert far == [90.0]
    assert near == [75.0]  # between the second and third of three steps
    for state in (EnvelopeState.ALREADY_AT_CLEAN, EnvelopeState.NOT_PROVABLE):
        assert bar_widths(envelope_bar(envelope(state), "none", "escape rate")) == []


def test_envelope_bars_of_falling_severities_start_at_neutral() -> None:
    falling = Envelope("m", "intensity", "ratio", "escape_rate", EnvelopeState.REACHED, 0.8, 1.0, (0.9, 0.8, 0.5))
    root = parse(envelope_bar(falling, "0.8", "escape rate"))
    assert [element.attrib["x"] for element in root.iter("rect")] == ["3"]
    assert bar_widths(envelope_bar(falling, "0.8", "escape rate")) == [60.0]


def test_difference_bar_is_centred_on_zero_and_clipped() -> None:
    root = parse(difference_bar(Interval(0.0, -50.0, 1.0), 2.0, "a against b"))
    assert_inside(root)
    assert [element.attrib["cx"] for element in root.iter("circle")] == ["70"]
    assert list(parse(difference_bar(Interval(NAN, NAN, NAN), 2.0, "none")).iter("circle")) == []


def test_svg_escapes_text_and_attributes() -> None:
    drawing = tag("text", "<script>&", class_='"><img onerror=x>')
    assert drawing == '<text class="&#34;&gt;&lt;img onerror=x&gt;">&lt;script&gt;&amp;</text>'
    assert "\\u202e" in label(0, 0, "gnp.\u202etxt")
    assert parse(tag("g", tag("title", "a"), x=None)).attrib == {}


def test_looks_differ_between_members() -> None:
    styles = looks(build.NAMES)
    assert len({look.colour for look in styles.values()}) == 6
    assert len({look.key() for look in styles.values()}) == 6
    assert looks(("only",))["only"].colour == "s0"
