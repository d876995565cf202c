"""A law drawn log-log: measured sizes, every form, the band, and the largest size as the others foretold it."""

import numpy as np

from appliance.language.tongue import mark, w
from appliance.law.drawing import CSS, Frame, bar, line, log_ticks, path, percent, si, tag, text, words
from appliance.law.forms import FORMS
from appliance.law.types import Floats, FormFit, Law, Measured, Predicted

_WIDTH, _HEIGHT, _LEGEND = 720.0, 380.0, 222.0
_SMALL = (340.0, 240.0)
_CLASSES = {name: f"law-form law-f{i}" for i, name in enumerate(FORMS)}
_QUANTITIES = {
    "error": mark("error"),
    "drop": mark("mean drop"),
    "flip": mark("flip rate"),
    "escape": mark("escape rate"),
}


def law_svg(law: Law, *, unit: str = "", small: bool = False, standalone: bool = False) -> str:
    """One law as SVG. `small` leaves the legend away (small multiples); `standalone` carries its own style rules.

    Returns "" where there is nothing to draw: no rate above zero, or a single size.
    """
    m = law.measured
    if len(m.sizes) < 2 or not np.any(m.errors > 0):
        return ""
    frame = _frame(law, small)
    inside = [_axes(frame, law, unit), _band(frame, law), _forms(frame, law), _told(frame, law), _points(frame, m)]
    if not small:
        inside.append(_legend(frame, law))
    width, height = _SMALL if small else (_WIDTH, _HEIGHT)
    style = tag("style", CSS) if standalone else ""
    quantity = _QUANTITIES.get(law.quantity, law.quantity)
    title = w("{quantity} over {axis}, {condition}", quantity=quantity, axis=law.axis, condition=w(law.condition))
    head = tag("title", words(f"{title}: {law.verdict.sentence}")) + style
    names = {"xmlns": "http://www.w3.org/2000/svg"} if standalone else {}
    return tag("svg", head + "".join(inside), viewBox=f"0 0 {width:g} {height:g}", role="img", class_="law", **names)


def _intervals(m: Measured) -> tuple[Floats, Floats] | None:
    """90 % interval of each measured rate from its draws."""
    if m.draws is None:
        return None
    low, high = np.quantile(m.draws, [0.05, 0.95], axis=0)
    return low, high


def _seen(law: Law) -> Floats:
    """Every rate that the plot must hold; lower ends no further down than half the smallest measured rate."""
    m, bounds = law.measured, _intervals(law.measured)
    measured = m.errors[m.errors > 0]
    lows, highs = [measured], [measured]
    if law.band is not None:
        lows, highs = [*lows, np.array(law.band.low)], [*highs, np.array(law.band.high)]
    if bounds is not None:
        lows, highs = [*lows, bounds[0]], [*highs, bounds[1]]
    if law.left_out is not None:
        lows, highs = [*lows, np.array([law.left_out.span.low])], [*highs, np.array([law.left_out.span.high])]
    return np.concatenate([np.maximum(x, 0.5 * measured.min()) for x in (*lows, *highs)])


def _frame(law: Law, small: bool) -> Frame:
    m, values = law.measured, _seen(law)
    y_range = (float(values.min()) / 1.08, min(float(values.max()) * 1.08, 1.0))
    x_range = (float(m.sizes[0]) / 1.25, float(m.sizes[-1]) * 1.35)
    width, height = _SMALL if small else (_WIDTH - _LEGEND, _HEIGHT)
    return Frame(54.0, 30.0, width - 8.0, height - 44.0, x_range, y_range)


def _axes(f: Frame, law: Law, unit: str) -> str:
    rows = [line(f.left, f.y(v), f.right, f.y(v), "law-grid") for v in log_ticks(*f.y_range)]
    rows += [text(f.left - 6, f.y(v) + 4, percent(v), "law-soft", "end") for v in log_ticks(*f.y_range)]
    most = 5 if f.right < 400 else 7
    for v in log_ticks(*f.x_range, most):
        rows += [line(f.x(v), f.bottom, f.x(v), f.bottom + 4, "law-axis")]
        rows += [text(f.x(v), f.bottom + 18, si(v), "law-soft", "middle")]
    rows.append(line(f.left, f.bottom, f.right, f.bottom, "law-axis"))
    below = text((f.left + f.right) / 2, f.bottom + 36, unit or law.axis, "law-soft", "middle")
    what = w(", ").join([str(_QUANTITIES.get(law.quantity, law.quantity)), w(law.condition)])
    return "".join(rows) + below + text(4, 14, what, "law-soft")


def _band(f: Frame, law: Law) -> str:
    if law.band is None:
        return ""
    b = law.band
    edge = [(f.x(s), f.y(max(e, f.y_range[0]))) for s, e in zip(b.sizes, b.high, strict=True)]
    back = [(f.x(s), f.y(max(e, f.y_range[0]))) for s, e in zip(b.sizes, b.low, strict=True)]
    middle = [(f.x(s), f.y(e)) for s, e in zip(b.sizes, b.middle, strict=True)]
    return path([*edge, *reversed(back)], "law-band", name="polygon") + path(middle, "law-mean")


def _forms(f: Frame, law: Law) -> str:
    if law.band is None:
        return ""
    sizes = law.band.sizes
    curves = [(x.name, [(f.x(s), f.y(e)) for s, e in zip(sizes, x.curve, strict=True)]) for x in law.forms]
    return "".join(path(points, _CLASSES[name]) for name, points in curves)


def _told(f: Frame, law: Law) -> str:
    """The held-out size: an open diamond with its band, beside the measured point."""
    if law.left_out is None:
        return ""
    p: Predicted = law.left_out
    x, y = f.x(p.size) + 9, f.y(p.span.estimate)
    diamond = path([(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)], "law-told", name="polygon")
    return bar(x, f.y(p.span.low), f.y(p.span.high), "law-told-bar", 3.0) + diamond


def _points(f: Frame, m: Measured) -> str:
    bounds, rows, last = _intervals(m), [], -1e9
    for i, (name, size, error) in enumerate(zip(m.names, m.sizes, m.errors, strict=True)):
        x, y = f.x(float(size)), f.y(max(float(error), f.y_range[0]))
        top, bottom = y, y
        if bounds is not None:
            top, bottom = f.y(float(bounds[1][i])), f.y(max(float(bounds[0][i]), f.y_range[0]))
            rows.append(bar(x, bottom, top, "law-part"))
        rows.append(tag("circle", cx=x, cy=y, r=3.5, class_="law-dot"))
        below = x - last < 9 * len(name[:14])
        last = -1e9 if below else x
        end = i == len(m.names) - 1
        place, anchor = (x + 4, "end") if end else (x, "middle")
        rows.append(text(place, bottom + 15 if below else top - 7, name[:14], "law-name", anchor))
    return "".join(rows)


def _legend(f: Frame, law: Law) -> str:
    """What each line is, with the weight of its form."""
    x, rows = f.right + 16, []
    entries = [("law-mean", w("forms, by weight"))] if law.band else []
    entries += [(_CLASSES[form.name], _weight(form)) for form in law.forms]
    for i, (class_, said) in enumerate(entries):
        y = f.top + 12 + 20 * i
        rows.append(path([(x, y - 4), (x + 26, y - 4)], class_) + text(x + 33, y, said))
    y = f.top + 12 + 20 * len(entries)
    if law.band:
        rows.append(tag("rect", x=x, y=y - 10, width=26.0, height=12.0, class_="law-band"))
        rows.append(text(x + 33, y, w("90 %, next training")))
        y += 20
    if law.left_out:
        rows.append(bar(x + 13, y - 11, y + 3, "law-told-bar", 3.0) + text(x + 33, y, w("foretold, left out")))
        y += 20
    measured = w("measured, 90 %") if law.measured.draws is not None else w("measured")
    return "".join(rows) + tag("circle", cx=x + 13, cy=y - 4, r=3.5, class_="law-dot") + text(x + 33, y, measured)


def _weight(form: FormFit) -> str:
    return w("{form}, weight {weight}", form=form.name, weight=f"{form.weight:.2f}")
