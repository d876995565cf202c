"""Templates: every value is made harmless on its way into the page, whatever template it stands in."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from appliance.language.again import again
from appliance.language.tongue import spoken, w
from appliance.report import labels, units
from appliance.report.text import plain


def _finalize(value: Any) -> Any:
    """Escape hidden characters of text; numbers and finished markup pass."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def breakable(path: str) -> Markup:
    """A path that a line may break after a slash or an underscore."""
    return Markup("<wbr>").join(escape(piece) for piece in re.split(r"(?<=[/_])", plain(path)))


def coded(sentence: str) -> Markup:
    """A sentence in which what stands between backticks is a command."""
    pieces = re.split(r"`([^`]+)`", plain(sentence))
    marked = [Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece) for at, piece in enumerate(pieces)]
    return Markup("").join(marked)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("appliance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    environment.filters["again"] = lambda text: again(str(text), spoken().language)
    environment.filters["coded"] = coded
    environment.globals.update(u=units, limit_name=labels.limit_name, clean_name=labels.clean_name, w=w)
    return environment


def render(template: str, **values: Any) -> Markup:
    """The template with its values, as finished markup."""
    return Markup(_environment().get_template(template).render(**values))  # noqa: S704 - autoescaped by jinja


def style_sheet() -> str:
    """The page's own style sheet."""
    return files("appliance.report").joinpath("templates/report.css").read_text("utf-8")
