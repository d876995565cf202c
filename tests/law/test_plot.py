"""Plots: well-formed, self-contained, inert for hostile names, and with everything drawn."""

import dataclasses
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from appliance.law.bootstrap import binomial_draws
from appliance.law.drawing import log_ticks, si
from appliance.law.plot import law_svg
from appliance.law.plot_value import value_svg
from appliance.law.quantity import law_of
from appliance.law.types import Law, Measured

SVG = "{http://www.w3.org/2000/svg}"


def parse(drawn: str) -> ET.Element:
    """Our own output."""
    return ET.fromstring(drawn)  # noqa: S314


def law(names: tuple[str, ...] = ("xs", "s", "m", "l", "xl", "xxl"), parts: float = 2000) -> Law:
    e = np.array([0.3, 0.22, 0.17, 0.14, 0.12, 0.11])
    n = np.full(6, parts)
    return law_of(Measured(4.0 ** np.arange(6) * 1e5, e, n, names, binomial_draws(e, n, 300)))


def test_every_form_band_point_and_the_held_out_size_are_drawn() -> None:
    found = law()
    root = parse(law_svg(found, unit="MACs", standalone=True))
    classes = [x.get("class", "") for x in root.iter()]
    assert sum("law-form" in c for c in classes) == 2 * len(found.forms)  # curve and legend
    assert sum(c == "law-band" for c in classes) == 2
    assert sum(c == "law-told" for c in classes) == 1
    assert sum(c == "law-dot" for c in classes) == 6 + 1
    words = " ".join("".join(x.itertext()) for x in root.iter(f"{SVG}text"))
    assert all(name in words for name in ("xs", "xxl", "power+floor", "MACs", "90 %"))


def test_everything_lies_inside_the_picture() -> None:
    for small in (False, True):
        root = parse(law_svg(law(), small=small, standalone=True))
        _, _, width, height = (float(v) for v in root.get("viewBox", "").split())
        for line in root.iter(f"{SVG}polyline"):
            places = np.array([[float(v) for v in p.split(",")] for p in line.get("points", "").split()])
            assert np.all(places >= 0)
            assert np.all(places <= [width, height])


def test_no_style_attribute_no_script_no_address_but_the_name_space() -> None:
    drawn = law_svg(law())
    assert "style=" not in drawn
    assert "http" not in drawn
    parse(drawn)


@pytest.mark.parametrize("name", ["<script>", '"><img onerror=x>', "a&b", "\u202eevil", "\x00\x07"])
def test_hostile_names_are_inert(name: str) -> None:
    found = law((name, "s", "m", "l", "xl", name + "2"))
    for drawn in (law_svg(found, unit=name, standalone=True), value_svg(found.value, standalone=True)):  # type: ignore[arg-type]
        tags = {x.tag.removeprefix(SVG) for x in parse(drawn).iter()}
        assert not tags & {"script", "img"}
        assert "\u202e" not in drawn


def test_nothing_to_draw_is_empty() -> None:
    found = law()
    none = Measured(np.array([1.0, 2.0]), np.zeros(2), np.full(2, np.nan), ("a", "b"))
    assert law_svg(dataclasses.replace(found, measured=none)) == ""
    one = Measured(np.array([1.0]), np.array([0.1]), np.full(1, np.nan), ("a",))
    assert law_svg(dataclasses.replace(found, measured=one)) == ""


def test_a_law_without_curves_or_draws_is_drawn_too() -> None:
    two = law_of(Measured(np.array([1.0, 2.0]), np.array([0.2, 0.1]), np.full(2, np.nan), ("a", "b")))
    classes = [x.get("class", "") for x in parse(law_svg(two)).iter()]
    assert classes.count("law-dot") == 3
    assert "law-band" not in classes


def test_acceptability_names_the_sizes_that_can_win() -> None:
    found = law()
    assert found.value is not None
    root = parse(value_svg(found.value, standalone=True))
    words = [x.text for x in root.iter(f"{SVG}text")]
    assert "xxl" in words
    assert "xs" in words
    assert value_svg(dataclasses.replace(found.value, prices=(0.0,))) == ""


def test_acceptability_for_a_phone_stays_inside() -> None:
    found = law()
    assert found.value is not None
    root = parse(value_svg(found.value, small=True, standalone=True))
    width = float(root.get("viewBox", "").split()[2])
    ends = [float(v) for x in root.iter(f"{SVG}polyline") for v in x.get("points", "").replace(",", " ").split()[::2]]
    assert width <= 360
    assert 0 < min(ends) < max(ends) < width


@pytest.mark.parametrize(("low", "high"), [(0.01, 0.3), (0.18, 0.31), (1e5, 1.5e8), (0.0004, 0.9), (3.0, 3.1)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    found = log_ticks(low, high)
    assert 2 <= len(found) <= 8
    assert all(low * 0.999 <= v <= high * 1.001 for v in found)


def test_sizes_are_short() -> None:
    assert [si(v) for v in (812, 11156, 1.9e6, 4.9e9, 0.5)] == ["812", "11.2k", "1.9M", "4.9G", "0.5"]
