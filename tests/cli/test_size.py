"""`inspect-eval size` as a user runs it: the contract of its JSON, the page, and every mistake in one line."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audit.order import site_family
from appliance.cli.main import run
from appliance.cost.record import CostRecord, write_cost_record
from appliance.errors import Exit
from appliance.site import Site
from tests.cli.sites import write_whole_site
from tests.report.page import read
from tests.sizing.build import cost, member, record, write_table

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def measured(site: Site, *, cpu: str = "Intel(R) Core(TM) i7-1185G7 @ 3.00GHz") -> CostRecord:
    """A record of the site's own family."""
    family = site_family(site)
    return replace(record(*(cost(one) for one in family.members), cpu=cpu), family=family.name)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = write_whole_site(tmp_path, line={"takt_s": 0.5})
    write_cost_record(measured(site), tmp_path / "unit.json")
    return site


def document(capsys: pytest.CaptureFixture[str], code: Exit, *arguments: str | Path) -> dict[str, object]:
    assert run(["size", "--json", *map(str, arguments)]) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], code: Exit, *arguments: str | Path) -> str:
    assert run(["size", *map(str, arguments)]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("inspect-eval: ")
    return line


def test_the_json_contract(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, Exit.OK, "--site", site.folder, "--record", tmp_path / "unit.json")
    machines = found["machines"]
    assert isinstance(machines, list)
    assert len(machines) % 3 == 0
    for one in machines:
        assert one["meets"] in ("yes", "no", "not provable")
        assert set(one["latency_ms"]) == {"estimate", "low", "high"}
        assert one["cost_per_1000"] is None
        numbers = [value for value in one["latency_ms"].values() if value is not None]
        assert len(numbers) in (0, 3)
        if numbers:
            estimate, low, high = numbers
            assert low <= estimate <= high
    here = next(one for one in machines if one["machine"] == "Intel Core i7-1185G7")
    assert (here["meets"], here["basis"]) == ("yes", "measured")
    assert "prices.electricity_per_kwh" in found["missing"]  # type: ignore[operator]


def test_prices_give_costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path, prices={"electricity_per_kwh": 0.3, "maintenance_per_year": 100.0})
    write_cost_record(measured(site), tmp_path / "unit.json")
    offer = '[[machine]]\nname = "Intel Core i7-1185G7"\nprice = 1400\nsource = "offer 12"\n'
    (site.folder / "hardware.toml").write_text(offer)
    found = document(
        capsys, Exit.OK, "--site", site.folder, "--record", tmp_path / "unit.json", "--machine", "Intel Core i7-1185G7"
    )
    machines = found["machines"]
    assert isinstance(machines, list)
    parts = 4000 * 3600 / 1.0
    assert machines[0]["cost_per_1000"] == pytest.approx(1000 * (1400 / 5 + 28 * 4 * 0.3 + 100) / parts)


def test_the_page_is_whole_and_fits(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["size", "--site", str(site.folder), "--record", str(tmp_path / "unit.json")]) == Exit.OK
    path = site.reports / "size.html"
    said = capsys.readouterr().out
    assert f"page: {path}" in said.replace("\n", "") or str(path) in said
    kept = json.loads((site.reports / "size.json").read_text())
    assert kept["made"]
    assert kept["sizes"][0]["cheapest"] == "Intel Core i7-1185G7"
    page = read(path.read_text("utf-8"))
    assert "The cheapest machine shown to meet 0.5 s a part" in page.text
    assert "What would change the answer" in page.text
    assert page.named("script") == []
    assert all(not one.get("href", "").startswith("http") for one in page.named("a", "link", "img"))


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_page_prints_on_one_sheet(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["size", "--site", str(site.folder), "--record", str(tmp_path / "unit.json")])
    pdf = tmp_path / "size.pdf"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    page = (site.reports / "size.html").as_uri()
    subprocess.run([str(CHROMIUM), *flags, f"--print-to-pdf={pdf}", page], check=True, timeout=120, capture_output=True)
    assert pdf.read_bytes().count(b"/Type /Page\n") + pdf.read_bytes().count(b"/Type /Page ") in (0, 1)
    assert b"/Count 1" in pdf.read_bytes()


def test_from_nothing_measured(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, Exit.BREACH, "--site", site.folder)
    assert "Nothing was measured here" in str(found["notes"])
    assert str(found["verdict"]).startswith("No machine is shown to meet")


def test_a_record_of_another_family(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cost_record(record(cost(member("theirs"))), tmp_path / "theirs.json")
    line = refused(capsys, Exit.INPUT, "--site", site.folder, "--record", tmp_path / "theirs.json")
    assert "theirs.json: this cost record is of another family (bolts)" in line


def test_a_catalogue_row_without_a_source(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (site.folder / "hardware.toml").write_text('[[machine]]\nname = "X"\nkind = "cpu"\n')
    line = refused(capsys, Exit.INPUT, "--site", site.folder)
    assert "machine 1 (X) has no source" in line


def test_a_takt_that_no_machine_meets(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = tmp_path / "unit.json"
    found = document(capsys, Exit.BREACH, "--site", site.folder, "--record", unit, "--parts-per-minute", "6000")
    assert "times as long" in str(found["verdict"])


def test_a_deadline_shorter_than_one_part(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit, machine = tmp_path / "unit.json", "Intel Core i7-1185G7"
    arguments = ("--site", site.folder, "--record", unit, "--machine", machine, "--deadline", "3")
    found = document(capsys, Exit.BREACH, *arguments)
    assert "the deadline of 3 ms: it is shorter than one part takes" in str(found["verdict"])


def test_an_unknown_machine_and_a_lonely_save(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no machine in the catalogue" in refused(capsys, Exit.USAGE, "--site", site.folder, "--machine", "Cray")
    assert "--backtest TABLE" in refused(capsys, Exit.USAGE, "--save", "x.json")


def test_a_damaged_record_and_a_table_that_is_none(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert "bad.json" in refused(capsys, Exit.INPUT, "--site", site.folder, "--record", tmp_path / "bad.json")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert "not a benchmark table" in refused(capsys, Exit.INPUT, "--backtest", tmp_path / "t.csv")
    (tmp_path / "few.csv").write_text("model,throughput\na,10\n")
    assert "too few rows" in refused(capsys, Exit.USAGE, "--backtest", tmp_path / "few.csv")


def test_backtest_of_an_own_table_and_its_use(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, kept = write_table(tmp_path / "tables", models=80), site.folder / "own.json"
    found = document(capsys, Exit.OK, "--backtest", folder, "--save", kept)
    pairs = found["pairs"]
    assert isinstance(pairs, list)
    assert {(pair["from"], pair["to"]) for pair in pairs} == {
        ("slow", "fast"),
        ("fast", "slow"),
        (None, "slow"),
        (None, "fast"),
    }
    assert all(pair["families"] for pair in pairs)
    assert run(["size", "--backtest", str(folder)]) == Exit.OK
    assert "covers" in capsys.readouterr().out
    rows = "".join(f'[[machine]]\nname = "{name}"\nkind = "gpu"\nsource = "ours"\n' for name in ("slow", "fast"))
    (site.folder / "hardware.toml").write_text(rows)
    site.file.write_text(site.file.read_text().replace('# fits = ""', 'fits = "own.json"'))
    found = document(capsys, Exit.BREACH, "--site", site.folder, "--machine", "fast", "--unmeasured")
    assert "Nothing that was measured is used" in str(found["notes"])


def test_the_catalogue_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["size", "--list", "--json", "--site", str(tmp_path)]) == Exit.OK
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) >= 20
    assert all(row["source"] for row in rows)
    assert run(["size", "--list", "--site", str(tmp_path)]) == Exit.OK
    assert "price class" in capsys.readouterr().out
