"""The GPU engine's own work (bound buffers, filled-up batches, refusals) runs here with the buffers on the CPU."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from appliance.engines.cpu import CpuSpec
from appliance.engines.devices import Gpu
from appliance.engines.ort import Ask
from appliance.engines.ort_gpu import OrtEngine, OrtGpuEngine, filled_up, largest_batch, required_session
from appliance.engines.setting import EngineSetting
from appliance.errors import InputRefused, InspectError, MachineFailed
from models.family import sha256_of
from models.types import Card, Member
from tests.engines.build import demo_member, pictures

GPU = Gpu(0, "a GPU", (8, 9), "580.65", (13, 0), 20480, 20000)
CPU = "CPUExecutionProvider"


class HostBuffers(OrtGpuEngine):
    """The engine as it is, with its buffers in the host's memory."""

    device = "cpu"


def engine(member: Member, setting: EngineSetting | None = None, kind: type[OrtEngine] = HostBuffers) -> OrtEngine:
    return kind(member, setting or EngineSetting(provider="cuda"), GPU, Ask(), CPU)


@pytest.mark.parametrize("kind", [HostBuffers, OrtEngine])
@pytest.mark.parametrize("count", [1, 3, 8, 21])
def test_bound_buffers_give_what_a_plain_run_gives(kind: type[OrtEngine], count: int) -> None:
    member = demo_member("xs")
    batch = pictures(member, count)
    expected = CpuSpec().open(member).run(batch)
    held = engine(member, kind=kind)
    assert np.allclose(held.run(batch), expected, atol=1e-5)
    assert np.allclose(held.run(batch[::-1]), expected[::-1], atol=1e-5), "the buffers are filled anew at every run"


def test_few_shapes_occur_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    member = demo_member("xs")
    held = HostBuffers(member, EngineSetting(provider="cuda"), GPU, Ask(), CPU)
    batch = pictures(member, 16)
    for count in range(1, 17):
        held.run(batch[:count])
    assert sorted(shape[0] for shape in held._shapes) == [1, 2, 4, 8, 16]


def test_filling_up_repeats_the_last_picture() -> None:
    batch = np.arange(5.0)[:, None]
    assert filled_up(batch, None)[:, 0].tolist() == [0, 1, 2, 3, 4, 4, 4, 4]
    assert filled_up(batch[:4], None) is not None
    assert len(filled_up(batch[:4], None)) == 4
    assert len(filled_up(batch[:3], 3)) == 3


def test_the_largest_batch_is_the_cards_then_the_sites_then_a_whole_chunk() -> None:
    member = demo_member("xs")
    fixed = replace(member, card=replace(member.card, batch=4))
    assert largest_batch(member, EngineSetting()) == 32
    assert largest_batch(member, EngineSetting(batch=64)) == 64
    assert largest_batch(fixed, EngineSetting(batch=64)) == 4


def test_facts_name_gpu_driver_placement_and_options() -> None:
    facts = engine(demo_member("xs")).facts()
    assert (facts.provider, facts.device, facts.driver) == ("cuda", "a GPU", "580.65")
    assert facts.placement == (("cpu", 1.0),)
    assert facts.identity.endswith("a GPU")


def test_another_provider_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(MachineFailed, match="provider cuda could not be loaded, xs would have run elsewhere"):
        required_session(demo_member("xs"), EngineSetting(provider="cuda"), GPU, Ask(), "CUDAExecutionProvider")


def test_where_the_cpu_would_take_nodes_the_session_is_refused() -> None:
    """A provider that this build lacks leaves every node to the CPU: exactly the silent fallback that must not be."""
    ask = Ask((("CUDAExecutionProvider", {}),), fallback=False)
    with pytest.raises(InspectError) as caught:
        required_session(demo_member("xs"), EngineSetting(provider="cuda"), GPU, ask, "CUDAExecutionProvider")
    assert "cuda" in str(caught.value)


def test_a_batch_of_another_size_is_refused_by_name() -> None:
    with pytest.raises(InputRefused, match="member xs cannot run"):
        engine(demo_member("xs")).run(np.zeros((1, 3, 8, 9999), np.float32)[:, :2])


def test_an_unsupported_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    node = helper.make_node("Nowhere", ["x"], ["y"], domain="")
    graph = helper.make_graph(
        [node],
        "odd",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    member = Member("odd", path, sha256_of(path), 0, 0, 0, Card("x", "y", 4, 4))
    with pytest.raises(InputRefused, match="member odd cannot be loaded"):
        engine(member)
