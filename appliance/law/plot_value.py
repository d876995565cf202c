"""Acceptability curves: how likely each size is the best buy at each price of a doubling."""

from appliance.language.tongue import w
from appliance.law.drawing import CSS, line, path, tag, text
from appliance.law.types import Value

_HEIGHT, _LEFT, _TOP, _BOTTOM = 260.0, 54.0, 30.0, 210.0
_WIDE, _SMALL = (720.0, 560.0), (340.0, 330.0)  # width of the picture, right end of the axis
_LOOKS = 8


def value_svg(value: Value, *, small: bool = False, standalone: bool = False) -> str:
    """Probability of being best (0 to 100 %) over what a doubling must bring (pp); prices are evenly spaced.

    Curves are named where they are highest; sizes never 5 % likely are left away. `small` is for a phone. "" for fewer
    than two prices.
    """
    if len(value.prices) < 2:
        return ""
    style = tag("style", CSS) if standalone else ""
    names = {"xmlns": "http://www.w3.org/2000/svg"} if standalone else {}
    width, right = _SMALL if small else _WIDE
    inside = tag("title", w("Probability of being the best size at each price of a doubling")) + style
    inside += _axes(value, right) + "".join(_curve(value, i, right) for i in range(len(value.names)))
    return tag("svg", inside, viewBox=f"0 0 {width:g} {_HEIGHT:g}", role="img", class_="law", **names)


def _x(index: int, count: int, right: float) -> float:
    return _LEFT + 10 + (right - _LEFT - 20) * index / (count - 1)


def _y(probability: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * probability


def _axes(value: Value, right: float) -> str:
    rows = [line(_LEFT, _y(p), right, _y(p), "law-grid") for p in (0.0, 0.5, 1.0)]
    rows += [text(_LEFT - 6, _y(p) + 4, f"{100 * p:.0f} %", "law-soft", "end") for p in (0.0, 0.5, 1.0)]
    count = len(value.prices)
    rows += [
        text(_x(i, count, right), _BOTTOM + 18, f"{p:g}", "law-soft", "middle") for i, p in enumerate(value.prices)
    ]
    below = w("what a doubling must bring, pp of accuracy")
    rows.append(text((_LEFT + right) / 2, _BOTTOM + 36, below, "law-soft", "middle"))
    return "".join(rows) + text(4, 14, w("probability of being the best size"), "law-soft")


def _curve(value: Value, index: int, right: float) -> str:
    heights = [row[index] for row in value.acceptability]
    if max(heights) < 0.05:
        return ""
    points = [(_x(i, len(heights), right), _y(h)) for i, h in enumerate(heights)]
    top = max(range(len(heights)), key=lambda i: heights[i])
    name = text(points[top][0], points[top][1] - 7, value.names[index][:14], "law-name", "middle")
    return path(points, f"law-form law-s{index % _LOOKS}") + name
