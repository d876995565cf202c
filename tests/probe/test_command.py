"""`inspect-eval probe` as a user runs it: searched, logged, resumed, reported, and every mistake in one line."""

import json
import math
import re
import sqlite3
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.log.log import Log
from appliance.probe import run as probing
from appliance.probe import store
from appliance.probe.order import choose, site_box
from appliance.probe.summary import tolerances
from appliance.probe.types import FlipRow, Kind, ProbeRecord
from appliance.site import Site, load_site
from tests.cli.sites import write_whole_site
from tests.language.shown import english_in

BOX = '\n[[calibration.shown]]\nname = "exposure"\np50 = 0.2\np90 = 0.6\np99 = 1.2\n'


def calibrated(folder: Path, **sections: dict[str, object]) -> Site:
    """A site whose members judge brightness, calibrated to exposures of up to 1.2 EV."""
    site = write_whole_site(folder, **sections)
    site.file.write_text(site.file.read_text().split("[calibration]")[0] + BOX)
    return load_site(site.folder)


def probe(site: Site, *more: str) -> int:
    return run(["probe", "--site", str(site.folder), "--parts", "8", "--looks", "40", *more])


def told(capsys: pytest.CaptureFixture[str]) -> str:
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("probe ")]
    assert len(lines) == 1, lines
    return lines[0]


def test_the_mildest_exposure_that_turns_a_dark_part_bright(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The members call a part NG where its mean is over half of white: OK parts flip by exposure, NG parts cannot."""
    site = calibrated(tmp_path)
    assert probe(site, "--json") == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["calibrated"]
    assert [axis["name"] for axis in said["box"]] == ["exposure"]
    rows = [row for row in said["parts"] if row["member"] == "l" and row["right"]]
    assert all(row["distance"] is None for row in rows if row["ng"])
    found = [row for row in rows if not row["ng"] and row["distance"] is not None]
    assert found
    from appliance.parts.decode import decode

    for row in found:
        mean = decode(tmp_path / "parts" / row["part"]).pixels.mean() / 255.0
        needed = math.log2(0.5 / mean)
        assert row["severities"]["exposure"] == pytest.approx(needed, rel=0.06, abs=0.02)
        assert row["distance"] == pytest.approx(row["severities"]["exposure"] / 1.2)


def test_the_same_digest_twice_with_any_number_of_workers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = calibrated(tmp_path)
    digests = []
    for workers in ("1", "2"):
        assert probe(site, "--json", "--workers", workers) == Exit.OK
        digests.append(json.loads(capsys.readouterr().out)["digest"])
    assert digests[0] == digests[1]
    assert probe(site, "--json", "--seed", "9") == Exit.OK
    assert json.loads(capsys.readouterr().out)["seed"] == 9


def test_an_interrupted_probe_goes_on_to_the_same_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = calibrated(tmp_path)
    assert probe(site, "--json") == Exit.OK
    whole = json.loads(capsys.readouterr().out)
    keep, kept = store.add, []

    def stopping(*arguments: object) -> None:
        if len(kept) == 3:
            raise KeyboardInterrupt
        kept.append(1)
        keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(probing.store, "add", stopping)
    site.file.write_text(site.file.read_text() + "\n")  # the plan is the same, the file is not
    assert probe(site) == Exit.INTERRUPTED
    assert "probe --resume" in told(capsys)
    monkeypatch.setattr(probing.store, "add", keep)
    assert probe(site, "--resume", "--json") == Exit.OK
    again = json.loads(capsys.readouterr().out)
    assert again["digest"] == whole["digest"]
    assert again["probe"] != whole["probe"]
    with sqlite3.connect(site.log_path) as conn:
        assert conn.execute("SELECT count(*) FROM probes WHERE state = 'done'").fetchone() == (2,)
    conn.close()


def test_the_attack_holds_its_bound_and_is_logged_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = calibrated(tmp_path)
    assert probe(site, "--adversarial", "--levels", "2", "--json") == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == "adversarial"
    assert all(row["distance"] in (None, 2.0) for row in said["parts"] if row["right"])
    assert probe(site, "--adversarial") == Exit.OK
    assert "rarely has an attacker" in " ".join(capsys.readouterr().out.split())


def test_the_report_shows_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = calibrated(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) in (Exit.OK, Exit.BREACH)
    assert probe(site) == Exit.OK
    assert probe(site, "--adversarial") == Exit.OK
    capsys.readouterr()
    assert run(["report", "last", "--site", str(site.folder)]) == Exit.OK
    page = Path(capsys.readouterr().out.split("report: ")[1].strip()).read_text()
    assert "Worst cases" in page
    assert "Disturbances combined" in page
    assert "Attack on pixels" in page
    assert "at the mildest flip of" in page
    assert run(["report", "last", "--site", str(site.folder), "--lang", "ja"]) == Exit.OK
    page = Path(re.search(r"/\S+\.html", capsys.readouterr().out)[0]).read_text()
    section = re.search(r'<section id="worst-cases".*?</section>', page, re.DOTALL)
    assert section is not None
    assert "外乱の組み合わせ" in section[0]
    assert english_in(section[0], "Square attack") == []


def test_without_a_calibration_the_box_is_level_2(tmp_path: Path) -> None:
    box, is_calibrated = site_box(write_whole_site(tmp_path), colour=True)
    assert not is_calibrated
    assert {axis.name: axis.end for axis in box.axes}["defocus"] == 4.0
    assert "night-shift" not in {axis.name for axis in box.axes}
    wider, _ = site_box(write_whole_site(tmp_path / "b"), 2.0, colour=True)
    assert {axis.name: axis.end for axis in wider.axes}["defocus"] == 8.0
    assert {axis.name: axis.end for axis in wider.axes}["intensity"] == pytest.approx(0.8)


@pytest.mark.parametrize("what", ["no site", "missing library", "held", "nothing calibrated", "a model changed"])
def test_mistakes_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    site = calibrated(tmp_path)
    folder = tmp_path if what == "no site" else site.folder
    if what == "missing library":
        import sys

        monkeypatch.setitem(sys.modules, "cma", None)
    if what == "nothing calibrated":
        site.file.write_text(site.file.read_text().replace("1.2", "0.0").replace("0.6", "0.0").replace("0.2", "0.0"))
    if what == "a model changed":
        (tmp_path / "models" / "bright-m.onnx").write_bytes(b"other")
    arguments = ["probe", "--site", str(folder), "--parts", "4", "--looks", "30"]
    if what == "held":
        from appliance.log.lock import site_lock

        with site_lock(site.folder):
            code = run(arguments)
    else:
        code = run(arguments)
    expected = {
        "no site": (Exit.USAGE, "no site here"),
        "missing library": (Exit.MACHINE, "pip install 'inspect-eval[probe]'"),
        "held": (Exit.BUSY, "holds this site"),
        "nothing calibrated": (Exit.USAGE, "nothing to combine"),
        "a model changed": (Exit.INPUT, "bright-m.onnx"),
    }[what]
    assert code == expected[0]
    assert expected[1] in told(capsys)


def test_a_picture_that_is_gone_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = calibrated(tmp_path)
    site.manifest_path.unlink()
    picture = tmp_path / "parts" / "OK" / "part-000.png"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) - 40] + bytes(28) + whole[-12:])  # its head reads, its pixels do not
    assert probe(site, "--json") == Exit.WARNINGS
    said = json.loads(capsys.readouterr().out)
    assert [item["file"] for item in said["left_out"]] == ["OK/part-000.png"]
    assert "OK/part-000.png" not in {row["part"] for row in said["parts"]}


def row(part: str, distance: float, *, ng: bool = False, right: bool = True, **shares: float) -> FlipRow:
    return FlipRow(part, "s", ng, "", right, distance, dict(shares), dict(shares), 10)


def test_what_a_probe_says_by_hand() -> None:
    rows = (
        row("a", 0.0, right=False),
        row("b", 0.5, ng=True, defocus=0.3, intensity=0.4),
        row("c", 1.0, defocus=1.0),
        row("d", math.inf),
        row("e", math.inf, ng=True),
    )
    record = ProbeRecord("p", Kind.PHYSICAL, "done", "", "f", 1, 10, 4.0, ("s",), (), True, 5, "cpu", "", rows=rows)
    (found,) = tolerances(record)
    assert (found.parts, found.wrong) == (5, 1)
    assert (found.flipped.k, found.flipped.n) == (2, 4)
    assert (found.escapes.k, found.escapes.n) == (1, 2)
    assert found.quantiles["median"].estimate == 1.0
    assert found.quantiles["p10"].estimate == 0.5
    assert math.isinf(found.quantiles["median"].high)
    assert found.weakest == pytest.approx({"defocus": (0.09 / 0.25 + 1.0) / 2, "intensity": 0.16 / 0.25 / 2})
    assert found.alone == {"defocus": 1}


def test_rows_come_back_to_the_bit(tmp_path: Path) -> None:
    rows = [row("b", 0.1 + 0.2, defocus=1 / 3), row("c", math.inf)]
    record = ProbeRecord(
        "p", Kind.PHYSICAL, "running", "now", "f", 1, 10, 4.0, ("s",), ({"name": "defocus"},), True, 2, "cpu", "d"
    )
    with Log.open(tmp_path / "log.db") as log:
        store.start(log, record)
        for position, item in enumerate(rows):
            store.add(log, "p", position, [item])
        again = store.read(log, "p")
        assert again.rows == tuple(rows)
        assert store.resumable(log, "d") == "p"
        store.finish(log, "p", store.DONE, 1.0, store.rows_digest(again))
        assert store.resumable(log, "d") is None
        assert store.latest(log, "f", Kind.PHYSICAL) == "p"
        assert store.latest(log, "g") is None


def test_parts_are_spread_evenly_over_both_labels() -> None:
    from appliance.log.types import PartRow

    rows = [PartRow(f"{i}", "", i % 3 == 0, "", "", 1, 1, 3, 8) for i in range(30)]
    chosen = choose(rows, 8)
    assert sum(rows[i].ng for i in chosen) == 4
    assert max(chosen) > 20
    assert choose(rows, 1000) == list(range(30))
