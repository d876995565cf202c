"""What is wrong with a runtime, a device or an engine, through the command line: one line, the code, no fallback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from appliance import check
from appliance.cli.main import run
from appliance.engines.devices import Gpu
from appliance.engines.native import ENGINE_FILE
from appliance.errors import Exit
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.runtimes import Runtime
from appliance.site import Site
from models.family import load_family, sha256_of, write_family
from tests.cli.sites import member_of, write_whole_site
from tests.cli.test_bad_input import fails
from tests.cli.test_runtimes import install
from tests.engines.build import Driver, Shown

PRETEND = Path(__file__).parent / "pretend"


def with_engine(site: Site, text: str) -> Site:
    site.file.write_text(site.file.read_text().replace("[engine]", f"[engine]\n{text}"))
    return site


def test_an_unknown_provider(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert "use cpu, openvino" in fails(capsys, Exit.USAGE, "audit", "--site", site.folder, "--provider", "gpu")
    with_engine(site, 'provider = "gpu"')
    assert "engine.provider = 'gpu'" in fails(capsys, Exit.USAGE, "audit", "--site", site.folder)


def test_no_driver(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(fails="Driver Not Loaded").install(monkeypatch)
    site = write_whole_site(tmp_path)
    line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder, "--provider", "rtx")
    assert "no NVIDIA driver answers" in line
    assert not site.log_path.exists(), "nothing was audited on another provider instead"


def test_no_device(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([]).install(monkeypatch)
    site = write_whole_site(tmp_path)
    assert "shows no NVIDIA GPU" in fails(
        capsys, Exit.MACHINE, "audit", "--site", site.folder, "--provider", "rtx-native"
    )


def test_a_device_that_is_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Driver([Shown("NVIDIA H100 80GB HBM3", (9, 0))]).install(monkeypatch)
    site = with_engine(write_whole_site(tmp_path), 'provider = "rtx"')
    line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder)
    assert "TensorRT for RTX does not serve NVIDIA H100 80GB HBM3 (SM 9.0)" in line
    assert run(["check", "--site", str(site.folder), "--json"]) == Exit.MACHINE
    found = json.loads(capsys.readouterr().out)
    assert any("NVIDIA H100" in device and "driver 580.65.06" in device for device in found["devices"])
    assert any(f["level"] == "error" and "does not serve" in f["what"] for f in found["findings"])


def test_a_driver_too_old(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(version="550.54.15", cuda=12040).install(monkeypatch)
    site = write_whole_site(tmp_path)
    line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder, "--provider", "rtx")
    assert "driver 550.54.15" in line
    assert "install NVIDIA driver 580 or newer" in line


def test_the_wrong_runtime_names_the_command_that_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder, "--provider", "cuda")
    assert "pip uninstall -y onnxruntime && pip install 'inspect-eval[cuda]'" in line


def test_two_runtimes(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    site = write_whole_site(tmp_path)
    (tmp_path / "twice").mkdir()
    install(tmp_path / "twice", "onnxruntime-gpu", "1.31.1")
    monkeypatch.syspath_prepend(str(tmp_path / "twice"))
    line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder)
    assert "overwrite each other" in line
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in line


def test_openvino_audits_the_same_decisions_and_the_gate_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.OK
    first = json.loads(capsys.readouterr().out)
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json", "--provider", "openvino"]) == Exit.OK
    second, said = (lambda out: (json.loads(out.out), out.err))(capsys.readouterr())
    assert [m["clean"] for m in first["members"]] == [m["clean"] for m in second["members"]]
    assert said.count("0 of 24 decisions changed") == 3
    with Log.open_read(site.log_path) as log:
        there = log.read_run(second["run"]).head.environment
    assert (there["provider"], there["precision"]) == ("openvino", "fp32")
    assert sorted(there["equivalence"]) == ["l", "m", "s"]
    assert all(line.startswith("0 of 24 decisions changed") for line in there["equivalence"].values())


def test_a_full_device_tries_a_smaller_batch_and_says_so(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    done = pretended(site, room=2)
    assert done.returncode == Exit.OK, done.stderr
    run_id = json.loads(done.stdout)["run"]
    with Log.open_read(site.log_path) as log:
        record = log.read_run(run_id)
        told = [warn.what for warn in record.warnings if warn.kind == "machine"]
        scores = [log.outcomes(run_id, name, "clean").score for name in ("s", "m", "l")]
    assert any("NVIDIA T400 had no memory for" in line and "2 at a time" in line for line in told)
    assert all(np.isfinite(score).all() for score in scores)
    assert "0 of 24 decisions changed" in done.stderr, "halved batches give what whole ones give"


def test_a_device_too_full_for_one_picture_is_one_line(tmp_path: Path) -> None:
    done = pretended(write_whole_site(tmp_path), room=0)
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["code"]) == (Exit.MACHINE, Exit.MACHINE)
    assert "NVIDIA T400 has no memory for a single picture of member s" in error["what"]


def pretended(site: Site, room: int) -> "subprocess.CompletedProcess[str]":
    """An audit on a pretended GPU with room for so many pictures, in processes of its own."""
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PRETEND_ROOM": str(room), "PYTHONPATH": f"{PRETEND}{os.pathsep}{root}"}
    code = "from appliance.cli.main import main; main()"
    args = ["audit", "--site", str(site.folder), "--provider", "cuda", "--no-cost", "--json", "--workers", "1"]
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=120, env=env, check=False
    )


def test_engines_are_built_ahead_then_known_and_a_foreign_one_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    build = ["models", "build", "--site", str(site.folder), "--provider", "rtx-native"]
    assert run(build) == Exit.OK
    first = capsys.readouterr()
    assert first.out.count("ready") == 3
    assert first.err.count("the first build can take minutes") == 3
    assert run(build) == Exit.OK
    assert capsys.readouterr().err == ""
    engine = next((site.folder / "cache/engines").glob(f"*/{ENGINE_FILE}"))
    engine.write_bytes(b"somebody else's engine")
    assert run(build) == Exit.OK
    assert "foreign or damaged" in capsys.readouterr().err
    with_engine(site, "batch = 4")
    assert run(build) == Exit.OK
    assert capsys.readouterr().err.count("stale (the options changed); built again") == 3


def test_an_operator_that_is_missing_is_named_and_the_fallback_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    path = write_with_det(tmp_path / "models" / "bright-det.onnx")
    family = load_family(site.card_path)
    odd = member_of(path, "odd")
    write_family(site.card_path, type(family)(family.name, family.folder, (*family.members, odd)))
    assert run(["models", "build", "--site", str(site.folder), "--provider", "rtx-native"]) == Exit.INPUT
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("ready") for line in lines) == 3
    refused = [line for line in lines if line.startswith("refused")]
    assert len(refused) == 1
    assert "TensorRT for RTX lacks Det of member odd (use provider cuda or cpu" in refused[0]


def write_with_det(path: Path) -> Path:
    """logits from the determinant of each channel: an operator of ONNX that TensorRT does not have."""
    nodes = [
        onnx.helper.make_node("Det", ["image"], ["det"]),
        onnx.helper.make_node("Gemm", ["det", "head"], ["logits"], transB=1),
    ]
    head = onnx.numpy_helper.from_array(np.ones((2, 3), np.float32), "head")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, "det", [value("image", 1, ["n", 3, 16, 16])], [value("logits", 1, ["n", 2])], [head]
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("to", ["fp16", "int8"])
def test_converted_members_join_the_family_behind_their_gate(
    to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    before = {path: sha256_of(path) for path in (tmp_path / "models").iterdir()}
    code = run(["models", "convert", "--site", str(site.folder), "--to", to, "--member", "m"])
    said = capsys.readouterr().out
    assert code in (Exit.OK, Exit.WARNINGS)
    assert f"m-{to} on cpu {to} against cpu fp32: " in said
    assert "decisions changed (95 % interval" in said
    member = next(m for m in load_family(site.card_path).members if m.name == f"m-{to}")
    assert member.made_from == "m"
    assert member.gate is not None
    assert member.gate.parts == (24 if to == "fp16" else 12), "int8 is gated on parts it was not calibrated on"
    assert {path: sha256_of(path) for path in (tmp_path / "models").iterdir()} == before
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert [m["name"] for m in found["members"]] == ["s", "m", f"m-{to}", "l"]
    with Log.open_read(site.log_path) as log:
        there = log.read_run(found["run"]).head.environment
    assert there["engines"] == {f"m-{to}": f"{to}, 100% of nodes on cpu"}


def test_bf16_is_a_member_of_its_own_that_other_providers_leave_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    arguments = ["models", "convert", "--site", str(site.folder), "--to", "bf16", "--member", "l"]
    line = fails(capsys, Exit.USAGE, *arguments)
    assert "--provider openvino" in line
    code = run([*arguments, "--provider", "openvino"])
    said = capsys.readouterr()
    if code == Exit.MACHINE:
        assert "has no bf16 arithmetic" in said.err
        return
    assert "l-bf16 on openvino bf16 against cpu fp32" in said.out
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert [m["name"] for m in found["members"]] == ["s", "m", "l"]
    assert any("l-bf16 is left out" in warning["what"] for warning in found["warnings"])


def test_a_conversion_that_is_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    base = ("models", "convert", "--site", site.folder, "--to")
    assert "use --to fp16, int8" in fails(capsys, Exit.USAGE, *base, "int4")
    assert "name of: s, m, l" in fails(capsys, Exit.USAGE, *base, "fp16", "--member", "xxl")
    assert "use minmax" in fails(capsys, Exit.INPUT, *base, "int8", "--calibration", "guess")


def test_a_cost_says_what_the_provider_changes_before_it_says_how_fast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    asked = ["--load", "closed", "--seconds", "1", "--rounds", "1", "--member", "s", "--provider", "openvino"]
    run(["cost", "--site", str(site.folder), *asked])
    said = capsys.readouterr()
    assert said.err.splitlines()[0].startswith("s on openvino fp32 against cpu fp32: 0 of 24 decisions changed")
    assert "openvino" in said.out


def test_a_conversion_waits_for_no_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    with site_lock(site.folder):
        line = fails(capsys, Exit.BUSY, "models", "convert", "--site", site.folder, "--to", "fp16")
    assert "holds" in line or "running" in line
    assert not (site.folder / "converted").exists()


def test_check_names_a_gpu_that_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Driver().install(monkeypatch)
    site = write_whole_site(tmp_path)
    assert run(["check", "--site", str(site.folder)]) == Exit.OK
    said = capsys.readouterr().out
    assert "device   GPU 0: NVIDIA RTX 4000 Ada, SM 8.9" in said
    assert "ok       NVIDIA RTX 4000 Ada is not used by this provider -> to use it: pip install" in said
    assert run(["check", "--site", str(site.folder), "--provider", "openvino"]) == Exit.OK
    assert "provider openvino: openvino 20" in capsys.readouterr().out


def test_a_gpu_whose_runtime_is_there_asks_for_no_other_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Gpu(0, "NVIDIA H100", (9, 0), "580", (13, 0), 80_000, 80_000)
    ready = check.Finding("ok", "provider cpu: onnxruntime-gpu 1.31.1 on the CPU")
    monkeypatch.setattr(check, "installed", lambda names: (Runtime(names[0], "1.31.1"),))
    assert check._idle((card,), ready)[0].mend.startswith("to use it: --provider cuda")
