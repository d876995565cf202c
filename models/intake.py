"""What a model file must be before any runtime sees it. Nothing here runs the model.

The runtimes load almost anything: a flipped bit, a loop without end, weights that point outside the folder. So a file
is refused for what it could do, in the order of the checks below, the cheapest and clearest first.
"""

import stat
from collections import Counter
from collections.abc import Iterator
from math import prod
from pathlib import Path

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from models.endless import check_endless, check_shape_numbers
from models.errors import ModelError
from models.external import all_tensors, check_external
from models.facts import STANDARD
from models.graph import (
    ONNX_ERRORS,
    Shape,
    all_nodes,
    flattened,
    inferred_shapes,
    inputs,
    one_line,
    parse,
    tensor,
)
from models.wire import check_wire

MAX_BYTES = 2**31 - 1  # protobuf's own limit
MAX_ELEMENTS = 2**29  # of one tensor for one picture; VGG-19's largest weight has 1.03e8
MAX_WORKING = 2**32  # elements of all tensors together for one picture
MAX_AXES = 16  # of a tensor
PICTURE_DTYPES = frozenset({"float32", "float16", "uint8"})
OPENS_FILES = frozenset({"EPContext"})
"""Operators by which ONNX Runtime loads somebody's compiled engine."""


def check_model(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Refuse a file that is no plain, self-contained picture model. Raises ModelError(what, file, mend) and only that.

    Memory stays within a few times the file's size, whatever the file declares.
    """
    checked_model(path, max_bytes=max_bytes)


def checked_model(path: Path, *, max_bytes: int = MAX_BYTES) -> ModelProto:
    """`check_model`, and the parsed model (without its external data)."""
    try:
        model = _parsed(_plain_bytes(path, max_bytes))
        _check_operators(model)
        check_endless(model)
        check_external(model, path)
        _check_inputs(model)
        _check_standard(model, path)
        _check_sizes(model)
    except ModelError as error:
        raise ModelError(error.what, file=error.file or str(path), mend=error.mend) from error
    return model


def _plain_bytes(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file that is not too large; a pipe or a device is never opened."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ModelError("this is no plain file", mend="give the path of an .onnx file")
        if not 0 < found.st_size <= max_bytes:
            raise ModelError(f"the file has {found.st_size} bytes; a model has 1 to {max_bytes}", mend="copy it again")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ModelError(f"cannot read the model: {one_line(error)}") from error


def _parsed(data: bytes) -> ModelProto:
    check_wire(data)
    return parse(data)


def _check_operators(model: ModelProto) -> None:
    """Only operators a runtime carries itself, or the file defines, from operator sets it imports."""
    if not model.graph.node:
        raise ModelError("the graph is empty", mend="export the model again")
    own = {(function.domain, function.name) for function in model.functions}
    if any(domain in STANDARD for domain, _ in own):
        raise ModelError("it redefines a standard operator", mend="export without local functions")
    imported = [_domain(entry.domain) for entry in model.opset_import]
    if len(set(imported)) < len(imported):
        raise ModelError("it imports one operator set twice", mend="export the model again")
    for node in _everywhere(model):
        if (node.domain, node.op_type) in own:
            continue
        _check_operator(node, imported)


def _check_operator(node: NodeProto, imported: list[str]) -> None:
    if node.domain not in STANDARD or node.op_type in OPENS_FILES:
        name = f"{node.domain}:{node.op_type}"
        raise ModelError(f"operator {name!r} needs a library of its own", mend="export it with standard operators only")
    if _domain(node.domain) not in imported:
        raise ModelError(
            f"operator {node.op_type!r} belongs to an operator set the file does not import",
            mend="export the model again",
        )


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


def _everywhere(model: ModelProto) -> Iterator[NodeProto]:
    """The nodes of the graph and of the local functions, those of inner bodies included."""
    yield from all_nodes(model.graph)
    for function in model.functions:
        yield from all_nodes(GraphProto(node=function.node))


def _check_inputs(model: ModelProto) -> None:
    """One input, a picture; at least one output; no name twice."""
    _refuse_twins("input", [value.name for value in model.graph.input])
    _refuse_twins("output", [value.name for value in model.graph.output])
    _refuse_twins("weight", [weight.name for weight in model.graph.initializer])
    fed = [tensor(value) for value in inputs(model.graph)]
    if len(fed) != 1 or not model.graph.output:
        names = ", ".join(repr(one.name) for one in fed[:5]) or "none"
        raise ModelError(
            f"a model takes one picture and gives an answer; this one has inputs {names} "
            f"and {len(model.graph.output)} outputs",
            mend="export it with one picture as its input",
        )
    picture = fed[0]
    if len(picture.shape) != 4 or picture.dtype not in PICTURE_DTYPES:
        raise ModelError(
            f"input {picture.name!r} is no picture: {picture.dtype} with {len(picture.shape)} axes",
            mend="export it with a float32, float16 or uint8 input of four axes (NCHW or NHWC)",
        )


def _refuse_twins(kind: str, names: list[str]) -> None:
    twin = next((name for name, times in Counter(names).items() if times > 1 or not name), None)
    if twin is not None:
        raise ModelError(f"two {kind}s are called {twin!r}, or one has no name", mend="export the model again")


def _check_standard(model: ModelProto, path: Path) -> None:
    """ONNX's own checker, with strict shape inference; by path where weights lie outside, for it looks for them."""
    outside = any(weight.data_location == TensorProto.EXTERNAL for weight in all_tensors(model))
    try:
        onnx.checker.check_model(str(path) if outside else model, full_check=True)
    except ONNX_ERRORS as error:
        raise ModelError(f"it breaks the ONNX rules: {one_line(error)}", mend="export the model again") from error


def _check_sizes(model: ModelProto) -> None:
    """No tensor, and not all of them together, asks for more memory than a picture model needs."""
    flat = flattened(model)
    check_shape_numbers(flat.graph)
    counts = {name: _elements(name, shape) for name, shape in inferred_shapes(flat).items()}
    name = max(counts, key=counts.__getitem__)
    if counts[name] > MAX_ELEMENTS or sum(counts.values()) > MAX_WORKING:
        raise ModelError(
            f"tensor {name!r} would have {counts[name]:,} numbers, {sum(counts.values()):,} with the others",
            mend="export it for smaller pictures",
        )


def _elements(name: str, shape: Shape) -> int:
    if len(shape) > MAX_AXES or any(axis is not None and axis < 0 for axis in shape):
        raise ModelError(f"tensor {name!r} has a negative size, or {len(shape)} axes", mend="export the model again")
    return prod(axis or 1 for axis in shape)
