"""fp16 and int8 are new files that every runtime here reads; what they change is known before their speed is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from appliance.engines.cpu import CpuSpec
from appliance.engines.trusted import file_precision
from models.convert.half import to_half
from models.convert.quantise import METHODS, to_int8
from models.errors import ModelError
from models.facts import inspect
from models.family import sha256_of
from models.intake import check_model
from models.types import Member
from tests.engines.build import bright, demo_member, pictures


def converted(member: Member, out: Path) -> Member:
    return replace(member, name=f"{member.name}-new", file=out, sha256=sha256_of(out))


def spread(member: Member, other: Member) -> float:
    batch = pictures(member, 16)
    before, after = CpuSpec().open(member).run(batch), CpuSpec().open(other).run(batch)
    return float(np.abs(after - before).max() / before.std())


def test_fp16_halves_the_weights_and_keeps_the_answers(tmp_path: Path) -> None:
    member, out = demo_member("l"), tmp_path / "half.onnx"
    to_half(member.file, out)
    check_model(out)
    other = converted(member, out)
    assert file_precision(other) == "fp16"
    assert out.stat().st_size < 0.62 * member.file.stat().st_size
    assert 0 < spread(member, other) < 0.02
    facts = inspect(out)
    assert (facts.params, facts.macs) == (member.params, member.macs)
    assert [(value.name, value.dtype) for value in facts.inputs] == [("image", "float32")], "the card stays true"


def test_a_weight_too_large_for_fp16_is_refused(tmp_path: Path) -> None:
    member = bright(tmp_path)
    model = onnx.load(str(member.file))
    head = next(weight for weight in model.graph.initializer if weight.name == "head")
    head.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(head) * 1e6, "head"))
    onnx.save(model, str(member.file))
    with pytest.raises(ModelError, match="weight 'head' holds 1e") as caught:
        to_half(member.file, tmp_path / "half.onnx")
    assert "int8" in caught.value.mend
    assert not (tmp_path / "half.onnx").exists()


@pytest.mark.parametrize("method", METHODS)
def test_int8_is_quantised_and_calibrated(method: str, tmp_path: Path) -> None:
    member, out = demo_member("s"), tmp_path / "int8.onnx"
    to_int8(member.file, out, "image", [pictures(member, 8)], method)
    check_model(out)
    other = converted(member, out)
    assert file_precision(other) == "int8"
    assert 0 < spread(member, other) < 0.6
    assert inspect(out).macs == member.macs


def test_calibration_on_what_the_line_shows_matters(tmp_path: Path) -> None:
    member = demo_member("s")
    errors = []
    for name, scale in (("right", 1.0), ("wrong", 0.02)):
        out = tmp_path / f"{name}.onnx"
        to_int8(member.file, out, "image", [pictures(member, 8) * np.float32(scale)])
        errors.append(spread(member, converted(member, out)))
    assert errors[1] > 2 * errors[0], "ranges taken from nearly black pictures clip bright ones"


def test_int8_is_symmetric_with_float_biases_as_tensorrt_wants_it(tmp_path: Path) -> None:
    member, out = demo_member("xs"), tmp_path / "int8.onnx"
    to_int8(member.file, out, "image", [pictures(member, 4)])
    graph = onnx.load(str(out)).graph
    held = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    zeros = [held[node.input[2]] for node in graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert zeros
    assert all(not zero.any() and zero.dtype == np.int8 for zero in zeros)


def test_an_unknown_calibration_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no calibration 'guess'") as caught:
        to_int8(demo_member("xs").file, tmp_path / "x.onnx", "image", [], "guess")
    assert "percentile" in caught.value.mend


def test_a_model_that_cannot_be_quantised_is_one_refusal(tmp_path: Path) -> None:
    member = demo_member("xs")
    with pytest.raises(ModelError, match="cannot be quantised"):
        to_int8(member.file, tmp_path / "x.onnx", "image", [pictures(member, 2)[:, :, :8]])
