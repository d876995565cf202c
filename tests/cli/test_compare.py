"""Two runs of one site compared through the command line, where what changed between them is known."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.site import Site
from models.family import load_family, write_family
from models.types import Family
from tests.cli.sites import member_of, write_model, write_whole_site


def two_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Site, list[str]]:
    """Audit, turn the smallest member's answers round, audit again; the runs' ids."""
    site = write_whole_site(folder)
    ids = [_audit(site, capsys)]
    model = folder / "models" / "bright-s.onnx"
    write_model(model, -4.0, 2)
    family = load_family(site.card_path, verify=False)
    members = (member_of(model, "s"), *family.members[1:])
    write_family(site.card_path, Family(family.name, family.folder, members))
    return site, [*ids, _audit(site, capsys)]


def _audit(site: Site, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) in (Exit.OK, Exit.BREACH)
    return str(json.loads(capsys.readouterr().out)["run"])


def test_what_changed_is_significant_and_the_rest_is_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site, (first, second) = two_runs(tmp_path, capsys)
    assert run(["compare", first, "last", "--site", str(site.folder), "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["a"], found["b"]) == (first, second)
    clean = {cell["member_a"]: cell for cell in found["cells"] if cell["condition"] == "clean"}
    assert clean["s"]["accuracy"]["estimate"] == -100.0
    assert clean["s"]["significant"] is True
    assert clean["m"]["accuracy"]["estimate"] == 0.0
    assert clean["m"]["significant"] is False
    assert found["changes"][0] == "Model s has other weights."


def test_the_table_marks_the_worse_member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site, (first, _) = two_runs(tmp_path, capsys)
    assert run(["compare", first, "--site", str(site.folder)]) == Exit.OK
    shown = capsys.readouterr().out
    assert "worse" in shown
    assert "Holm" in shown


def test_a_run_that_is_not_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site, (first, _) = two_runs(tmp_path, capsys)
    assert run(["compare", first, "1999", "--site", str(site.folder)]) == Exit.USAGE
    line = capsys.readouterr().err
    assert "1999" in line
    assert line.count("\n") == 1


def test_another_training_in_another_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two site folders on the same pictures, every size with other weights: what the training bought is said."""
    plain, anew = write_whole_site(tmp_path / "plain"), write_whole_site(tmp_path / "anew")
    models = tmp_path / "anew" / "models"
    members = []
    for member in load_family(anew.card_path, verify=False).members:
        path = models / member.file.name
        write_model(path, 9.0, {"s": 2, "m": 8, "l": 32}[member.name])
        members.append(member_of(path, member.name))
    write_family(anew.card_path, Family("anew", models, tuple(members)))
    for site in (plain, anew):
        _audit(site, capsys)
    arguments = ["compare", "last", "last", "--site", str(plain.folder), "--other", str(anew.folder)]
    assert run(arguments) == Exit.OK
    assert "What the training of anew bought against bright" in capsys.readouterr().out
    assert run([*arguments, "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)["training"]
    assert [one["name"] for one in found["bought"]] == ["s", "m", "l"]
    assert found["conditions"] == 2


def test_the_other_site_must_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site, (first, _) = two_runs(tmp_path, capsys)
    assert run(["compare", first, "--site", str(site.folder), "--other", str(tmp_path / "none")]) == Exit.USAGE
    assert "no site here" in capsys.readouterr().err


def test_a_run_is_not_compared_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site, _ = two_runs(tmp_path, capsys)
    assert run(["compare", "last", "last", "--site", str(site.folder)]) == Exit.USAGE
    assert "last and last are the same run" in capsys.readouterr().err
