"""`inspect-eval alerts`: what the nights found, who has taken it in hand, and whether it was delivered."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, SiteDir
from appliance.errors import Exit
from appliance.language.terminal import again as said_again
from appliance.language.terminal import padded, w

if TYPE_CHECKING:
    from appliance.log.log import Log
    from appliance.watch.alert_types import Alert

alerts = typer.Typer(name="alerts", help="What the nights found.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ALERT", help="The alert's number.")]
Who = Annotated[str | None, typer.Option("--by", help="Who does it; you otherwise.", metavar="NAME")]


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.add_typer(alerts)


@alerts.command("list")
def list_(
    site: SiteDir = HERE,
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: AsJson = False,
) -> int:
    """List alerts and their deliveries, gravest first; 1 where one is open. Example: inspect-eval alerts list"""
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch import alert_types as types
    from appliance.watch.alerts import alerts as found_in

    states = (*types.UNCLOSED, types.AlertState.CLOSED) if every else types.UNCLOSED
    with Log.open_read(existing_log(load_site(site))) as log:
        found = found_in(log, states)
        if as_json:
            print(json.dumps([_as_json(log, alert) for alert in found]))
        else:
            _print(log, found)
    return Exit.BREACH if any(alert.state is types.AlertState.OPEN for alert in found) else Exit.OK


@alerts.command()
def ack(
    alert: Number,
    site: SiteDir = HERE,
    note: Annotated[str, typer.Option(help="What is going to be done.")] = "",
    by: Who = None,
) -> None:
    """Take an alert in hand: no more reminders. Example: inspect-eval alerts ack 3 --note "lamp ordered" """
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch.alerts import acknowledge

    with Log.open(existing_log(load_site(site)), create=False) as log:
        taken = acknowledge(log, alert, who=_who(by), at=_now(), note=note)
    print(w("alert {number} taken in hand: {what}", number=taken.id, what=said_again(taken.what)))


@alerts.command()
def close(
    alert: Number,
    note: Annotated[str, typer.Option(help="What was done.")],
    site: SiteDir = HERE,
    by: Who = None,
) -> None:
    """Close an alert; found again, it is a new one. Example: inspect-eval alerts close 3 --note "lamp changed" """
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch.alerts import close as close_alert

    with Log.open(existing_log(load_site(site)), create=False) as log:
        closed = close_alert(log, alert, who=_who(by), at=_now(), note=note)
    print(w("alert {number} closed: {what}", number=closed.id, what=said_again(closed.what)))


@alerts.command()
def deliver(
    site: SiteDir = HERE,
    again: Annotated[bool, typer.Option("--again", help="Try what was given up once more.")] = False,
    as_json: AsJson = False,
) -> int:
    """Send what waits to the site's channels; 5 where something is stuck. Example: inspect-eval alerts deliver"""
    from dataclasses import asdict

    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch.deliver import deliver as deliver_now
    from appliance.watch.deliver import utc_now
    from appliance.watch.deliveries import retry_given_up

    here = load_site(site)
    with Log.open(existing_log(here), create=False) as log:
        if again:
            retry_given_up(log, utc_now())
        found = deliver_now(here, log, utc_now())
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        stuck = f" ({said_again(found.error)})" if found.error else ""
        told = {"sent": found.sent, "waiting": found.waiting, "given_up": found.given_up}
        print(w("{sent} sent, {waiting} to be tried again, {given_up} given up", **told) + stuck)
    return found.code


def _print(log: "Log", found: "list[Alert]") -> None:
    from appliance.cli.main import printable
    from appliance.watch.alerts import notes
    from appliance.watch.deliveries import deliveries

    if not found:
        print(w("no alert"))
    for alert in found:
        owner = f", {alert.owner}" if alert.owner else ""
        gone = w(", not on the {nights} since", nights=nights(alert.missed)) if alert.missed else ""
        severity, state = padded(w(alert.severity), 8), padded(w(alert.state), 6)
        print(f"{alert.id:>4}  {severity}  {state}  {printable(said_again(alert.what))}")
        seen = w("since {opened}, seen on {nights}", opened=alert.opened, nights=nights(alert.nights))
        print(f"      {alert.rule}; {seen}{gone}{owner}")
        for note in notes(log, alert.id)[1:]:
            print(f"      {note.at}  {printable(note.who)} {note.action}: {printable(note.note)}".rstrip(": "))
        for sent in deliveries(log, alert=alert.id):
            error = printable(sent.error)
            trouble = w(" after {tries} tries: {error}", tries=sent.attempts, error=error) if sent.error else ""
            channel, state = printable(sent.channel), w(sent.state)
            told = w("to {channel}: {event}, {state}", channel=channel, event=sent.event, state=state)
            print(f"      {told}{trouble}")


def _as_json(log: "Log", alert: "Alert") -> dict[str, object]:
    from dataclasses import asdict

    from appliance.watch.alerts import notes
    from appliance.watch.deliveries import deliveries

    history = [asdict(note) for note in notes(log, alert.id)]
    return {**asdict(alert), "notes": history, "deliveries": [asdict(d) for d in deliveries(log, alert=alert.id)]}


def nights(count: int) -> str:
    """`1 night`, `3 nights`."""
    return w("1 night") if count == 1 else w("{count} nights", count=count)


def _who(given: str | None) -> str:
    import getpass

    return given or getpass.getuser()


def _now() -> str:
    from appliance.audit.run import now

    return now()
