"""The style sheet: the report's rules and colours, the dashboard's own, and both themes to switch between."""

import re
from functools import cache
from importlib.resources import files

from appliance.report.page import style_sheet

_LIGHT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}\s*\}", re.DOTALL)
_CHARTS = re.compile(r"^(?:\.(?:chart|t|grid|axis|stroke|fill|s\d|pair|join|open)\b|svg ).*$", re.MULTILINE)


def palettes() -> tuple[str, str]:
    """The declarations of the light and the dark colours, as the report has them."""
    sheet = style_sheet()
    light, dark = _LIGHT.search(sheet), _DARK.search(sheet)
    if light is None or dark is None:
        raise ValueError("report.css has lost its colours")
    return light.group(1), dark.group(1)


@cache
def dashboard_css() -> str:
    """Everything a page needs; a theme that was switched to outranks what the browser prefers."""
    light, dark = palettes()
    light_rule = f':root[data-theme="light"] {{ color-scheme: light; {_colours(light)} }}'
    dark_rule = f':root[data-theme="dark"] {{ color-scheme: dark; {_colours(dark)} }}'
    return "\n".join([style_sheet(), light_rule, dark_rule, _own("dashboard.css"), _own("charts.css")])


@cache
def chart_rules() -> str:
    """What a saved drawing needs, in light colours."""
    light, _ = palettes()
    kept = "\n".join(match.group(0) for match in _CHARTS.finditer(style_sheet()))
    font = "svg { background: #ffffff; font-family: system-ui, sans-serif; }"
    return f"svg {{ {_colours(light)} }}\n{font}\n{kept}\n{_own('charts.css')}"


def _colours(declarations: str) -> str:
    return " ".join(re.findall(r"--[\w-]+: [^;]+;", declarations))


def _own(name: str) -> str:
    return files("appliance.serve").joinpath(f"static/{name}").read_text("utf-8")
