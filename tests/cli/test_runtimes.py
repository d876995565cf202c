"""Two distributions of one module overwrite each other, and no package manager says so: we do."""

from pathlib import Path

import pytest

from appliance.check import check_site
from appliance.errors import Exit, MachineFailed
from appliance.runtimes import require_one_runtime


def install(folder: Path, name: str, version: str) -> None:
    """What a package manager leaves of a distribution as far as its name and version go."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_one_runtime_is_fine() -> None:
    assert require_one_runtime().name == "onnxruntime"


def test_two_runtimes_are_refused_with_the_repair_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "onnxruntime-gpu", "1.31.1")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MachineFailed) as caught:
        require_one_runtime()
    assert "onnxruntime and onnxruntime-gpu are both installed" in caught.value.what
    assert caught.value.mend == ("pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'inspect-eval[cpu]'")
    found = check_site(tmp_path)
    assert found.code == Exit.MACHINE
    assert any(f.level == "error" and "onnxruntime-gpu" in f.what for f in found.findings)


def test_no_runtime_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.runtimes.PROVIDERS_OF_ONNXRUNTIME", ("onnxruntime-nowhere",))
    with pytest.raises(MachineFailed, match="no inference runtime") as caught:
        require_one_runtime()
    assert "inspect-eval[cpu]" in caught.value.mend


def test_two_opencvs_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "opencv-python", "4.14.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert any("opencv-python" in f.what and f.level == "error" for f in check_site(tmp_path).findings)


def test_a_command_whose_library_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("appliance.check.find_spec", lambda name: None if name == "weasyprint" else object())
    found = [f for f in check_site(tmp_path).findings if "weasyprint" in f.what]
    assert [(f.level, f.mend) for f in found] == [("note", "pip install 'inspect-eval[pdf]'")]
