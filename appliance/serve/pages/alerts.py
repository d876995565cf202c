"""The alert desk: what is open, who has taken it in hand, and the one thing a reader can write."""

from hmac import compare_digest
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from appliance.errors import InspectError
from appliance.language.catalogue import mark
from appliance.serve import alerts as kept
from appliance.serve import names
from appliance.serve.desk import Desk, View
from appliance.serve.page import Page
from appliance.serve.times import shown
from appliance.watch.alert_types import DeliveryState
from appliance.watch.deliveries import deliveries

STUCK = (DeliveryState.WAITING, DeliveryState.GIVEN_UP)
LARGEST, LONGEST_NAME, LONGEST_NOTE = 8192, 80, 1000
STATES = {"open": mark("open"), "acked": mark("acknowledged"), "closed": mark("closed")}
SEVERITIES = {"critical": mark("critical"), "warning": mark("warning"), "info": mark("information")}
KINDS = {"critical": "bad", "warning": "open", "info": "none"}


def page(view: View) -> Page:
    """Every alert: open ones first, each with its form."""
    found = kept.alerts(view.log)
    run = view.finished()
    labels = names.conditions(view.w, view.log.read_run(run, with_parts=False).conditions) if run else {}
    values = {
        "groups": [(state, view.w(text), [a for a in found if a.state == state]) for state, text in STATES.items()],
        "labels": labels,
        "severities": {key: view.w(text) for key, text in SEVERITIES.items()},
        "kinds": KINDS,
        "shown": shown,
        "token": view.desk.token,
        "any": bool(found),
        "stuck": deliveries(view.log, states=STUCK)[-20:],
    }
    return Page("alerts.html", view.w("Alerts"), "alerts", values)


async def acknowledge(desk: Desk, request: Request) -> Response:
    """POST token, number, by, note: acknowledge one alert, then back to the list. 403 for anything but our own form."""
    if not _from_our_page(request):
        return _refused(403, "This can only be sent from the dashboard's own page.")
    fields = await _fields(request)
    refusal = _mistake(fields, desk.token)
    if refusal is not None:
        return refusal
    note = fields.get("note", "").strip()[:LONGEST_NOTE]
    try:
        path = desk.site().log_path
        await run_in_threadpool(kept.acknowledge, path, int(fields["number"]), _name(fields), note)
    except InspectError as error:
        return _refused(409, str(error))
    return RedirectResponse("/alerts", 303)


def _name(fields: dict[str, str]) -> str:
    return " ".join(fields.get("by", "").split())


def _mistake(fields: dict[str, str], token: str) -> Response | None:
    """What is wrong with what was sent, None where nothing is."""
    number = fields.get("number", "")
    if "too much" in fields:
        return _refused(413, "Too much was sent.")
    if not compare_digest(fields.get("token", "").encode(), token.encode()):
        return _refused(403, "The page is too old: load it again.")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return _refused(400, "Which alert?")
    if not 0 < len(_name(fields)) <= LONGEST_NAME:
        return _refused(400, f"Who acknowledges it? A name of at most {LONGEST_NAME} characters is needed.")
    return None


def _from_our_page(request: Request) -> bool:
    """Whether a browser says that the form stands on this dashboard; one that says nothing has the token to show."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin"):
        return False
    return origin is None or origin in (f"{scheme}://{request.headers['host']}" for scheme in ("http", "https"))


async def _fields(request: Request) -> dict[str, str]:
    """The fields of the form; `too much` alone where more was sent than it can hold."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return {"too much": ""}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
    except ValueError:
        return {"too much": ""}
    return {name: values[0] for name, values in found.items()}


def _refused(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)
