"""Counting the learned numbers of a graph, wherever the exporter put them."""

from math import prod

from onnx import GraphProto, NodeProto

from models.graph import Shapes, dtype_name

SETTINGS: dict[str, tuple[int, ...]] = {
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "DequantizeLinear": (1, 2),
    "Dropout": (1, 2),
    "Expand": (1,),
    "Pad": (1, 2, 3),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "QuantizeLinear": (1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Tile": (1,),
    "Upsample": (1,),
}
"""Inputs that say how an operator works and carry no learned numbers (scales and zero points of integers included)."""

POINTWISE = frozenset({"Add", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Where"})
"""Operators whose single-number constants are part of a formula (x / 6, x * 0.5), not weights."""

FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
SMALL_INTEGERS = frozenset({"int4", "int8", "uint4", "uint8"})
INTEGER_BIAS = frozenset({"DequantizeLinear", "QLinearConv"})


def params(graph: GraphProto, shapes: Shapes) -> int:
    """Weight elements the answer depends on, each once; see `Facts.params`.

    A constant counts where it meets the picture's data, also through operators on constants alone (a reshaped
    weight), be it an initializer, a Constant or a ConstantOfShape.
    """
    leaves = {weight.name: dtype_name(weight.data_type) for weight in graph.initializer}
    behind: dict[str, set[str]] = {name: {name} for name in leaves}
    makers = {name: node for node in graph.node for name in node.output}
    used: set[str] = set()
    folded = 0
    for node in graph.node:
        if node.op_type == "BatchNormalization":
            folded += _folded(node, makers.get(node.input[0]), shapes)
        elif node.op_type in {"Constant", "ConstantOfShape"}:
            leaves |= {name: _constant_dtype(node) for name in node.output}
            behind |= {name: {name} for name in node.output}
        elif node.input and all(name in behind for name in node.input if name):
            sources = _weights_read(node, leaves, behind, shapes)
            behind |= dict.fromkeys(node.output, sources)
        else:
            used |= _weights_read(node, leaves, behind, shapes)
    return folded + sum(_count(shapes, name) for name in used)


def _weights_read(node: NodeProto, leaves: dict[str, str], behind: dict[str, set[str]], shapes: Shapes) -> set[str]:
    """The constants behind a node's inputs that are learned numbers."""
    data = (name for place, name in enumerate(node.input) if place not in SETTINGS.get(node.op_type, ()))
    found = {leaf for name in data for leaf in behind.get(name, ())}
    return {leaf for leaf in found if _is_weight(node.op_type, leaves[leaf], _count(shapes, leaf))}


def _is_weight(operator: str, dtype: str, elements: int) -> bool:
    if operator in POINTWISE and elements == 1:
        return False
    return dtype in FLOATS or dtype in SMALL_INTEGERS or (dtype == "int32" and operator in INTEGER_BIAS)


def _folded(norm: NodeProto, before: NodeProto | None, shapes: Shapes) -> int:
    """Numbers a BatchNormalization leaves behind once inference has folded it into the layer before it."""
    channels = _count(shapes, norm.input[1])
    if before is None or before.op_type not in {"Conv", "ConvTranspose", "Gemm"}:
        return 2 * channels
    return 0 if len(before.input) > 2 and before.input[2] else channels


def _count(shapes: Shapes, name: str) -> int:
    return prod(axis or 0 for axis in shapes.get(name, (0,)))


def _constant_dtype(node: NodeProto) -> str:
    """Element type of a Constant or ConstantOfShape (float32 where it names none)."""
    for item in node.attribute:
        if item.name == "value":
            return dtype_name(item.t.data_type)
        if item.name in {"value_int", "value_ints"}:
            return "int64"
    return "float32"
