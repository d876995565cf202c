"""Each claim of the threat model that `check` looks at can fail, and then says how to mend it."""

from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.safety import claims
from appliance.site import Site
from appliance.site_file import write_site
from tests.cli.sites import write_whole_site


def broken(site: Site) -> list[str]:
    return [claim.what for claim in claims(site) if not claim.holds]


def holding(site: Site) -> list[str]:
    return [claim.what for claim in claims(site) if claim.holds]


def test_a_changed_model(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    assert any("every model" in what for what in holding(site))
    (tmp_path / "models" / "bright-m.onnx").write_bytes(b"other")
    assert any("cannot be trusted" in what and "bright-m.onnx" in what for what in broken(site))


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    site.manifest_path.unlink()
    assert any("there is no manifest" in what for what in broken(site))


def test_a_file_that_all_can_write(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    assert any("only the owner" in what for what in holding(site))
    site.card_path.chmod(0o666)
    (found,) = [claim for claim in claims(site) if "every user of this node can write" in claim.what]
    assert found.mend == f"chmod o-w {site.card_path}"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("LD_PRELOAD", "/x.so", "foreign code into the process: LD_PRELOAD"),
        ("OPENCV_IO_MAX_IMAGE_PIXELS", "9999999999", "=9999999999 takes the place"),
    ],
)
def test_an_environment_that_opens_a_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str
) -> None:
    site = write_whole_site(tmp_path)
    assert not any(what in claim for claim in broken(site))
    monkeypatch.setenv(name, value)
    assert any(what in claim for claim in broken(site))


def test_a_dashboard_on_every_network(tmp_path: Path) -> None:
    site = write_site(tmp_path, {"dashboard": {"host": "0.0.0.0"}})  # noqa: S104 - what is warned of
    assert any("dashboard listens" in what for what in broken(site))


def test_units_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = write_whole_site(tmp_path)
    monkeypatch.setattr("appliance.safety.UNITS", tmp_path)
    assert any("no unit is installed" in what for what in broken(site))
    (tmp_path / "inspect-eval-nightly.service").write_text("[Service]\nPrivateNetwork=yes\n")
    assert any("hardened unit" in what for what in holding(site))


def test_check_shows_them_on_one_screen_and_they_are_no_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    site.file.chmod(0o666)
    assert run(["check", "--site", str(site.folder)]) == Exit.OK
    shown = capsys.readouterr().out
    assert "note     every user of this node can write" in shown
    assert "claims of deploy/threat-model.md" in shown.splitlines()[-1]
    assert len(shown.splitlines()) <= 30


def test_what_is_unsafe_is_said_without_a_double_negative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = write_site(tmp_path, {"dashboard": {"host": "0.0.0.0"}})  # noqa: S104 - what is warned of
    monkeypatch.setenv("LD_PRELOAD", "/x.so")
    monkeypatch.setattr("appliance.safety.UNITS", tmp_path)
    for what in broken(site):
        assert not any(word in what for word in ("not so", "nobody", "nothing")), what
