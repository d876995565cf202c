"""The server: one process, one socket, ready and alive as systemd wants to hear it, gone within seconds on SIGTERM."""

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.concurrency import run_in_threadpool

from appliance.errors import MachineFailed, UsageError
from appliance.language.catalogue import words
from appliance.serve.app import make_app
from appliance.serve.desk import DOMAIN, Desk
from appliance.serve.drift import kinds
from appliance.serve.guard import allowed_hosts
from appliance.serve.notify import notify, watchdog_seconds
from appliance.serve.style import dashboard_css
from appliance.site import load_site
from appliance.watch.charts import ChartSetting
from appliance.watch.judge import chart_setting

STOPS = (signal.SIGTERM, signal.SIGINT)
GRACE = 3  # seconds that answers under way have when the server is told to stop


@dataclass(frozen=True)
class Place:
    """Where to listen, and the names besides localhost under which a browser may ask."""

    host: str
    port: int
    names: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


class Server(uvicorn.Server):
    """uvicorn's server, with sd_notify, and with SIGTERM as the ordinary way to end."""

    def __init__(self, config: uvicorn.Config, setting: ChartSetting) -> None:
        super().__init__(config)
        self._setting = setting

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM or Ctrl-C and return, where uvicorn would raise the signal again."""
        before = {number: signal.signal(number, self.handle_exit) for number in STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        notify("READY=1")
        self._pulse = asyncio.create_task(_beat())
        self._warm = asyncio.create_task(run_in_threadpool(warm_up, self._setting))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it ends, and end."""
        notify("STOPPING=1")
        self._pulse.cancel()
        await super().shutdown(sockets)


async def _beat() -> None:
    """Tell the watchdog that the loop turns and that a thread is free to answer; a stuck server says nothing."""
    every = watchdog_seconds()
    while every is not None:
        await run_in_threadpool(notify, "WATCHDOG=1")
        await asyncio.sleep(every)


def listen(place: Place) -> socket.socket:
    """The socket. Raises MachineFailed where the port is taken or not ours to take, UsageError for no such address."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((place.host, place.port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise _refusal(place, error) from error
    return made


def _refusal(place: Place, error: OSError) -> MachineFailed | UsageError:
    where = f"{place.host}, port {place.port}"
    if error.errno == errno.EADDRINUSE:
        mend = "stop the program that listens there, or choose another with --port"
        return MachineFailed(f"{where}: another program listens there", mend=mend)
    if error.errno in (errno.EACCES, errno.EPERM):
        return MachineFailed(f"{where}: no permission to listen there", mend="choose a port over 1023 with --port")
    mend = "use an address of this machine with --host, such as 127.0.0.1"
    return UsageError(f"{where}: not an address of this machine", mend=mend)


def warm_up(setting: ChartSetting) -> None:
    """Work out once, while the first reader is on the way, what the first page with a control chart would wait for."""
    kinds(words("en", DOMAIN), setting)


def settle() -> None:
    """Leave what was loaded out of every later garbage collection, and collect between answers (`Tidied`), not within.

    Pages make many small values that no cycle holds; they are freed without the collector.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


def serve(folder: Path, place: Place, listening: Callable[[], None] = lambda: None) -> None:
    """Answer until SIGTERM or Ctrl-C; `listening` is called once the address is ours. Raises what `listen` raises."""
    dashboard_css()
    setting = chart_setting(load_site(folder).nightly)
    settle()
    app = make_app(Desk(folder.resolve()), allowed_hosts(place.host, place.port, place.names))
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=100,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=16_384,
    )
    with contextlib.closing(listen(place)) as opened:
        listening()
        Server(config, setting).run(sockets=[opened])
