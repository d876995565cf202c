"""Where alerts go: addresses in Apprise's words and the plant's MQTT broker, each with a name that hides passwords."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.errors import UsageError
from appliance.site import Site


@dataclass(frozen=True)
class Channel:
    """One way out. name: as the log and the pages show it, without a password; kind: apprise or mqtt."""

    name: str
    kind: str
    url: str = ""


def channels(site: Site) -> list[Channel]:
    """The site's channels in the order of site.toml. Raises UsageError where a file of addresses cannot be read."""
    section = site.alerts
    urls = [*section.urls, *(_urls_in(site.resolve(section.urls_file)) if section.urls_file else [])]
    found = [Channel(_name(url), "apprise", url) for url in urls]
    if section.mqtt.host:
        found.append(Channel(f"mqtt://{section.mqtt.host}:{section.mqtt.port}", "mqtt"))
    return _distinct(found)


def _urls_in(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"alerts.urls_file cannot be read: {error.strerror}", file=str(file), mend="check the path and its owner"
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _name(url: str) -> str:
    """Scheme, host and port: what comes before an @, the path and the query may hold secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme or 'address'}://{host}" if host else f"{parts.scheme or 'address'}://"


def _distinct(found: list[Channel]) -> list[Channel]:
    """The same name twice gets a number."""
    seen: dict[str, int] = {}
    out = []
    for channel in found:
        seen[channel.name] = seen.get(channel.name, 0) + 1
        count = seen[channel.name]
        out.append(channel if count == 1 else Channel(f"{channel.name} ({count})", channel.kind, channel.url))
    return out
