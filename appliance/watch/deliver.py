"""Send what waits: each event of an alert to each channel, with a time limit; what fails is tried again and is seen.

This runs in a unit of its own, the only one with a network. It never fails an audit.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appliance.counted import counted
from appliance.errors import Exit
from appliance.log.log import Log
from appliance.site import Site
from appliance.watch.alert_types import Alert, AlertState, Delivery, DeliveryState, Severity
from appliance.watch.alerts import alert, alerts, notes
from appliance.watch.channels import Channel, channels
from appliance.watch.deliveries import deliveries, due, failed, queue, sent, stamp, when_due
from appliance.watch.journal import Level, say
from appliance.watch.send import send
from appliance.watch.status import read_status, write_status

OPENED, CLOSED, REMINDER, WORSE = "opened", "closed", "reminder", "worse"


@dataclass(frozen=True)
class Delivered:
    """How many arrived, wait for another try, and were given up; the last error."""

    sent: int
    waiting: int
    given_up: int
    error: str

    @property
    def code(self) -> Exit:
        """5 where anything is stuck."""
        return Exit.WARNINGS if self.waiting or self.given_up else Exit.OK


def deliver(site: Site, log: Log, now: datetime) -> Delivered:
    """Queue what is new, try what is due, and put the outcome into the status file.

    Raises UsageError where the channels in site.toml cannot be followed.
    """
    ways = {channel.name: channel for channel in channels(site)}
    for event in _events(site, log, now):
        queue(
            log, event.alert, event.name, event.channels or ways, at=now, due=when_due(site.alerts, event.weight, now)
        )
    arrived = sum(_try(site, log, delivery, ways, now) for delivery in due(log, now))
    found = _outcome(log, arrived, now)
    _note_in_status(site, found)
    return found


@dataclass(frozen=True)
class _Event:
    """Something to tell about an alert; channels: those to tell, or all where empty."""

    alert: Alert
    name: str
    weight: Severity
    channels: tuple[str, ...] = ()


def _events(site: Site, log: Log, now: datetime) -> Iterator[_Event]:
    """What there is to tell: alerts opened, grown worse, not taken in hand for long; closed where it was told."""
    least = Severity(site.alerts.least).rank
    for known in alerts(log):
        if known.severity.rank >= least:
            grown = sum(note.action == WORSE for note in notes(log, known.id))
            yield _Event(known, f"{WORSE} {grown}" if grown else OPENED, known.severity)
            yield from _reminder(site, known, now)
    for told in deliveries(log, states=[DeliveryState.SENT]):
        known = alert(log, told.alert)
        if known.state is AlertState.CLOSED and told.event == OPENED:
            yield _Event(known, CLOSED, Severity.INFO, (told.channel,))


def _reminder(site: Site, known: Alert, now: datetime) -> Iterator[_Event]:
    every = site.alerts.remind_nights
    if not every or known.state is not AlertState.OPEN:
        return
    days = (now - datetime.fromisoformat(known.opened)) // timedelta(days=1)
    if days >= every:
        yield _Event(known, f"{REMINDER} {days // every}", known.severity)


def _try(site: Site, log: Log, delivery: Delivery, ways: dict[str, Channel], now: datetime) -> bool:
    """Try one delivery; True where it arrived."""
    channel = ways.get(delivery.channel)
    if channel is None:
        failed(log, delivery, "the channel is no longer in site.toml", now, 1)
        return False
    known = alert(log, delivery.alert)
    error = send(site, channel, title(site, known, delivery.event), body(known), as_json(site, known, delivery.event))
    if not error:
        sent(log, delivery, now)
        say(Level.INFO, f"alert {known.id} ({delivery.event}) sent to {channel.name}")
        return True
    state = failed(log, delivery, error, now, site.alerts.tries)
    ends = "given up" if state is DeliveryState.GIVEN_UP else "will be tried again"
    say(Level.WARNING, f"alert {known.id} ({delivery.event}) to {channel.name} did not arrive, {ends}: {error}")
    return False


def title(site: Site, known: Alert, event: str) -> str:
    """The subject line."""
    return f"[{site.name}] {known.severity.value}: alert {known.id} {event}, {known.rule} {known.member}".rstrip()


def body(known: Alert) -> str:
    """The text of a message: what, since when, whose, and what to type."""
    owner = [f"Owner: {known.owner}"] if known.owner else []
    often = counted(known.nights, "night")
    return "\n".join(
        [
            f"{known.what[:1].upper()}{known.what[1:]}",
            "",
            f"Opened {known.opened}, last seen {known.last_seen}, on {often}.",
            *owner,
            f"Take it in hand: inspect-eval alerts ack {known.id}",
            f'Close it: inspect-eval alerts close {known.id} --note "what was done"',
        ]
    )


def as_json(site: Site, known: Alert, event: str) -> str:
    """One alert as one JSON document, for the plant's systems."""
    words = {"severity": known.severity.value, "state": known.state.value, "details": dict(known.details)}
    names = ("id", "rule", "member", "condition", "owner", "opened", "last_seen", "nights", "what")
    return json.dumps({"site": site.name, "event": event, **{n: getattr(known, n) for n in names}, **words})


def _outcome(log: Log, arrived: int, now: datetime) -> Delivered:
    waiting = [d for d in deliveries(log, states=[DeliveryState.WAITING]) if d.attempts or d.next_try <= stamp(now)]
    given_up = [
        d
        for d in deliveries(log, states=[DeliveryState.GIVEN_UP])
        if alert(log, d.alert).state is not AlertState.CLOSED
    ]
    stuck = [*given_up, *waiting]
    return Delivered(arrived, len(waiting), len(given_up), stuck[-1].error if stuck else "")


def _note_in_status(site: Site, found: Delivered) -> None:
    """Say in the status file how deliveries stand; the file itself is the night's to make."""
    path = site.resolve(site.nightly.status)
    document = read_status(path)
    if document is not None:
        standing = {"waiting": found.waiting, "given_up": found.given_up, "last_error": found.error}
        try:
            write_status(path, {**document, "deliveries": standing})
        except OSError as error:
            say(Level.WARNING, f"{path}: the status file cannot be written: {error.strerror}")


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)
