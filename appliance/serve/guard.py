"""The door: which hosts and methods are let in, and the headers that every answer carries.

A page of another site can make a browser on this machine send requests here (DNS rebinding, forms), so a loopback
address is no boundary: only names on the list are answered, and nothing but a POST with a token changes anything.
"""

import gc
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST")
WHOLE = 500  # answers between two collections of everything
LONGEST = 4096  # bytes of path and query together

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # under no-referrer browsers send our own form with Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def allowed_hosts(host: str, port: int, names: Iterable[str]) -> frozenset[str]:
    """The values of the header Host that are answered: this machine, the address listened on, and `names`."""
    known = {"localhost", "127.0.0.1", "[::1]", *(_bracketed(name) for name in names)}
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - these are no names that a browser could ask for
        known.add(_bracketed(host))
    with_port = {f"{name.lower()}:{port}" for name in known}
    return frozenset(with_port | {name.lower() for name in known} if port == 80 else with_port)


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name


class Guard:
    """ASGI middleware: refuses what is not on the list, and puts `HEADERS` on every answer that lacks them."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            text = "This name is not on the dashboard's list. Add it to allow_hosts in site.toml, or use localhost.\n"
            return PlainTextResponse(text, 421)
        if scope["method"] not in METHODS:
            return PlainTextResponse("Only reading is possible here.\n", 405, {"Allow": ", ".join(METHODS)})
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST:
            return PlainTextResponse("The address is too long.\n", 414)
        return None


class Tidied:
    """ASGI middleware: where the collector is off (`settle`), collects once an answer has been sent.

    What is new each time, in a few milliseconds; all of it, now and then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._answers = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            self._answers += 1
            if not gc.isenabled():
                gc.collect(0 if self._answers % WHOLE else 2)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
