from pathlib import Path

import pytest

from appliance.errors import UsageError
from appliance.log.log import Log
from appliance.watch.alert_types import AlertState, Found, Severity
from appliance.watch.alerts import acknowledge, alert, alerts, close, notes, record

KEY = ("drift", "m0", "clean")


def found(severity: Severity = Severity.WARNING, nights: int = 1) -> Found:
    return Found(
        *KEY, severity, "errors of m0 rose", owner="line 3", nights=nights, details={"false_alarm_nights": 500}
    )


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log.open(tmp_path / "log.db")


def test_the_same_finding_is_the_same_alert(log: Log) -> None:
    (first,) = record(log, [found()], {KEY}, at="n1")
    assert record(log, [found()], {KEY}, at="n2") == []
    (only,) = alerts(log)
    assert (only.id, only.nights, only.opened, only.last_seen) == (first.id, 2, "n1", "n2")
    assert only.details["false_alarm_nights"] == 500


def test_consecutive_nights_must_be_consecutive(log: Log) -> None:
    twice = found(nights=2)
    assert record(log, [twice], {KEY}, at="n1") == []
    assert alerts(log) == []
    assert record(log, [], {KEY}, at="n2") == []  # broken: counted anew
    assert record(log, [twice], {KEY}, at="n3") == []
    assert record(log, [], set(), at="n4") == []  # a night that did not look breaks nothing
    assert [a.what for a in record(log, [twice], {KEY}, at="n5")] == ["errors of m0 rose"]


def test_an_alert_stays_until_it_is_closed(log: Log) -> None:
    (opened,) = record(log, [found()], {KEY}, at="n1")
    record(log, [], {KEY}, at="n2")
    assert alert(log, opened.id).missed == 1
    acknowledge(log, opened.id, who="Ada", at="n3", note="lamp ordered")
    assert alerts(log)[0].state is AlertState.ACKED
    close(log, opened.id, who="Ada", at="n4", note="lamp changed")
    assert alerts(log) == []
    assert alerts(log, [AlertState.CLOSED])[0].id == opened.id
    assert [(n.who, n.action, n.note) for n in notes(log, opened.id)] == [
        ("inspect-eval", "opened", "errors of m0 rose"),
        ("Ada", "acked", "lamp ordered"),
        ("Ada", "closed", "lamp changed"),
    ]


def test_after_closing_it_is_a_new_alert(log: Log) -> None:
    (first,) = record(log, [found()], {KEY}, at="n1")
    close(log, first.id, who="Ada", at="n2", note="done")
    (second,) = record(log, [found()], {KEY}, at="n3")
    assert second.id != first.id


def test_only_graver_is_news(log: Log) -> None:
    (first,) = record(log, [found()], {KEY}, at="n1")
    acknowledge(log, first.id, who="Ada", at="n1")
    (worse,) = record(log, [found(Severity.CRITICAL)], {KEY}, at="n2")
    assert (worse.severity, worse.state) == (Severity.CRITICAL, AlertState.OPEN)
    assert record(log, [found()], {KEY}, at="n3") == []


@pytest.mark.parametrize("note", ["", "  "])
def test_closing_needs_a_note(log: Log, note: str) -> None:
    (first,) = record(log, [found()], {KEY}, at="n1")
    with pytest.raises(UsageError, match="closed with a note"):
        close(log, first.id, who="Ada", at="n2", note=note)


def test_what_is_not_there_cannot_be_closed(log: Log) -> None:
    record(log, [found(nights=3)], {KEY}, at="n1")
    for number in (1, 7):  # pending, unknown
        with pytest.raises(UsageError, match=f"no alert {number}"):
            acknowledge(log, number, who="Ada", at="n2")


def test_the_gravest_come_first(log: Log) -> None:
    info = Found("cost", "m1", "", Severity.INFO, "slower")
    record(log, [info, found(Severity.CRITICAL)], (), at="n1")
    assert [a.severity for a in alerts(log)] == [Severity.CRITICAL, Severity.INFO]
