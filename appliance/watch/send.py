"""One message to one channel: by Apprise (mail, webhooks, whatever it knows) or as JSON to an MQTT broker."""

import logging
import re
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from pathlib import Path

from appliance.errors import InspectError, MachineFailed, UsageError
from appliance.sections.watch import MqttSection
from appliance.site import Site
from appliance.watch.channels import Channel

NEEDED = 'install "inspect-eval[alerts]"'


def send(site: Site, channel: Channel, title: str, text: str, document: str) -> str:
    """Send, within the site's time limit. Returns nothing where it arrived, else in one line why not."""
    ways: dict[str, Callable[[], str]] = {
        "apprise": lambda: _by_apprise(channel.url, title, text),
        "mqtt": lambda: _by_mqtt(site, document),
    }
    pool = ThreadPoolExecutor(1, thread_name_prefix="channel")
    try:
        return pool.submit(ways[channel.kind]).result(timeout=site.alerts.timeout_s)
    except TooLong:
        return f"no answer within {site.alerts.timeout_s:g} s"
    except InspectError as error:
        return str(error)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Lines(logging.Handler):
    """Keeps the warnings that a library logs: its only word on why a message did not arrive."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(" ".join(record.getMessage().split()))


def _by_apprise(url: str, title: str, text: str) -> str:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise MachineFailed("sending needs apprise, which is not installed", mend=NEEDED) from error
    lines = _Lines()
    logger = logging.getLogger("apprise")
    logger.addHandler(lines)
    logger.propagate = False
    try:
        way = apprise.Apprise()
        if not way.add(url):
            return "the address is not one that Apprise understands"
        if way.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT):
            return ""
    finally:
        logger.removeHandler(lines)
    return _without_secrets("; ".join(lines.lines) or "it was refused", url)


def _without_secrets(text: str, url: str) -> str:
    """A library's words on a failure, on one line, without the user's name and password of the address."""
    for secret in re.findall(r"://([^@/]*)@", url):
        for word in (secret, *secret.split(":")):
            text = text.replace(word, "***") if len(word) > 2 else text
    return " ".join(text.split())[:300]


def _by_mqtt(site: Site, document: str) -> str:
    """Publish an alert with quality of service 1: the broker has taken it when this returns nothing."""
    try:
        from paho.mqtt import client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion
    except ModuleNotFoundError as error:
        raise MachineFailed("MQTT needs paho-mqtt, which is not installed", mend=NEEDED) from error
    section = site.alerts.mqtt
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect_timeout = site.alerts.timeout_s
    if section.username:
        client.username_pw_set(section.username, _password(site, section))
    if section.tls:
        client.tls_set(str(site.resolve(section.ca_file)) if section.ca_file else None, cert_reqs=ssl.CERT_REQUIRED)
    refused: list[str] = []
    ready = threading.Event()

    def connected(_client: object, _data: object, _flags: object, code: object, _properties: object) -> None:
        if getattr(code, "is_failure", False):
            refused.append(str(code))
        ready.set()

    client.on_connect = connected
    try:
        client.connect(section.host, section.port)
    except (OSError, ValueError) as error:
        return f"the broker cannot be reached: {error}"
    client.loop_start()
    try:
        if not ready.wait(site.alerts.timeout_s) or refused:
            return f"the broker refused: {refused[0]}" if refused else "the broker does not answer"
        told = client.publish(topic(site, "alerts"), document, qos=1)
        told.wait_for_publish(site.alerts.timeout_s)
        return "" if told.is_published() else "the broker did not confirm"
    finally:
        client.disconnect()
        client.loop_stop()


def topic(site: Site, leaf: str) -> str:
    """`TOPIC/SITE/leaf`; what MQTT gives a meaning of its own in a site's name becomes `-`."""
    name = re.sub(r"[+#/\s]+", "-", site.name).strip("-") or "site"
    return f"{site.alerts.mqtt.topic}/{name}/{leaf}"


def _password(site: Site, section: MqttSection) -> str | None:
    if not section.password_file:
        return None
    path: Path = site.resolve(section.password_file)
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(
            f"alerts.mqtt.password_file cannot be read: {error.strerror}", file=str(path), mend="check it and its owner"
        ) from error
