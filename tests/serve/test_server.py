"""The process itself: ready, alive, refused where the port is taken, gone on SIGTERM; and what a socket may send."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.serve.notify import notify, watchdog_seconds
from appliance.site import Site

WAIT = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A dashboard in a process of its own, and the socket on which it tells systemd how it does."""

    process: subprocess.Popen[str]
    port: int
    told: socket.socket

    def hear(self) -> str:
        self.told.settimeout(WAIT)
        return self.told.recv(4096).decode()

    def get(self) -> bytes:
        """The first page, asked for as a browser does."""
        return self.send(
            f"GET / HTTP/1.1\r\nHost: localhost:{self.port}\r\nConnection: close\r\n\r\n".encode(), end=False
        )

    def send(self, raw: bytes, *, end: bool = True) -> bytes:
        """Raw bytes in, then no more (`end`); all that comes back, b"" where it is closed without a word."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT) as conn:
            conn.sendall(raw)
            with contextlib.suppress(OSError):
                if end:
                    conn.shutdown(socket.SHUT_WR)
            found = b""
            with contextlib.suppress(OSError):
                while chunk := conn.recv(65536):
                    found += chunk
        return found


def command(site: Site, port: int) -> list[str]:
    return [sys.executable, "-c", "from appliance.cli import main; main()", "serve", "--site", str(site.folder),
            "--port", str(port)]  # fmt: skip


@pytest.fixture
def running(own: Site, tmp_path: Path) -> Iterator[Running]:
    path, port = tmp_path / "notify", free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(path))
        environment = {**os.environ, "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000"}
        environment.pop("WATCHDOG_PID", None)
        with subprocess.Popen(command(own, port), env=environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                yield Running(process, port, told)
            finally:
                process.kill()


def test_it_says_ready_then_alive_then_stopping_and_ends_well(running: Running) -> None:
    assert running.hear() == "READY=1"
    assert [running.hear() for _ in range(3)] == ["WATCHDOG=1"] * 3
    assert running.get().startswith(b"HTTP/1.1 200")
    start = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(WAIT) == 0
    assert time.monotonic() - start < 10
    heard = [running.hear()]
    while heard[-1] == "WATCHDOG=1":
        heard.append(running.hear())
    assert heard[-1] == "STOPPING=1"
    assert running.process.stderr is not None
    assert "Traceback" not in running.process.stderr.read()


RAW = (
    b"", b"\r\n\r\n", b"\x00\x01\x02\x03", b"GET", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST /alerts/acknowledge HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 99999999999\r\n\r\nx",
    b"POST /alerts/acknowledge HTTP/1.1\r\nHost: localhost:%d\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", b"GET /%ff%fe HTTP/1.1\r\nHost: localhost:%d\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)  # fmt: skip


def test_what_is_no_request_is_refused_and_the_next_one_answered(running: Running) -> None:
    running.hear()
    for raw in RAW:
        answer = running.send(raw.replace(b"%d", str(running.port).encode()))
        assert b"Traceback" not in answer
        assert b"500 " not in answer.split(b"\r\n")[0], raw
    assert running.get().startswith(b"HTTP/1.1 200")
    assert running.process.poll() is None


def test_a_taken_port_is_one_line(own: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(command(own, port), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4
    (last,) = done.stderr.splitlines()  # no address is named that another program answers on
    assert last.startswith(f"inspect-eval: 127.0.0.1, port {port}: another program listens there")
    assert "--port" in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("more", "code", "said"), [(["--host", "203.0.113.7"], 2, "not an address of this machine"),
                                                    (["--port", "70000"], 2, "--port"),
                                                    (["--site", "/nowhere"], 2, "no site here")])  # fmt: skip
def test_where_it_cannot_listen_is_one_line(own: Site, more: list[str], code: int, said: str) -> None:
    done = subprocess.run([*command(own, free_port()), *more], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_nobody_to_notify_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("", "relative", "/nowhere/at/all", "@nobody-listens-here"):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        assert not notify("READY=1")


@pytest.mark.parametrize(("usec", "pid", "seconds"), [("", "", None), ("0", "", None), ("x", "", None),
                                                      ("30000000", "", 15.0), ("30000000", "1", None)])  # fmt: skip
def test_how_often_the_watchdog_is_fed(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert watchdog_seconds() == seconds
