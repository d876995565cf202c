"""The plug-in of TensorRT for RTX as far as it goes without a GPU: what it is told, and how it is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engines import rtx
from appliance.engines.rtx import RtxEngine, engine_options, library_path, rtx_gpu
from appliance.engines.setting import EngineSetting
from appliance.errors import MachineFailed
from appliance.runtimes import Runtime
from tests.engines.build import Driver, Shown, demo_member

SETTING = EngineSetting(provider="rtx")


def test_shapes_and_memory_are_explicit() -> None:
    options = engine_options(demo_member("m"), replace(SETTING, batch=8, memory_mb=256))
    assert options == {
        "nv_profile_min_shapes": "image:1x3x160x160",
        "nv_profile_opt_shapes": "image:8x3x160x160",
        "nv_profile_max_shapes": "image:8x3x160x160",
        "nv_max_workspace_size": str(256 << 20),
    }


def test_the_plug_in_is_where_its_wheel_put_it() -> None:
    assert Path(library_path()).is_file()


def test_a_gpu_it_does_not_serve_is_refused_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([Shown("NVIDIA H100 80GB HBM3", (9, 0))]).install(monkeypatch)
    monkeypatch.setattr(rtx, "require_one_runtime", lambda: pytest.fail("the GPU comes first"))
    with pytest.raises(MachineFailed, match="does not serve NVIDIA H100"):
        rtx_gpu(SETTING)


def test_it_is_a_plug_in_of_plain_onnxruntime_only(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver().install(monkeypatch)
    monkeypatch.setattr(rtx, "require_one_runtime", lambda: Runtime("onnxruntime-gpu", "1.31.1"))
    with pytest.raises(MachineFailed, match="plug-in of plain onnxruntime") as caught:
        rtx_gpu(SETTING)
    assert caught.value.mend == "pip uninstall -y onnxruntime-gpu && pip install 'inspect-eval[rtx]'"


@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="this machine has a GPU")
def test_without_a_driver_the_plug_in_itself_refuses_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Driver().install(monkeypatch)
    with pytest.raises(MachineFailed, match="TensorRT for RTX's plug-in cannot be loaded") as caught:
        RtxEngine(demo_member("xs"), replace(SETTING, cache=tmp_path), lambda _: None)
    assert "libcuda.so.1" in caught.value.what
    assert "\n" not in caught.value.what
