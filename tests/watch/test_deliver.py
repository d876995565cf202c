from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import Exit, UsageError
from appliance.log.log import Log
from appliance.site import Site, parse_site
from appliance.watch.alert_types import DeliveryState, Found, Severity
from appliance.watch.alerts import acknowledge, alerts, close, record
from appliance.watch.channels import channels
from appliance.watch.deliver import deliver
from appliance.watch.deliveries import deliveries, retry_given_up, when_due
from appliance.watch.status import read_status, write_status
from tests.watch.servers import broker, free_port, http_hook, mail_sink, subscriber, until

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def site(folder: Path, alerts_toml: str) -> Site:
    return parse_site(f'[site]\nname = "line 3"\n[alerts]\n{alerts_toml}', folder)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log.open(tmp_path / "log.db")
    found = Found("drift", "xs", "clean", Severity.WARNING, "errors of xs rose", owner="Ada")
    record(log, [found], (), at="2026-11-26T02:10:00+00:00")
    return log


def test_mail_arrives_once(tmp_path: Path, log: Log) -> None:
    with mail_sink() as box:
        here = site(tmp_path, f'urls = ["mailto://127.0.0.1:{box.port}?to=qa@plant.local&from=eval@plant.local"]')
        first, second = deliver(here, log, NOW), deliver(here, log, NOW + timedelta(days=1))
    assert (first.sent, first.code, second.sent) == (1, Exit.OK, 0)
    (mail,) = box.mails
    assert "Subject: [line 3] warning: alert 1 opened, drift xs" in mail
    assert "Errors of xs rose" in mail
    assert "To: qa@plant.local" in mail


def test_a_webhook_that_fails_is_tried_again_and_seen(tmp_path: Path, log: Log) -> None:
    with http_hook() as hook:
        here = site(tmp_path, f'urls = ["{hook.url}"]')
        hook.status = 503
        first = deliver(here, log, NOW)
        assert (first.sent, first.waiting, first.code) == (0, 1, Exit.WARNINGS)
        (waiting,) = deliveries(log)
        assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 1)
        assert "503" in waiting.error
        assert waiting.next_try == "2026-11-26T03:01:00+00:00"
        hook.status = 200
        assert deliver(here, log, NOW + timedelta(seconds=30)).sent == 0  # not yet
        assert deliver(here, log, NOW + timedelta(minutes=2)).sent == 1
    assert hook.bodies[0]["title"] == "[line 3] warning: alert 1 opened, drift xs"


def test_one_channel_down_does_not_stop_another(tmp_path: Path, log: Log) -> None:
    with http_hook() as hook:
        here = site(tmp_path, f'urls = ["json://127.0.0.1:{free_port()}/down", "{hook.url}"]\ntries = 2')
        found = deliver(here, log, NOW)
        assert (found.sent, found.waiting, len(hook.bodies)) == (1, 1, 1)
        last = deliver(here, log, NOW + timedelta(hours=1))
        assert (last.waiting, last.given_up) == (0, 1)
        assert retry_given_up(log, NOW) == 1


def test_a_channel_that_never_answers_costs_its_time_limit(tmp_path: Path, log: Log) -> None:
    with http_hook() as hook:
        hook.pause = 1.0
        found = deliver(site(tmp_path, f'urls = ["{hook.url}"]\ntimeout_s = 0.2'), log, NOW)
    assert found.error == "no answer within 0.2 s"


def test_mqtt_takes_an_alert_as_json(tmp_path: Path, log: Log) -> None:
    with broker(tmp_path, word="s3cret") as port, broker(tmp_path) as open_port:
        (tmp_path / "pw").write_text("s3cret\n")
        closed = f'[alerts.mqtt]\nhost = "127.0.0.1"\nport = {port}\nusername = "plant"\npassword_file = "pw"'
        assert deliver(site(tmp_path, closed), log, NOW).sent == 1
        with subscriber(open_port, "inspect-eval/#") as told:
            here = site(tmp_path, f'[alerts.mqtt]\nhost = "127.0.0.1"\nport = {open_port}')
            assert deliver(here, log, NOW).sent == 1
            ((topic, message),) = until(told, 1)
    assert topic == "inspect-eval/line-3/alerts"
    assert (message["id"], message["event"], message["severity"], message["site"]) == (1, "opened", "warning", "line 3")


def test_a_broker_that_refuses_or_is_not_there_says_so(tmp_path: Path, log: Log) -> None:
    with broker(tmp_path, word="right") as port:
        here = site(tmp_path, f'[alerts.mqtt]\nhost = "127.0.0.1"\nport = {port}\nusername = "plant"')
        assert deliver(here, log, NOW).error == "the broker refused: Not authorized"
    gone = site(tmp_path, f'[alerts.mqtt]\nhost = "127.0.0.1"\nport = {free_port()}')
    assert deliver(gone, log, NOW).error.startswith("the broker cannot be reached: ")


def test_reminders_stop_once_taken_in_hand(tmp_path: Path, log: Log) -> None:
    with http_hook() as hook:
        here = site(tmp_path, f'urls = ["{hook.url}"]\nremind_nights = 2')
        for day in range(6):
            deliver(here, log, NOW + timedelta(days=day))
        told = [body["title"].split("alert 1 ")[1].split(",")[0] for body in hook.bodies]
        assert told == ["opened", "reminder 1", "reminder 2"]
        acknowledge(log, 1, who="Ada", at="x")
        deliver(here, log, NOW + timedelta(days=20))
        assert len(hook.bodies) == 3
        close(log, 1, who="Ada", at="x", note="lamp changed")
        deliver(here, log, NOW + timedelta(days=21))
        assert "alert 1 closed" in hook.bodies[-1]["title"]


def test_what_weighs_too_little_is_not_sent(tmp_path: Path, log: Log) -> None:
    with http_hook() as hook:
        deliver(site(tmp_path, f'urls = ["{hook.url}"]\nleast = "critical"'), log, NOW)
    assert hook.bodies == []
    assert len(alerts(log)) == 1


def test_quiet_hours_wait_but_not_for_what_is_critical(tmp_path: Path) -> None:
    section = site(tmp_path, 'quiet_hours = "22:00-06:00"').alerts
    night = datetime(2026, 11, 26, 3, 0).astimezone()
    assert when_due(section, Severity.WARNING, night) == night.replace(hour=6)
    assert when_due(section, Severity.CRITICAL, night) == night
    evening = datetime(2026, 11, 26, 23, 0).astimezone()
    assert when_due(section, Severity.WARNING, evening).astimezone() == (evening + timedelta(days=1)).replace(hour=6)
    noon = datetime(2026, 11, 26, 12, 0).astimezone()
    assert when_due(section, Severity.WARNING, noon) == noon


def test_passwords_are_never_shown(tmp_path: Path, log: Log) -> None:
    (tmp_path / "urls").write_text(f"# mail\njson://user:s3cret@127.0.0.1:{free_port()}/token\n")
    here = site(tmp_path, 'urls_file = "urls"')
    assert [channel.name.rsplit(":", 1)[0] for channel in channels(here)] == ["json://127.0.0.1"]
    found = deliver(here, log, NOW)
    assert found.error
    assert "s3cret" not in found.error + str(deliveries(log))


def test_addresses_that_cannot_be_read_are_one_line(tmp_path: Path, log: Log) -> None:
    with pytest.raises(UsageError, match=r"alerts\.urls_file cannot be read"):
        deliver(site(tmp_path, 'urls_file = "none"'), log, NOW)


def test_an_address_nobody_understands_is_one_line(tmp_path: Path, log: Log) -> None:
    found = deliver(site(tmp_path, 'urls = ["pigeon://loft"]'), log, NOW)
    assert found.error == "the address is not one that Apprise understands"


def test_what_is_stuck_stands_in_the_status_file(tmp_path: Path, log: Log) -> None:
    write_status(tmp_path / "status.json", {"exit_code": 1})
    deliver(site(tmp_path, f'urls = ["json://127.0.0.1:{free_port()}/"]'), log, NOW)
    document = read_status(tmp_path / "status.json")
    assert document is not None
    assert document["deliveries"]["waiting"] == 1
    assert document["exit_code"] == 1
