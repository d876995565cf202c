"""TensorRT for RTX builds, reads and refuses for real, on any machine: building needs no GPU, only running does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from appliance.engines.cache import KEY_FILE, is_sound
from appliance.engines.devices import Gpu
from appliance.engines.native import ENGINE_FILE, native_key, native_wish, ready_plan
from appliance.engines.setting import EngineSetting
from appliance.engines.trt import Wish, build_engine, load_trt
from appliance.errors import InputRefused, MachineFailed
from models.convert.half import to_half
from models.convert.quantise import to_int8
from models.family import sha256_of
from models.types import Card, Member
from tests.engines.build import bright, demo_member, pictures

SHARED = Path(__file__).resolve().parents[3] / "shared"
RTX = Wish("rtx-native", "fp32", 16)
SETTING = EngineSetting(provider="rtx-native")
NO_GPU: Gpu | None = None


def member_of(path: Path, name: str = "") -> Member:
    """A member whose card is as the file's first input says; sizes it leaves open are 32."""
    graph = onnx.load(str(path), load_external_data=False).graph
    constants = {weight.name for weight in graph.initializer}
    fed = next(value for value in graph.input if value.name not in constants)
    axes = [axis.dim_value for axis in fed.type.tensor_type.shape.dim]
    batch, _, height, width = (axes + [0] * 4)[:4]
    card = Card(fed.name, graph.output[0].name, height or 32, width or 32, batch=batch or None)
    return Member(name or path.stem, path, sha256_of(path), 0, 0, 0, card)


def shared(folder: str) -> list[Path]:
    return sorted((SHARED / folder).glob("*.onnx"))


def need(folder: str) -> None:
    if not shared(folder):
        pytest.skip(f"no shared/{folder} beside the repository")


@pytest.mark.parametrize("name", ["xs", "s", "m", "l", "xl", "xxl"])
def test_every_size_of_the_demo_family_becomes_an_engine(name: str) -> None:
    member = demo_member(name)
    assert len(build_engine(member, RTX, lambda _: None)) > 100_000


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    ["alexnet", "densenet", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet", "vgg19", "zfnet"],
)
def test_real_architectures_become_engines(name: str) -> None:
    need("onnx/structure")
    path = next(path for path in shared("onnx/structure") if name in path.name)
    assert len(build_engine(member_of(path), replace(RTX, largest=1), lambda _: None)) > 100_000


@pytest.mark.real
def test_the_piped_family_becomes_engines() -> None:
    need("family-piped")
    sizes = [len(build_engine(member_of(path), RTX, lambda _: None)) for path in shared("family-piped")]
    assert len(sizes) == 6


REFUSED = {
    "custom_op_node": "lacks NegPos",
    "bad_graph_with_no_import_domains": "cannot read",
    "bad_graph_with_parallel_invalid_nodes": "must match",
    "empty": "at least one output",
    "ext_weights": "cannot read",
    "loop": "cannot read",
    "qdq_conv": "zero point",
}


@pytest.mark.real
@pytest.mark.parametrize("name", REFUSED)
def test_odd_graphs_are_refused_with_the_reason(name: str) -> None:
    need("onnx/odd")
    path = SHARED / "onnx/odd" / f"{name}.onnx"
    member = replace(demo_member(), name=name, file=path, sha256=sha256_of(path))
    with pytest.raises(InputRefused, match="TensorRT for RTX") as caught:
        build_engine(member, RTX, lambda _: None)
    assert REFUSED[name] in caught.value.what
    assert "\n" not in str(caught.value)
    assert caught.value.mend


def test_an_operator_it_lacks_is_named_and_the_fallback_offered(tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    node = onnx.helper.make_node("Sharpen", ["image"], ["logits"], domain="some.vendor")
    shape = [1, 3, 4, 4]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "odd", [value("image", 1, shape)], [value("logits", 1, shape)])
    domains = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("some.vendor", 1)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=domains, ir_version=8), path)
    with pytest.raises(InputRefused, match="TensorRT for RTX lacks Sharpen of member odd") as caught:
        build_engine(member_of(path), RTX, lambda _: None)
    assert "cuda or cpu" in caught.value.mend


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_converted_members_become_engines(precision: str, tmp_path: Path) -> None:
    member, out = demo_member("s"), tmp_path / "converted.onnx"
    if precision == "fp16":
        to_half(member.file, out)
    else:
        to_int8(member.file, out, "image", [pictures(member, 4)])
    converted = replace(member, file=out, sha256=sha256_of(out))
    assert len(build_engine(converted, RTX, lambda _: None)) > 100_000


def test_an_engine_is_built_once_then_read(tmp_path: Path) -> None:
    member, setting = bright(tmp_path), replace(SETTING, cache=tmp_path / "cache")
    said: list[str] = []
    first = ready_plan(member, setting, NO_GPU, said.append)
    assert said == ["rtx-native engine of bright: built for any GPU it serves; the first build can take minutes"]
    assert ready_plan(member, setting, NO_GPU, said.append) == first
    assert len(said) == 1


@pytest.mark.parametrize(
    ("change", "said"), [({"batch": 8}, "the options changed"), ({"memory_mb": 256}, "the options changed")]
)
def test_other_options_build_another_engine(change: dict[str, int], said: str, tmp_path: Path) -> None:
    member, setting = bright(tmp_path), replace(SETTING, cache=tmp_path / "cache")
    heard: list[str] = []
    ready_plan(member, setting, NO_GPU, lambda _: None)
    ready_plan(member, replace(setting, **change), NO_GPU, heard.append)
    assert f"stale ({said})" in heard[0]


def test_a_damaged_engine_is_built_again(tmp_path: Path) -> None:
    member, setting = bright(tmp_path), replace(SETTING, cache=tmp_path / "cache")
    ready_plan(member, setting, NO_GPU, lambda _: None)
    engine = next(setting.cache.glob(f"*/{ENGINE_FILE}"))
    engine.write_bytes(engine.read_bytes()[:-1] + b"\0\0")
    said: list[str] = []
    ready_plan(member, setting, NO_GPU, said.append)
    assert "foreign or damaged" in said[0]
    assert (engine.parent / KEY_FILE).is_file()


def test_an_engine_for_the_gpus_own_capability_is_preferred(tmp_path: Path) -> None:
    member, setting = bright(tmp_path), replace(SETTING, cache=tmp_path / "cache")
    gpu = Gpu(0, "RTX 4000", (8, 9), "580.65", (13, 0), 20480, 20000)
    ready_plan(member, setting, NO_GPU, lambda _: None, (8, 9))
    key = native_key(member, setting, native_wish(member, setting, (8, 9)), None)
    assert is_sound(setting.cache / key.name, key)
    said: list[str] = []
    ready_plan(member, setting, gpu, said.append)
    assert said == [], "what was built ahead for SM 8.9 serves a GPU of SM 8.9"
    other = replace(gpu, sm=(12, 0))
    ready_plan(member, setting, other, said.append)
    assert len(said) == 1


def test_an_engine_says_progress_while_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.engines.trt.EVERY_S", 0.0)
    said: list[str] = []
    build_engine(demo_member("m"), RTX, said.append)
    assert any(line.startswith("building m: ") and " of " in line for line in said)


def test_a_dynamic_batch_gets_an_explicit_profile_and_a_fixed_one_its_size(tmp_path: Path) -> None:
    trt = load_trt("rtx-native")
    member = bright(tmp_path)
    assert len(build_engine(member, replace(RTX, largest=4), lambda _: None)) > 0
    fixed = tmp_path / "fixed.onnx"
    model = onnx.load(str(member.file))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    onnx.save(model, str(fixed))
    held = replace(member, file=fixed, sha256=sha256_of(fixed), card=replace(member.card, batch=2))
    assert len(build_engine(held, native_wish(held, SETTING), lambda _: None)) > 0
    wrong = replace(held, card=replace(held.card, batch=3))
    with pytest.raises(InputRefused, match="profile"):
        build_engine(wrong, native_wish(wrong, SETTING), lambda _: None)
    assert trt.__version__.startswith("1.")


def test_a_file_that_changed_is_not_built(tmp_path: Path) -> None:
    member = bright(tmp_path)
    member.file.write_bytes(member.file.read_bytes() + b"\0")
    with pytest.raises(InputRefused, match="sha256"):
        build_engine(member, RTX, lambda _: None)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    load_trt.cache_clear()
    monkeypatch.setattr("appliance.engines.trt.MODULES", {"rtx-native": (("tensorrt_nowhere",),)})
    yield
    load_trt.cache_clear()


@pytest.mark.usefixtures("nothing_installed")
def test_where_it_is_not_installed_the_extra_is_named() -> None:
    with pytest.raises(MachineFailed, match="TensorRT for RTX cannot be loaded") as caught:
        build_engine(demo_member(), RTX, lambda _: None)
    assert caught.value.mend == "pip install 'inspect-eval[rtx]'"


def test_plain_tensorrt_is_asked_through_the_same_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    """The builder knows the module only by its interface: RTX's own stands in for plain TensorRT, flags aside."""
    seen: list[object] = []
    trt = load_trt("rtx-native")
    monkeypatch.setattr("appliance.engines.trt.load_trt", lambda provider: seen.append(provider) or trt)
    monkeypatch.setattr("appliance.engines.trt._network_flags", lambda *_: 0)
    monkeypatch.setattr("appliance.engines.trt._configure", lambda *_: None)
    assert len(build_engine(demo_member("xs"), Wish("tensorrt-native", "fp32", 4), lambda _: None)) > 0
    assert seen == ["tensorrt-native"]
