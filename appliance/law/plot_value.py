"""Acceptability curves: how likely each size is the best buy at each price of a doubling."""

from appliance.language.tongue import w
from appliance.law.drawing import CSS, line, path, tag, text
from appliance.law.types import Value

_WIDTH, _HEIGHT = 720.0, 260.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 54.0, 30.0, 560.0, 210.0
_LOOKS = 8


def value_svg(value: Value, *, standalone: bool = False) -> str:
    """Probability of being best (0 to 100 %) over what a doubling must bring (pp); prices are evenly spaced.

    Curves are named where they are highest; sizes never 5 % likely are left away. "" for fewer than two prices.
    """
    if len(value.prices) < 2:
        return ""
    style = tag("style", CSS) if standalone else ""
    names = {"xmlns": "http://www.w3.org/2000/svg"} if standalone else {}
    inside = tag("title", w("Probability of being the best size at each price of a doubling")) + style + _axes(value)
    inside += "".join(_curve(value, i) for i in range(len(value.names)))
    return tag("svg", inside, viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", class_="law", **names)


def _x(index: int, count: int) -> float:
    return _LEFT + 10 + (_RIGHT - _LEFT - 20) * index / (count - 1)


def _y(probability: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * probability


def _axes(value: Value) -> str:
    rows = [line(_LEFT, _y(p), _RIGHT, _y(p), "law-grid") for p in (0.0, 0.5, 1.0)]
    rows += [text(_LEFT - 6, _y(p) + 4, f"{100 * p:.0f} %", "law-soft", "end") for p in (0.0, 0.5, 1.0)]
    count = len(value.prices)
    rows += [text(_x(i, count), _BOTTOM + 18, f"{p:g}", "law-soft", "middle") for i, p in enumerate(value.prices)]
    below = w("what a doubling must bring to be worth it, pp of accuracy")
    rows.append(text((_LEFT + _RIGHT) / 2, _BOTTOM + 36, below, "law-soft", "middle"))
    return "".join(rows) + text(4, 14, w("probability of being the best size"), "law-soft")


def _curve(value: Value, index: int) -> str:
    heights = [row[index] for row in value.acceptability]
    if max(heights) < 0.05:
        return ""
    points = [(_x(i, len(heights)), _y(h)) for i, h in enumerate(heights)]
    top = max(range(len(heights)), key=lambda i: heights[i])
    name = text(points[top][0], points[top][1] - 7, value.names[index][:14], "law-name", "middle")
    return path(points, f"law-form law-s{index % _LOOKS}") + name
