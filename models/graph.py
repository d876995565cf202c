"""Reading an ONNX graph without running it: parse, tell constants from data, infer shapes at batch 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.inliner import inline_local_functions

from models.errors import ModelError

Shape = tuple[int | None, ...]
"""A tensor's shape; None where an axis is open."""

Shapes = dict[str, Shape]
"""Shapes by tensor name."""

ONNX_ERRORS = (
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    ValueError,  # these three are C++ exceptions of the onnx library, thrown by damaged models
    RuntimeError,
    IndexError,
)
"""What the onnx library raises for a model that breaks its rules."""

KEPT = 4096  # elements: a larger constant keeps only its shape for inference, so that weights are not copied about
FUSED = {"FusedConv": "Conv", "FusedGemm": "Gemm"}
"""ONNX Runtime's own fused operators, each with the standard one of the same shape."""


@dataclass(frozen=True)
class Tensor:
    """Name, dtype (numpy's word: float32, float16 ...) and shape of a graph's input, output or inner tensor."""

    name: str
    dtype: str
    shape: Shape


def load_model(path: Path) -> ModelProto:
    """Parse a file that is trusted, without its external data. Raises ModelError where it is no ONNX model."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ModelError(f"cannot read the model: {error.strerror}", file=str(path)) from error
    except ModelError as error:
        raise ModelError(error.what, file=str(path), mend=error.mend) from error


def parse(data: bytes) -> ModelProto:
    """The model these bytes hold. Raises ModelError where they hold none."""
    try:
        return onnx.load_model_from_string(data)
    except DecodeError as error:
        mend = "copy or export the model again"
        raise ModelError("this is not an ONNX model, or it is cut short", mend=mend) from error


def tensor(value: ValueInfoProto) -> Tensor:
    """What a declared input, output or inner value says of itself."""
    kind = value.type.tensor_type
    return Tensor(value.name, dtype_name(kind.elem_type), shape_of(value))


def shape_of(value: ValueInfoProto) -> Shape:
    """The declared shape; an open or named axis is None."""
    axes = value.type.tensor_type.shape.dim
    return tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in axes)


def dtype_name(element: int) -> str:
    """numpy's word for an ONNX element type: float32, int8, bfloat16; `undefined` where the file says none."""
    known: dict[int, str] = {kind: name.lower() for name, kind in TensorProto.DataType.items()}
    name = known.get(element, "undefined")
    return {"float": "float32", "double": "float64"}.get(name, name)


def inputs(graph: GraphProto) -> list[ValueInfoProto]:
    """What a caller must feed: the inputs that no initializer fills (old files list the weights as inputs too)."""
    weights = {weight.name for weight in graph.initializer} | {
        weight.values.name for weight in graph.sparse_initializer
    }
    return [value for value in graph.input if value.name not in weights]


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The bodies of an If, Loop or Scan."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        yield from attribute.graphs


def all_nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """Every node, those of inner bodies included."""
    for node in graph.node:
        yield node
        for body in subgraphs(node):
            yield from all_nodes(body)


def inferred_shapes(model: ModelProto, size: tuple[int, int] | None = None) -> Shapes:
    """Each tensor's shape for one picture, by ONNX's own inference; what it cannot tell is missing or has None.

    An open first axis becomes 1; the other open axes of a four-axis input become `size` (height, width) where given.
    """
    try:
        graph = onnx.shape_inference.infer_shapes(_skeleton(model, size), data_prop=True).graph
    except ONNX_ERRORS as error:
        raise ModelError(f"its shapes cannot be told: {one_line(error)}", mend="export the model again") from error
    known = {value.name: shape_of(value) for value in model.graph.value_info}
    known |= {value.name: shape_of(value) for value in (*graph.value_info, *graph.output, *graph.input)}
    return known | {weight.name: tuple(weight.dims) for weight in model.graph.initializer}


def flattened(model: ModelProto) -> ModelProto:
    """The model with its local functions written out. Raises ModelError where they cannot be."""
    if not model.functions:
        return model
    try:
        return inline_local_functions(model)
    except ONNX_ERRORS as error:
        mend = "export without local functions"
        raise ModelError(f"its local functions cannot be written out: {one_line(error)}", mend=mend) from error


def one_line(error: BaseException) -> str:
    """The first 160 characters of an error on one line."""
    return " ".join(str(error).split())[:160]


def _skeleton(model: ModelProto, size: tuple[int, int] | None) -> ModelProto:
    """The model for one picture, with the shapes of its large constants but not their numbers."""
    bones = ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import)
    graph, source = bones.graph, model.graph
    graph.name = source.name or "graph"
    graph.input.extend(_one_picture(value, size) for value in inputs(source))
    graph.output.extend(source.output)
    for node in source.node:
        constant = _large_constant(node)
        if constant is None:
            graph.node.append(_standard(node))
        else:
            graph.input.append(_declared(node.output[0], constant))
    for weight in source.initializer:
        if _is_large(weight):
            graph.input.append(_declared(weight.name, weight))
        else:
            graph.initializer.append(weight)
    return bones


def _standard(node: NodeProto) -> NodeProto:
    """A fused operator as the standard one with the same output shape."""
    if node.op_type not in FUSED or node.domain == "":
        return node
    plain = NodeProto(op_type=FUSED[node.op_type], name=node.name, input=node.input[:3], output=node.output)
    plain.attribute.extend(item for item in node.attribute if not item.name.startswith("activation"))
    return plain


def _large_constant(node: NodeProto) -> TensorProto | None:
    values = (item.t for item in node.attribute if node.op_type == "Constant" and item.name == "value")
    return next((value for value in values if _is_large(value)), None)


def _is_large(weight: TensorProto) -> bool:
    return prod(weight.dims) > KEPT or weight.data_location == TensorProto.EXTERNAL


def _declared(name: str, weight: TensorProto) -> ValueInfoProto:
    return onnx.helper.make_tensor_value_info(name, weight.data_type, list(weight.dims))


def _one_picture(value: ValueInfoProto, size: tuple[int, int] | None) -> ValueInfoProto:
    one = ValueInfoProto()
    one.CopyFrom(value)
    axes = one.type.tensor_type.shape.dim
    if axes and not axes[0].HasField("dim_value"):
        axes[0].dim_value = 1
    open_axes = [axis for axis in axes[1:] if not axis.HasField("dim_value")]
    if size and len(axes) == 4 and len(open_axes) == 2:
        for axis, pixels in zip(open_axes, size, strict=True):
            axis.dim_value = pixels
    return one
