"""`advise` and `report --page` through the command line, with what a user does wrong."""

import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.site import Site, load_site
from perturb.custom import albumentations
from tests.cli.sites import write_whole_site
from tests.cli.test_bad_input import fails

PRICES: dict[str, object] = {
    "purchase": 4000.0, "electricity_per_kwh": [0.2, 0.3], "power_w": 150.0, "idle_w": 50.0,
    "maintenance_per_year": 300.0, "ng_prevalence": [0.01, 0.04], "escape": [20.0, 80.0], "overkill": 1.0,
    "integration": 2000.0, "labelling": 100.0, "retraining": 200.0, "label_per_part": 0.1, "parts_per_year": 50000.0,
    "reference": "manual", "reference_escape_rate": [0.1, 0.4], "reference_overkill_rate": 0.05,
    "reference_per_1000": 90.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that has been audited once, with prices."""
    site = write_whole_site(tmp_path_factory.mktemp("advised"), prices=PRICES)
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) == Exit.OK
    return site


@pytest.fixture
def site(audited: Site, tmp_path: Path) -> Site:
    """A copy of it that a test may change."""
    shutil.copytree(audited.folder, tmp_path / "site")
    return load_site(tmp_path / "site")


def change(site: Site, old: str, new: str) -> None:
    """Replace a line of site.toml by its beginning."""
    text, count = re.subn(rf"^{old}.*$", new, site.file.read_text(), flags=re.MULTILINE)
    assert count == 1, old
    site.file.write_text(text)


def test_advice_is_printed_and_kept(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", "--site", str(site.folder)]) == Exit.OK
    shown = capsys.readouterr().out
    assert re.search("INVEST|HOLD OFF|TEST FIRST", shown)
    assert "seed 1" in shown
    with sqlite3.connect(site.log_path) as conn:
        kept = conn.execute("SELECT seed, draws, verdict, answer FROM advices").fetchall()
    conn.close()
    assert len(kept) == 1
    assert kept[0][:2] == (1, 2000)
    assert json.loads(kept[0][3])["verdict"] == kept[0][2]


def test_as_json_with_gates(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["advise", "--site", str(site.folder), "--json", "--escapes", "0/40", "--overkills", "30/40"]
    assert run(arguments) == Exit.OK
    shown = json.loads(capsys.readouterr().out)
    assert {way["name"] for way in shown["ways"]} == {"s", "m", "l", "today"}
    assert [(gate["rate"], gate["gate"]) for gate in shown["gates"]] == [("escape", "passed"), ("overkill", "failed")]
    assert [worth["what"] for worth in shown["worth"]][:5] == ["everything", "measurement", "mix", "untested", "prices"]
    assert len(shown["stages"]) == 3


def test_in_japanese(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", "--site", str(site.folder), "--lang", "ja"]) == Exit.OK
    shown = capsys.readouterr().out
    assert "見逃し" in shown
    assert "投資" in shown
    assert "第1段階" in shown


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_is_one_sheet_in_both_forms(site: Site, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--page", "--lang", language, "--site", str(site.folder)]) == Exit.OK
    label = {"en": "page: ", "ja": "ページ："}[language]  # noqa: RUF001 - as Japanese writes it
    html, pdf = (Path(line.removeprefix(label)) for line in capsys.readouterr().out.splitlines())
    assert f'<html lang="{language}">' in html.read_text("utf-8")
    assert pdf.read_bytes().startswith(b"%PDF")
    facts = subprocess.run(["pdfinfo", pdf], capture_output=True, check=True, text=True).stdout
    assert re.search(r"Pages: +1\n", facts)
    assert "A4" in facts


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("escape = ", "escape = -4", "prices.escape = -4"),
        ("escape = ", 'escape = "none"', ""),
        ("reference = ", 'reference = "xxl"', "there is no such size in the run"),
        ("# shares = ", "shares = {clean = 0.5, jpeg = 0.3}", "the shares sum to 0.8, not to 1"),
        ("# shares = ", "shares = {clean = 0.5, glare = 0.5}", "names glare, which the run did not show"),
        ("# sizes = ", "sizes = {huge = {purchase = 9000}}", "prices.sizes.huge"),
    ],
)
def test_prices_and_mixes_that_cannot_be(
    site: Site, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(site, old, new)
    if said:
        line = fails(capsys, Exit.USAGE, "advise", "--site", site.folder)
        assert said in line
        assert "site.toml" in line
    else:
        assert run(["advise", "--site", str(site.folder)]) == Exit.OK
        assert "cannot be counted without the cost of an escape" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "command",
    [
        ["advise"],
        ["report", "--page"],
        ["audit"],
        ["runs", "show"],
        ["compare", "last"],
        ["law"],
        ["cost"],
        ["probe"],
        ["size"],
    ],
)
def test_a_language_without_a_catalogue(site: Site, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    line = fails(capsys, Exit.USAGE, *command, "--lang", "fr", "--site", site.folder)
    assert "'fr'" in line
    assert "use en or ja" in line
    assert not list(site.reports.glob("*page*"))


@pytest.mark.parametrize("seen", ["3", "a/b", "5/3", "-1/3", "1/2/3"])
def test_a_gate_needs_counts(site: Site, seen: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert seen in fails(capsys, Exit.USAGE, "advise", "--site", site.folder, f"--escapes={seen}")


def test_a_gate_needs_a_limit(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    change(site, "escape_rate = ", 'escape_rate = "none"')
    line = fails(capsys, Exit.USAGE, "advise", "--site", site.folder, "--escapes", "0/10")
    assert "limits.escape_rate sets no limit" in line


def test_no_audit_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert "inspect-eval audit" in fails(capsys, Exit.INPUT, "advise", "--site", site.folder)
    assert "inspect-eval audit" in fails(capsys, Exit.INPUT, "report", "--page", "--site", site.folder)


def test_a_policy_is_written_that_albumentations_loads(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    path = site.folder / "policy.json"
    assert run(["advise", "--site", str(site.folder), "--train", str(path)]) == Exit.OK
    assert "it cost 29.2 pp under intensity" in capsys.readouterr().out
    loaded = albumentations().load(path)
    before = np.full((32, 32, 3), 200, np.uint8)
    assert any((loaded(image=before)["image"] != before).any() for _ in range(30))
    assert run(["advise", "--site", str(site.folder), "--train", str(path), "--json"]) == Exit.OK
    assert [one["spot"]["name"] for one in json.loads(capsys.readouterr().out)["lessons"]] == ["intensity"]


def test_a_policy_that_cannot_be_written(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = site.folder / "file"
    blocked.write_text("")
    line = fails(capsys, Exit.MACHINE, "advise", "--site", site.folder, "--train", blocked / "policy.json")
    assert "policy.json" in line


def test_the_report_in_japanese(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    path = site.folder / "ja.html"
    assert run(["report", "--lang", "ja", "--no-pictures", "--out", str(path), "--site", str(site.folder)]) == Exit.OK
    html = path.read_text("utf-8")
    assert '<html lang="ja">' in html
    assert "限度の状態" in html
    capsys.readouterr()
    assert "'fr'" in fails(capsys, Exit.USAGE, "report", "--lang", "fr", "--site", site.folder)
