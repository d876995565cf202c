"""Green, amber, red: what makes which, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.language.catalogue import words
from appliance.log.kept import MemberNight
from appliance.serve.alerts import AlertLine
from appliance.serve.schedule import due
from appliance.serve.state import Facts, better, member_level, overall, worse
from appliance.serve.tiles import Board, tiles

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
LIMITS = {"escape_rate": 0.02, "overkill_rate": 0.05}
W = words("en", "dashboard")
ROW = MemberNight(
    "r", "m", 480, 0.99, 0.0, 0.01, 0.0, 0.01, 0.95, 0.94, 0.96, 0.02, 0.5, "blur@5", "holds", "holds", 9.0
)
ALERT = AlertLine(1, "2026-11-26T02:00:00+00:00", "warning", "open", "m", "all", "m drifts")


def facts(*states: str, member: str = "", alerts: tuple[AlertLine, ...] = (), hours: float = 4) -> Facts:
    rows = tuple(ROW._replace(member=f"m{i}" if i else "m", state=s, clean_state=s) for i, s in enumerate(states))
    return Facts(rows, NOW - timedelta(hours=hours), NOW, timedelta(hours=36), LIMITS, member, alerts)


CASES = (
    (facts("holds"), "good"),
    (facts("breached", "holds"), "good"),
    (facts("breached", "not provable"), "open"),
    (facts("breached", "breached"), "bad"),
    (facts(""), "none"),
    (facts("breached", "holds", member="m"), "bad"),
    (facts("holds", "breached", member="m"), "good"),
    (facts("not provable", "holds", member="m"), "open"),
    (facts("holds", member="gone"), "open"),
    (facts("holds", member="m", alerts=(ALERT,)), "open"),
    (facts("holds", member="m", alerts=(replace(ALERT, state="acked"),)), "open"),
    (facts("holds", member="m", alerts=(replace(ALERT, severity="critical"),)), "bad"),
    (facts("holds", member="m", alerts=(replace(ALERT, severity="info"),)), "good"),
    (facts("holds", "holds", member="m", alerts=(replace(ALERT, member="m1", severity="critical"),)), "good"),
    (facts("holds", member="m", alerts=(replace(ALERT, member="", severity="critical"),)), "bad"),
    (facts("holds", member="m", hours=40), "open"),
    (facts("breached", member="m", hours=40), "bad"),
    (replace(facts("holds"), members=()), "none"),
)


@pytest.mark.parametrize(("given", "level"), CASES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_level_and_its_reason(given: Facts, level: str, language: str) -> None:
    state = overall(given, words(language, "dashboard"))
    assert state.level == level
    assert state.headline
    assert state.reasons or level == "good"
    assert all("{" not in reason for reason in state.reasons)


def test_the_reason_names_the_limit_and_its_figures() -> None:
    row = ROW._replace(escape_rate=0.004, escape_upper=0.028, state="not provable", clean_state="not provable")
    said = overall(Facts((row,), NOW, NOW, timedelta(1), LIMITS, "m"), W).reasons[0].replace("\u00a0", " ")
    assert said == (
        "m, on the line, is not proven to hold every limit: escape rate 0.4 %, bound 2.8 %, limit 2.0 %."
    )  # fmt: skip


def test_a_breach_under_a_condition_is_not_said_of_clean_parts() -> None:
    row = ROW._replace(escape_upper=0.028, state="breached", clean_state="not provable")
    said = overall(Facts((row,), NOW, NOW, timedelta(1), LIMITS, "m"), W).reasons[0]
    assert said.endswith("not on clean parts, but under a condition of the site's range.")


def test_an_alert_is_a_reason() -> None:
    assert overall(facts("holds", member="m", alerts=(ALERT,)), W).reasons[-1] == "m drifts"


def test_a_closed_limit_is_not_made_worse_by_another_size_s_alert() -> None:
    assert member_level(ROW, [replace(ALERT, member="s", severity="critical")]) == "good"


def test_worst_and_best() -> None:
    assert worse("good", "none", "open") == "open"
    assert better("bad", "none") == "bad"
    assert better() == worse() == "none"


@pytest.mark.parametrize(("now", "at", "wanted"), [((1, 30), "02:00", (26, 2, 0)), ((2, 0), "02:00", (27, 2, 0)),
                                                   ((23, 59), "00:00", (27, 0, 0))])  # fmt: skip
def test_when_the_next_audit_is_due(now: tuple[int, int], at: str, wanted: tuple[int, int, int]) -> None:
    found = due(datetime(2026, 11, 26, *now, tzinfo=UTC), at)
    assert (found.day, found.hour, found.minute) == wanted


@pytest.mark.parametrize(("state", "doubt"), [("valid", ""), ("", ""), ("contended", "contended"), ("odd", "odd")])
def test_a_time_that_cannot_be_relied_on_is_marked(state: str, doubt: str) -> None:
    timed, untimed = ROW._replace(p99_state=state), ROW._replace(run="r2", p99_ms=None)
    (tile,) = tiles(W, Board((timed, untimed), LIMITS, (), None, 1000.0, "m"))
    assert (tile.cost, tile.cost_doubt) == ("9 ms of 1000 ms takt", doubt)
    (tile,) = tiles(W, Board((timed, untimed._replace(p99_state="too few")), LIMITS, (), None, 1000.0, "m"))
    assert (tile.cost, tile.cost_doubt) == ("no bound for the p99", "too few samples")
    (tile,) = tiles(W, Board((untimed,), LIMITS, (), None, 1000.0, "m"))
    assert (tile.cost, tile.cost_doubt) == ("not measured", "")
