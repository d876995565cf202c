"""What is shown where nothing else can be: the state, one line, and the way to mend it."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse

from appliance.errors import Exit, InspectError
from appliance.language.catalogue import Words
from appliance.serve import addresses
from appliance.serve.desk import THEMES, Desk, theme_of
from appliance.serve.page import NAV, environment
from appliance.serve.times import stamp

STATUS = {Exit.USAGE: 404, Exit.INPUT: 503, Exit.MACHINE: 503, Exit.BUSY: 503}


def refusal_page(desk: Desk, request: Request, w: Words, error: InspectError, status: int = 0) -> HTMLResponse:
    """A planned error as a page: 404 for what was asked wrongly, 503 where the log or the machine fails."""
    status = status or STATUS.get(error.code, 500)
    html = (
        environment()
        .get_template("refusal.html")
        .render(
            w=w,
            title=w("Nothing to show"),
            place=None,
            nav=[(name, w(text)) for name, text in NAV],
            site_name=desk.folder.name,
            theme=theme_of(request),
            themes=THEMES,
            made=datetime.now(UTC),
            made_at=stamp(datetime.now(UTC)),
            here=lambda **changed: addresses.page("", **changed),
            error=error,
            wrong=status == 404,
        )
    )
    return HTMLResponse(html, status)
