"""What the log holds beside the grid is on the pages: defects out of sight, repeatability; and each in Japanese too."""

from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from appliance.language.tongue import filled
from appliance.log.log import Log
from appliance.log.seen import add_shot, add_sight
from appliance.log.types import Cell, Warn
from appliance.score.beside import read_beside
from appliance.score.kept import keep_summary
from appliance.score.summary import summarise
from appliance.site_file import write_site
from tests.report.page import read
from tests.score.build import CLEAN, decided, member_rows, outcomes, part_rows, record, sweep
from tests.serve.asking import Client

TRUTH = [True, True, True, False]
ROWS = (CLEAN, *sweep("defocus", (5, 20), unit="mm"))
CELLS = {
    ("S", "clean"): decided([True] * 4, TRUTH),
    ("S", "defocus@5"): decided([True] * 4, TRUTH),
    ("S", "defocus@20"): decided([False, False, True, True], TRUTH),
}
SIGHTS = {
    "clean": [(50, 30), (50, 20), (50, 1), (np.nan, np.nan)],
    "defocus@5": [(50, 12), (50, 9), (50, 1), (np.nan, np.nan)],
    "defocus@20": [(50, 3), (0, np.nan), (50, 1), (np.nan, np.nan)],
}
SHOTS = ([1, 1, 1, -1], [1, -1, 1, -1])
WARNINGS = (
    Warn("review", filled("nearly the same picture as {other}, in another group", other="<b>{0}"), "p0001.png"),
    Warn("part", "not a picture", "p0009.png", "take it out"),
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("seen") / "site"
    folder.mkdir()
    fill(folder)
    return Client(folder)


def fill(folder: Path) -> None:
    site = write_site(folder, {})
    made, reader = record(CELLS, part_rows(TRUTH), member_rows(["S"]), ROWS)
    with Log.open(site.log_path) as log:
        log.start_run(made.head, made.parts, made.members, made.conditions)
        log.add_cells("r1", [Cell(m, c, reader(m, c)) for m, c in made.cells])
        for key, rows in SIGHTS.items():
            add_sight(log, "r1", key, np.array(rows, np.float32))
        for draw, scores in enumerate(SHOTS):
            add_shot(log, "r1", draw, {"S": outcomes(scores)})
        log.add_warnings("r1", WARNINGS)
        assert made.tail is not None
        log.finish_run("r1", made.tail)
        beside = read_beside(log, "r1")
        keep_summary(log, summarise(log.read_run("r1"), lambda m, c: log.outcomes("r1", m, c), beside=beside))


def text_of(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, **{"accept-language": language})
    assert answer.status_code == 200
    return " ".join(read(answer.text).text.split())


def test_a_condition_says_what_can_still_be_seen_at_each_severity(seen: Client) -> None:
    text = text_of(seen, "/condition?key=defocus%405")
    table = text.split("What the camera can still see")[1]
    assert "3 parts have a masked defect. 1 of them differ" in table
    assert "5 mm2 of 2010.5the models\u2013" in table
    assert "20 mm0 of 213the camera2 of 2" in table


def test_a_size_says_which_escapes_are_the_camera_s_and_how_repeatable_it_is(seen: Client) -> None:
    text = text_of(seen, "/member?name=S")
    assert "out of sight: 1. Of the 2 escapes of this size there, 2 are of defects" in text
    assert "Every part was shown 2 times" in text
    assert "p0001.png 1/2" in text
    answer = seen.get("/member?name=S").text
    assert f'href="/part?run=r1&amp;id={quote("p0001.png")}"' in answer
    assert f'href="/condition?run=r1&amp;key={quote("defocus@20")}#sight"' in answer


def test_a_part_says_whether_its_defect_can_be_seen(seen: Client) -> None:
    lost = text_of(seen, "/part?id=p0000.png&condition=defocus%4020")
    assert "Contrast to noise of the defect: 30 clean, 3 hereno longer visible: the camera is the limit" in lost
    kept = text_of(seen, "/part?id=p0000.png&condition=defocus%405")
    assert "30 clean, 12 here" in kept
    assert "no longer visible" not in kept
    assert "differs by pattern" in text_of(seen, "/part?id=p0002.png")
    assert "Contrast to noise" not in text_of(seen, "/part?id=p0003.png")


def test_a_run_without_masks_says_nothing_of_sight(client: Client) -> None:
    for path in ("/condition?key=jpeg%4020", "/member?name=m"):
        text = text_of(client, path)
        assert "camera can still see" not in text
        assert "Repeatability" not in text


def test_verdict_and_warnings_are_said_in_the_reader_s_language(seen: Client) -> None:
    english, japanese = text_of(seen, "/night"), text_of(seen, "/night", "ja")
    assert "nearly the same picture as <b>{0}, in another group" in english
    assert "<b>{0}とほぼ同じ画像で" in japanese or "<b>{0}とほぼ同じ画像が" in japanese
    assert "Size S" not in japanese
    assert "not a picture" in japanese  # an error of the file itself: English in every language


def test_a_log_from_before_warnings_were_kept_as_sentences(seen: Client) -> None:
    with Log.open(seen.desk.site().log_path) as log:
        for said in ("", "[]", "{}", '{"what": 7}', '{"what": ["{x.__class__}", {"x": 1}]}', "{", '{"what": ["a"]}'):
            log.connection.execute("UPDATE warnings SET said = ?", (said,))
            (first, _) = log.read_run("r1").warnings
            assert str(first.what) == "nearly the same picture as <b>{0}, in another group"
