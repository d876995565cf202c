"""Parameters, MACs and shapes: worked out by hand, and against published figures of known architectures."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.errors import ModelError
from models.facts import facts_of, inspect
from models.graph import Tensor
from tests.models.graphs import SHARED, classifier, graph, save

STRUCTURE = SHARED / "onnx" / "structure"
needs_structure = pytest.mark.skipif(not STRUCTURE.is_dir(), reason="no shared/onnx/structure beside the repository")


def zeros(*shape: int, dtype: type[np.generic] = np.float32) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    return np.zeros(shape, dtype)


def test_a_classifier_by_hand() -> None:
    facts = facts_of(classifier(columns=2, width=4))
    assert facts.params == 4 * 3 * 9 + 4 + 2 * 4 + 2
    assert facts.macs == 8 * 8 * 4 * 27 + 2 * 4
    assert facts.activations == 8 * 8 * 4 + 2
    assert facts.inputs == (Tensor("image", "float32", (None, 3, 8, 8)),)
    assert facts.outputs == (Tensor("scores", "float32", (None, 2)),)
    assert (facts.opset, facts.custom_domains, facts.uncounted) == (17, (), ())
    assert dict(facts.operators) == {"Conv": 1, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1, "Identity": 1}


CASES = {
    # name: (nodes from x to y, weights, params, macs, activations), x being float[N,4,8,6]
    "depthwise": ("y = Conv <group = 4> (x, w)", {"w": zeros(4, 1, 3, 3)}, 36, 4 * 6 * 4 * 9, 4 * 6 * 4),
    "groups": ("y = Conv <group = 2> (x, w)", {"w": zeros(6, 2, 1, 1)}, 12, 6 * 48 * 2, 6 * 48),
    "dilated": ("y = Conv <dilations = [2,2]> (x, w)", {"w": zeros(5, 4, 3, 3)}, 180, 4 * 2 * 5 * 36, 4 * 2 * 5),
    "strided": ("y = Conv <strides = [2,2]> (x, w)", {"w": zeros(5, 4, 2, 2)}, 80, 4 * 3 * 5 * 16, 4 * 3 * 5),
    "transposed": ("y = ConvTranspose <strides = [2,2]> (x, w)", {"w": zeros(4, 3, 2, 2)}, 48, 192 * 12, 16 * 12 * 3),
    "matmul": ("y = MatMul (x, w)", {"w": zeros(6, 5)}, 30, 4 * 8 * 5 * 6, 4 * 8 * 5),
    "batched matmul": ("t = Transpose <perm = [0,1,3,2]> (x) y = MatMul (x, t)", {}, 0, 4 * 8 * 8 * 6, 4 * 8 * 8),
    "folded after conv": (
        "a = Conv (x, w) y = BatchNormalization (a, s, b, m, v)",
        {"w": zeros(5, 4, 1, 1), "s": zeros(5), "b": zeros(5), "m": zeros(5), "v": zeros(5)},
        20 + 5,
        48 * 20,
        48 * 5,
    ),
    "folded into a bias": (
        "a = Conv (x, w, c) y = BatchNormalization (a, s, b, m, v)",
        {"w": zeros(5, 4, 1, 1), "c": zeros(5), "s": zeros(5), "b": zeros(5), "m": zeros(5), "v": zeros(5)},
        20 + 5,
        48 * 20,
        48 * 5,
    ),
    "batchnorm alone": (
        "y = BatchNormalization (x, s, b, m, v)",
        {"s": zeros(4), "b": zeros(4), "m": zeros(4), "v": zeros(4)},
        8,
        0,
        0,
    ),
    "one weight used twice": ("a = Conv (x, w) y = Conv (a, w)", {"w": zeros(4, 4, 1, 1)}, 16, 2 * 48 * 16, 2 * 48 * 4),
    "a formula is no weight": ("y = Mul (x, half)", {"half": np.float32(0.5)}, 0, 0, 0),
    "a shape is no weight": ("y = Reshape (x, s)", {"s": np.array([0, -1])}, 0, 0, 0),
    "a limit is no weight": ("y = Clip (x, low, high)", {"low": np.float32(0), "high": np.float32(6)}, 0, 0, 0),
    "scale per channel": ("y = Mul (x, s)", {"s": zeros(4, 1, 1)}, 4, 0, 0),
    "unused weight": ("y = Relu (x)", {"w": zeros(100)}, 0, 0, 0),
    "reshaped weight": (
        "k = Reshape (w, s) y = Conv (x, k)",
        {"w": zeros(12), "s": np.array([3, 4, 1, 1])},
        12,
        48 * 12,
        48 * 3,
    ),
    "weight made on the spot": (
        "k = ConstantOfShape (s) y = Conv (x, k)",
        {"s": np.array([7, 4, 1, 1])},
        28,
        48 * 28,
        48 * 7,
    ),
    "int8 weight": (
        "k = DequantizeLinear (w, s, z) y = Conv (x, k)",
        {"w": zeros(3, 4, 1, 1, dtype=np.int8), "s": np.float32(0.1), "z": np.int8(0)},
        12,
        48 * 12,
        48 * 3,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operators_by_hand(name: str) -> None:
    nodes, weights, params, macs, activations = CASES[name]
    facts = facts_of(graph(f"g (float[N,4,8,6] x) => (float[N,a,b,c] y) {{ {nodes} }}", weights))
    assert (facts.params, facts.macs, facts.activations, facts.uncounted) == (params, macs, activations, ())


def test_a_fixed_batch_counts_one_picture() -> None:
    alone, four = facts_of(classifier(batch="1")), facts_of(classifier(batch="4"))
    assert (four.macs, four.activations) == (alone.macs, alone.activations)


def test_open_picture_axes_are_closed_on_request() -> None:
    model = graph("g (float[N,3,H,W] x) => (float[N,2,H,W] y) { y = Conv (x, w) }", {"w": zeros(2, 3, 1, 1)})
    assert facts_of(model).uncounted == ("Conv",)
    facts = facts_of(model, size=(10, 20))
    assert (facts.macs, facts.uncounted) == (200 * 6, ())


def test_work_that_cannot_be_told_is_named() -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["z"])], "then", [], [helper.make_tensor_value_info("z", 1, None)]
    )
    model = graph("g (float[1,3,8,8] x, bool c) => (float[1,3,8,8] y) { y = Identity (x) }")
    model.graph.node[0].CopyFrom(helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body))
    assert facts_of(model).uncounted == ("If",)


def test_a_large_constant_node_counts_as_a_weight() -> None:
    model = graph("g (float[N,3,8,8] x) => (float[N,99,H,W] y) { y = Conv (x, k) }")
    weight = onnx.numpy_helper.from_array(np.zeros((99, 3, 5, 5), np.float32))
    model.graph.node.insert(0, helper.make_node("Constant", [], ["k"], value=weight))
    facts = facts_of(model)
    assert (facts.params, facts.macs) == (99 * 75, 16 * 99 * 75)


def test_the_runtimes_fused_convolution() -> None:
    model = graph(
        'g (float[N,3,8,8] x) => (float[N,5,8,8] y) { y = com.microsoft.FusedConv <activation = "Relu"> (x, w) }',
        {"w": zeros(5, 3, 1, 1)},
        domains=("com.microsoft",),
    )
    facts = facts_of(model)
    assert (facts.params, facts.macs, facts.custom_domains) == (15, 64 * 15, ())


def test_local_functions_are_looked_into() -> None:
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["": 17, "mine": 1]>
        g (float[N,3,8,8] x) => (float[N,2,8,8] y) { y = mine.layer (x, w) }
        <domain: "mine", opset_import: ["": 17]>
        layer (a, b) => (c) { d = Conv (a, b)  c = Relu (d) }
    """)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros((2, 3, 1, 1), np.float32), "w"))
    facts = facts_of(model)
    assert (facts.params, facts.macs, facts.custom_domains) == (6, 64 * 6, ())


def test_a_custom_domain_is_named() -> None:
    model = graph("g (float[1,3,8,8] x) => (float[1,3,8,8] y) { y = shop.Thing (x) }", domains=("shop",))
    assert facts_of(model).custom_domains == ("shop",)


def test_weights_outside_need_not_be_there(tmp_path: Path) -> None:
    model = classifier()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="gone.bin")
    assert inspect(save(model, tmp_path / "m.onnx")) == facts_of(classifier())


@pytest.mark.parametrize("content", [b"", b"no model", bytes(range(256))])
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    if not content:
        assert inspect(path).params == 0  # an empty file is an empty model; the intake refuses it
        return
    with pytest.raises(ModelError) as caught:
        inspect(path)
    assert caught.value.file == str(path)


PUBLISHED = {
    # params and MACs of convolutions and fully connected layers at 224 x 224.
    # ResNet-50: torchvision, 25,557,032 parameters less one of two BatchNorm numbers for 26,560 channels (folded).
    "resnet50": (25_557_032 - 26_560, 4_089_184_256),
    "vgg19": (143_667_240, 19_632_062_464),  # torchvision
    "squeezenet": (1_235_496, 349_151_936),  # torchvision's SqueezeNet 1.1
    "densenet121": (None, 2_834_161_664),  # torchvision; the Caffe export doubles each BatchNorm with a scale layer
    "bvlc_alexnet": (60_965_224, None),  # Caffe's model zoo; its MACs are quoted for 227 x 227
    "inception_v1": (6_998_552, None),  # Caffe's GoogLeNet without its auxiliary classifiers
}


@needs_structure
@pytest.mark.real
@pytest.mark.parametrize("name", PUBLISHED)
def test_known_architectures(name: str) -> None:
    params, macs = PUBLISHED[name]
    facts = inspect(STRUCTURE / f"light_{name}.onnx")
    assert params in {None, facts.params}
    assert macs in {None, facts.macs}
    assert facts.uncounted == ()


@needs_structure
@pytest.mark.real
def test_inception_is_near_its_rounded_figure() -> None:
    assert inspect(STRUCTURE / "light_inception_v1.onnx").macs == pytest.approx(1.43e9, rel=0.01)


@pytest.mark.real
def test_a_real_family_has_the_parameters_its_maker_says() -> None:
    folder = SHARED / "family-piped"
    if not folder.is_dir():
        pytest.skip("no shared/family-piped beside the repository")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["members"]
    counted = {name: inspect(folder / f"piped-{name}.onnx").params for name in expected}
    assert counted == {name: member["parameters"] for name, member in expected.items()}
