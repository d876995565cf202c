"""What the TensorRT and CUDA providers are told, which can be checked without either."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engines.cuda import cuda_provider
from appliance.engines.setting import EngineSetting
from appliance.engines.tensorrt_ort import allow_tf32, engine_options
from appliance.errors import UsageError
from models.convert.quantise import to_int8
from models.family import sha256_of
from tests.engines.build import demo_member, pictures

SETTING = EngineSetting(provider="tensorrt")


def test_shapes_are_explicit_from_one_picture_to_the_largest_batch() -> None:
    options = engine_options(demo_member("m"), replace(SETTING, batch=8))
    assert options["trt_profile_min_shapes"] == "image:1x3x160x160"
    assert options["trt_profile_opt_shapes"] == options["trt_profile_max_shapes"] == "image:8x3x160x160"


def test_a_fixed_batch_has_one_shape_and_nhwc_its_own_order() -> None:
    member = demo_member("m")
    fixed = replace(member, card=replace(member.card, batch=4, layout="NHWC"))
    options = engine_options(fixed, SETTING)
    assert {options[f"trt_profile_{which}_shapes"] for which in ("min", "opt", "max")} == {"image:4x160x160x3"}


@pytest.mark.parametrize(
    ("wanted", "flags"),
    [("", set()), ("fp32", set()), ("tf32", set()), ("fp16", {"trt_fp16_enable"}), ("bf16", {"trt_bf16_enable"})],
)
def test_precision_flags(wanted: str, flags: set[str]) -> None:
    options = engine_options(demo_member("m"), replace(SETTING, precision=wanted))
    assert {name for name in options if name.endswith(("16_enable", "8_enable"))} == flags


def test_a_quantised_member_turns_int8_on(tmp_path: Path) -> None:
    member, out = demo_member("xs"), tmp_path / "int8.onnx"
    to_int8(member.file, out, "image", [pictures(member, 2)])
    options = engine_options(replace(member, file=out, sha256=sha256_of(out)), SETTING)
    assert options["trt_int8_enable"] == "1"


def test_tf32_is_all_or_none_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NVIDIA_TF32_OVERRIDE", raising=False)
    member = demo_member("m")
    allow_tf32(False, member)
    allow_tf32(False, member)
    with pytest.raises(UsageError, match="all members in tf32 or none") as caught:
        allow_tf32(True, member)
    assert "tensorrt-native" in caught.value.mend
    monkeypatch.delenv("NVIDIA_TF32_OVERRIDE")


@pytest.mark.parametrize(
    ("setting", "tf32", "graph"),
    [
        (EngineSetting(provider="cuda"), "0", "1"),
        (EngineSetting(provider="cuda", precision="tf32"), "1", "1"),
        (EngineSetting(provider="cuda", cuda_graphs=False), "0", "0"),
        (EngineSetting(provider="cuda", fallback="cpu"), "0", "0"),
    ],
)
def test_cuda_is_told_fp32_unless_tf32_is_asked_for(setting: EngineSetting, tf32: str, graph: str) -> None:
    name, options = cuda_provider(setting, demo_member("m"))
    assert name == "CUDAExecutionProvider"
    assert (options["use_tf32"], options["enable_cuda_graph"]) == (tf32, graph)


def test_a_bound_on_memory_is_passed_in_bytes() -> None:
    _, options = cuda_provider(EngineSetting(provider="cuda", memory_mb=64, device=1), demo_member("m"))
    assert (options["gpu_mem_limit"], options["device_id"]) == (str(64 << 20), "1")
