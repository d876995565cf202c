"""What an ONNX file says of itself without being run: size, work per picture, inputs, outputs, operators.

Counted here over ONNX's own shape inference. A counter on PyPI was tried (onnx-tool 1.0.1): it refuses a named batch
axis, misses weights that are ConstantOfShape nodes, and mixes additions into the MACs.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path

from onnx import ModelProto, NodeProto

from models.errors import ModelError
from models.graph import Shape, Shapes, Tensor, all_nodes, flattened, inferred_shapes, inputs, load_model, tensor
from models.weights import params

STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Operator sets the runtimes carry themselves; any other needs somebody's library."""


@dataclass(frozen=True)
class Facts:
    """One model at batch 1.

    `params`: weight elements the answer depends on, each once, a BatchNormalization counted as inference folds it
    (one bias per channel after a convolution without one, none after one with, else scale and shift).
    `macs`: multiply-accumulates of convolutions and matrix products. `activations`: elements those write.
    `uncounted`: operators whose work could not be told (open shapes, loops, recurrent layers); empty is the rule.
    """

    params: int
    macs: int
    activations: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int
    operators: tuple[tuple[str, int], ...]  # most frequent first
    custom_domains: tuple[str, ...]
    uncounted: tuple[str, ...] = ()


def inspect(path: Path, *, size: tuple[int, int] | None = None) -> Facts:
    """The facts of one file; `size` (height, width) closes open picture axes. Raises ModelError naming the file."""
    model = load_model(path)
    try:
        return facts_of(model, size=size)
    except ModelError as error:
        raise ModelError(error.what, file=str(path), mend=error.mend) from error


def facts_of(model: ModelProto, *, size: tuple[int, int] | None = None) -> Facts:
    """The facts of a parsed model; its external data is not needed."""
    model = flattened(model)
    graph = model.graph
    shapes = inferred_shapes(model, size)
    fed = [tensor(value) for value in inputs(graph)]
    batch = _batch(fed)
    macs, activations, uncounted = _work(model, shapes)
    operators = Counter(_operator(node) for node in all_nodes(graph))
    return Facts(
        params=params(model.graph, shapes),
        macs=macs // batch,
        activations=activations // batch,
        inputs=tuple(fed),
        outputs=tuple(tensor(value) for value in graph.output),
        opset=max((entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}), default=0),
        operators=tuple(operators.most_common()),
        custom_domains=tuple(sorted({node.domain for node in all_nodes(graph)} - STANDARD)),
        uncounted=uncounted,
    )


def _operator(node: NodeProto) -> str:
    return node.op_type if node.domain in {"", "ai.onnx"} else f"{node.domain}:{node.op_type}"


def _batch(fed: list[Tensor]) -> int:
    """The fixed batch of the picture input, or 1."""
    pictures = [value.shape for value in fed if len(value.shape) == 4]
    return (pictures[0][0] or 1) if pictures else 1


def _by_filter(node: NodeProto, shapes: Shapes, weight: int) -> int:
    """Convolution: every element written takes (input channels / groups) * kernel products."""
    return _count(shapes, node.output[0]) * _product(shapes[node.input[weight]][1:])


def _by_transposed_filter(node: NodeProto, shapes: Shapes, weight: int) -> int:
    """Transposed convolution: every element READ takes (output channels / groups) * kernel products."""
    return _count(shapes, node.input[0]) * _product(shapes[node.input[weight]][1:])


def _by_inner_axis(node: NodeProto, shapes: Shapes, left: int) -> int:
    """Matrix product: every element written takes one product per element of the summed axis."""
    transposed = any(item.name == "transA" and item.i for item in node.attribute)
    inner = shapes[node.input[left]][0 if transposed else -1]
    return _count(shapes, node.output[0]) * _product((inner,))


MACS: dict[str, tuple[Callable[[NodeProto, Shapes, int], int], int]] = {
    "Conv": (_by_filter, 1),
    "FusedConv": (_by_filter, 1),
    "NhwcFusedConv": (_by_filter, 1),
    "ConvInteger": (_by_filter, 1),
    "DeformConv": (_by_filter, 1),
    "QLinearConv": (_by_filter, 3),
    "ConvTranspose": (_by_transposed_filter, 1),
    "Gemm": (_by_inner_axis, 0),
    "FusedGemm": (_by_inner_axis, 0),
    "MatMul": (_by_inner_axis, 0),
    "MatMulInteger": (_by_inner_axis, 0),
    "QLinearMatMul": (_by_inner_axis, 0),
}
"""How each operator's multiply-accumulates are counted, and which of its inputs tells."""

UNTOLD = frozenset({"Attention", "Einsum", "GRU", "If", "LSTM", "Loop", "MultiHeadAttention", "QGemm", "RNN", "Scan"})
"""Operators that multiply and are not counted."""


class _OpenShape(Exception):
    """A shape that is needed is not known."""


def _work(model: ModelProto, shapes: Shapes) -> tuple[int, int, tuple[str, ...]]:
    """MACs, elements written, and the operators that could not be counted."""
    macs = written = 0
    uncounted = {node.op_type for node in model.graph.node if node.op_type in UNTOLD}
    for node in model.graph.node:
        if node.op_type not in MACS:
            continue
        count, which = MACS[node.op_type]
        try:
            macs += count(node, shapes, which)
            written += _count(shapes, node.output[0])
        except (_OpenShape, KeyError, IndexError):
            uncounted.add(node.op_type)
    return macs, written, tuple(sorted(uncounted))


def _count(shapes: Shapes, name: str) -> int:
    return _product(shapes[name])


def _product(shape: Shape) -> int:
    sizes = [axis for axis in shape if axis is not None]
    if len(sizes) < len(shape):
        raise _OpenShape
    return prod(sizes)
