"""The routes: a page is read from the log over a connection that cannot write, and answered whole or with one line."""

import sqlite3
from collections.abc import Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from appliance.errors import InspectError, UsageError, as_inspect_error
from appliance.language.tongue import speaking
from appliance.log.log import Log
from appliance.serve.desk import Desk, View, language_of
from appliance.serve.figures import Figure, as_csv, as_svg, static
from appliance.serve.guard import Guard, Tidied
from appliance.serve.page import Page, respond
from appliance.serve.pages import (
    alerts,
    condition,
    decision,
    health,
    laws,
    measured,
    member,
    night,
    now,
    part,
    sizing,
    trends,
)
from appliance.serve.pages.refusal import refusal_page
from appliance.serve.style import dashboard_css

PAGES: dict[str, Callable[[View], Page]] = {
    "now": now.page,
    "trends": trends.page,
    "night": night.page,
    "member": member.page,
    "condition": condition.page,
    "part": part.page,
    "alerts": alerts.page,
    "laws": laws.page,
    "sizing": sizing.page,
    "decision": decision.page,
    "health": health.page,
    "measured": measured.page,
}
FIGURES: dict[str, Callable[[View], list[Figure]]] = {
    "now": now.figures,
    "trends": trends.figures,
    "night": night.figures,
    "member": member.saved,
    "condition": condition.figures,
    "laws": laws.figures,
    "sizing": sizing.figures,
    "decision": decision.figures,
}
SAVED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def make_app(desk: Desk, hosts: frozenset[str]) -> ASGIApp:
    """The dashboard of one site as an ASGI application that answers only to `hosts`."""

    def reading(make: Callable[[View], Response]) -> Callable[[Request], Response]:
        return lambda request: _answer(desk, request, make)

    def paged(make: Callable[[View], Page]) -> Callable[[Request], Response]:
        return reading(lambda view: respond(view, make(view)))

    routes = [
        Route("/", paged(now.page)),
        *(Route(f"/{name}", paged(make)) for name, make in PAGES.items() if name != "now"),
        Route("/now", lambda _: RedirectResponse("/")),
        Route("/figure/{name}.{kind}", reading(_figure)),
        Route("/picture", reading(part.picture)),
        Route("/alerts/acknowledge", _acknowledging(desk), methods=["POST"]),
        Route("/static/dashboard.css", lambda _: _static(dashboard_css().encode(), "text/css")),
        Route("/static/dashboard.js", lambda _: _static(static("dashboard.js"), "text/javascript")),
        Route("/favicon.ico", lambda _: _static(static("icon.svg"), "image/svg+xml")),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _plain_error, Exception: _unplanned})
    return Guard(Tidied(app), hosts)


def _answer(desk: Desk, request: Request, make: Callable[[View], Response]) -> Response:
    """Open the log, make the answer; what was planned for becomes a page of one line with its mend."""
    w = language_of(request, "en")
    try:
        site = desk.site()
    except (InspectError, OSError) as error:
        return refusal_page(desk, request, w, _planned(error), 503)
    try:
        w = language_of(request, site.dashboard.language)
        with Log.open_read(site.log_path) as log, speaking(w.language):
            return make(View(request, desk, site, log, w))
    except (InspectError, OSError, sqlite3.DatabaseError) as error:
        return refusal_page(desk, request, w, _planned(error))


def _planned(error: Exception) -> InspectError:
    """The error as one line. What nobody planned for is raised again."""
    known = as_inspect_error(error)
    if known is None:
        raise error
    return known


def _figure(view: View) -> Response:
    """A figure of a page as a file: /figure/NAME.svg or .csv, with the page it stands on in `of`."""
    name, kind = view.request.path_params["name"], view.request.path_params["kind"]
    make = FIGURES.get(view.asked("of"))
    found = next((figure for figure in make(view) if figure.name == name), None) if make else None
    if found is None or kind not in ("svg", "csv"):
        raise UsageError("there is no such figure", mend="follow the links below the figures")
    body, media = (
        (as_svg(found), "image/svg+xml") if kind == "svg" else (as_csv(found.table()), "text/csv; charset=utf-8")
    )
    saved = {
        "Content-Disposition": f'attachment; filename="{found.name}.{kind}"',
        "Content-Security-Policy": SAVED_POLICY,
    }
    return Response(body.encode(), media_type=media, headers=saved)


def _acknowledging(desk: Desk) -> Callable[[Request], object]:
    async def acknowledge(request: Request) -> Response:
        return await alerts.acknowledge(desk, request)

    return acknowledge


def _static(body: bytes, media: str) -> Response:
    return Response(body, media_type=media, headers={"Cache-Control": "max-age=300"})


def _plain_error(_request: Request, error: Exception) -> Response:
    """404, 405: one line."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this handler for nothing else
    text = HTTPStatus(error.status_code).phrase
    return PlainTextResponse(f"{text}.\n", error.status_code, dict(error.headers or {}))


def _unplanned(_request: Request, _error: Exception) -> Response:
    """A mistake of ours: the server writes the traceback to the journal, the reader sees one line."""
    return PlainTextResponse("The dashboard made a mistake; its journal says which.\n", 500)
