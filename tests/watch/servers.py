"""Real local servers that alerts are sent to: a mail sink, an HTTP endpoint, a broker."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Mailbox:
    """What an SMTP server was given."""

    port: int
    mails: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.mails.append(envelope.content.decode())
        return "250 taken"


@contextmanager
def mail_sink() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """What an HTTP endpoint was sent; `status` is what it answers, after `pause` seconds."""

    url: str
    status: int = 200
    pause: float = 0.0
    bodies: list[Any] = field(default_factory=list)


@contextmanager
def http_hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(hook.pause)
            if hook.status < 300:
                hook.bodies.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    hook = Hook(f"json://127.0.0.1:{server.server_port}/alerts")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def broker(folder: Path, word: str = "") -> Iterator[int]:
    """A mosquitto on a port of its own; with a word the user `plant` needs it."""
    port = free_port()
    lines = [f"listener {port} 127.0.0.1", f"allow_anonymous {'false' if word else 'true'}"]
    if word:
        subprocess.run(["mosquitto_passwd", "-b", "-c", folder / "passwords", "plant", word], check=True)
        (folder / "passwords").chmod(0o644)
        folder.chmod(0o755)
        lines.append(f"password_file {folder / 'passwords'}")
    config = folder / "mosquitto.conf"
    config.write_text("\n".join([*lines, "user root", ""]))
    process = subprocess.Popen(["mosquitto", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def subscriber(port: int, topic: str) -> Iterator[list[Any]]:
    """Collects the JSON messages of a topic."""
    from paho.mqtt import client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    told: list[Any] = []
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _d, message: told.append((message.topic, json.loads(message.payload)))
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    client.loop_start()
    assert ready.wait(10)
    try:
        yield told
    finally:
        client.disconnect()
        client.loop_stop()


def until(told: list[Any], count: int) -> list[Any]:
    """Wait for so many messages."""
    end = time.monotonic() + 10
    while len(told) < count and time.monotonic() < end:
        time.sleep(0.02)
    return told
