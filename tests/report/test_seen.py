"""What is beside the grid, on the terminal, on the page and as JSON."""

import io
import json

import numpy as np
from rich.console import Console

from appliance.report.html import report_html
from appliance.report.terminal import print_summary
from appliance.report.view_seen import repeatability_section, sight_lines, sight_section
from appliance.score.as_json import audit_json
from appliance.score.beside import Beside
from appliance.score.kept import pack_summary, unpack_summary
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
from tests.score.build import CLEAN, decided, member_rows, outcomes, part_rows, record, sweep

TRUTH = [True, True, True, False]
ROWS = (CLEAN, *sweep("defocus", (20,), unit="mm"))
CELLS = {
    ("S", "clean"): decided([True] * 4, TRUTH),
    ("S", "defocus@20"): decided([False, False, True, True], TRUTH),
}
SIGHTS = {
    "clean": np.array([(50, 30), (50, 20), (50, 1), (np.nan, np.nan)], np.float32),
    "defocus@20": np.array([(50, 3), (50, 9), (50, 1), (np.nan, np.nan)], np.float32),
}
SHOTS = {"S": [outcomes([1, 1, 1, -1]), outcomes([1, -1, 1, -1])]}


def summary(beside: Beside | None = None) -> Summary:
    made = record(CELLS, part_rows(TRUTH), member_rows(["S"]), ROWS)
    return summarise(*made, beside=beside or Beside(SIGHTS, SHOTS))


def printed(shown: Summary) -> str:
    out = io.StringIO()
    print_summary(shown, Console(file=out, width=200))
    return out.getvalue()


def test_the_terminal_says_where_the_camera_is_the_limit_and_who_is_not_repeatable() -> None:
    text = printed(summary())
    assert "2 of 3 masked defects stand out" in text
    assert "The other 1 differ by pattern" in text
    assert "the camera is the limit, not the model: defocus 20" in text
    assert "1 of 2" in text
    assert "Repeatability: 2 shots of every part" in text
    assert "S: 25.0" in text


def test_nothing_is_said_where_nothing_was_seen() -> None:
    bare = summary(Beside({}, {}))
    text = printed(bare)
    assert "camera" not in text
    assert "Repeatability" not in text
    assert sight_section(bare) is None
    assert repeatability_section(bare) is None
    shown = audit_json(bare)
    assert shown["sight"] is None
    assert shown["repeatability"] == []


def test_where_all_stays_in_sight_that_is_said() -> None:
    assert list(sight_lines(summary(Beside({**SIGHTS, "defocus@20": SIGHTS["clean"]}))))[-1].startswith("No condition")


def test_the_page_has_both_tables() -> None:
    page = report_html(summary(), extra=[sight_section, repeatability_section])
    assert "What the camera can still see" in page
    assert "1 of 2" in page
    assert '<td class="r">1 of 2</td>' in page  # escapes of vanished defects, of all
    assert "p0001.png 1/2" in page.replace("<wbr>", "").replace("<bdi>", "").replace("</bdi>", "")


def test_json_has_both() -> None:
    shown = json.loads(json.dumps(audit_json(summary())))
    (row,) = shown["sight"]["conditions"]
    assert (row["condition"], row["vanished"], row["defects"], row["limit_of"]) == ("defocus@20", 1, 2, "camera")
    (size,) = shown["repeatability"]
    assert (size["member"], size["shots"], size["unsteady"]["k"]) == ("S", 2, 1)
    assert 0.0 <= size["flip_rate"]["low"] <= size["flip_rate"]["estimate"] <= size["flip_rate"]["high"]


def test_a_kept_summary_comes_back_whole() -> None:
    made = summary()
    again = unpack_summary(made.record, pack_summary(made))
    assert (again.sight, again.repeatability) == (made.sight, made.repeatability)
