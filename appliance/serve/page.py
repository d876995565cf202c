"""Templates of the dashboard: every value is made harmless on its way into a page, whatever template it stands in."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from appliance.language.again import again
from appliance.language.catalogue import mark
from appliance.report import units
from appliance.report.page import breakable
from appliance.report.text import plain
from appliance.serve import addresses, names
from appliance.serve.desk import THEMES, View, theme_of
from appliance.serve.figures import Figure
from appliance.serve.times import stamp

NAV = (
    ("", mark("Now")),
    ("trends", mark("Trends")),
    ("night", mark("Night")),
    ("alerts", mark("Alerts")),
    ("laws", mark("Laws")),
    ("sizing", mark("Sizing")),
    ("decision", mark("Decision")),
    ("health", mark("Log")),
    ("measured", mark("How measured")),
)


@dataclass(frozen=True)
class Page:
    """What a page shows: a template, the title of the tab, its values; `place` is its entry in the navigation."""

    template: str
    title: str
    place: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200


def _finalize(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@pass_context
def _again(page: Context, text: object) -> str:
    """An English line of the log in the page's language, where its words are ours."""
    return again(str(text), page["w"].language)


@cache
def environment() -> Environment:
    """The templates' environment."""
    made = Environment(
        loader=PackageLoader("appliance.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["breakable"] = breakable
    made.filters["again"] = _again
    made.globals.update(u=units, at=addresses.page, names=names)
    return made


def respond(view: View, page: Page) -> HTMLResponse:
    """The page as an answer, with the language and theme remembered where they were switched."""
    html = environment().get_template(page.template).render(**frame(view, page), **page.values)
    answer = HTMLResponse(html, page.status)
    for name in ("lang", "theme"):
        wanted = view.request.query_params.get(name)
        if wanted in (*THEMES, "en", "ja"):
            answer.set_cookie(name, wanted, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


def frame(view: View, page: Page) -> dict[str, Any]:
    """What the frame around every page needs."""
    return {
        "w": view.w,
        "title": page.title,
        "place": page.place,
        "nav": [(name, view.w(text)) for name, text in NAV],
        "site_name": view.site.name,
        "theme": theme_of(view.request),
        "themes": THEMES,
        "made": view.now,
        "made_at": stamp(view.now),
        "here": lambda **changed: here(view, **changed),
        "save": lambda figure, kind: save(view, figure, kind),
    }


def here(view: View, **changed: str) -> str:
    """This very page with some of its query changed."""
    kept = {key: value for key, value in view.request.query_params.items() if key not in ("lang", "theme")}
    return addresses.page(view.request.url.path.removeprefix("/"), **{**kept, **changed})


def save(view: View, figure: Figure, kind: str) -> str:
    """Where a figure of this page can be saved as svg or csv."""
    kept = {key: value for key, value in view.request.query_params.items() if key not in ("lang", "theme", "page")}
    page = view.request.url.path.removeprefix("/") or "now"
    return addresses.page(f"figure/{figure.name}.{kind}", **{**kept, "of": page})
