"""What in a graph could run or grow without end: loops, functions that call each other, shapes computed from shapes."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from math import prod

from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto

from models.errors import ModelError
from models.graph import all_nodes, subgraphs

MAX_TURNS = 10_000  # of nested loops together
MAX_DEPTH = 50  # of functions calling functions
MAX_WRITTEN = 1 << 28  # bytes once every call is written out
NODE_BYTES = 200  # what a node takes in memory besides its own bytes
MAX_SHAPE_NUMBERS = 1_000_000  # that shape inference would carry along
SHAPE_RANK = 8  # numbers a Shape gives at most, of the tensors a picture model has

CARRIED = frozenset(
    {"Abs", "Add", "Cast", "Ceil", "Concat", "Div", "Floor", "Gather", "Identity", "Mul", "Neg", "Range", "Slice"}
    | {"Squeeze", "Sub", "Unsqueeze", "Where"}
)
"""Operators through which shape inference follows whole numbers."""

FunctionKey = tuple[str, str, str]


def check_endless(model: ModelProto) -> None:
    """Refuse loops that may not stop, and functions that call each other or explode. Raises ModelError."""
    for graph in (model.graph, *(GraphProto(node=function.node) for function in model.functions)):
        _check_turns(graph, 1)
    _check_functions(model)


def _check_turns(graph: GraphProto, outer: int) -> None:
    """Loops turn a fixed, small number of times, nested ones together."""
    limits = _whole_constants(graph)
    for node in graph.node:
        turns = outer * _trips(node, limits)
        if turns > MAX_TURNS:
            raise ModelError(
                f"a {node.op_type} in it may never end, or turns more than {MAX_TURNS} times",
                mend="export it without loops (unrolled, or the loop left to the caller)",
            )
        for body in subgraphs(node):
            _check_turns(body, turns)


def _trips(node: NodeProto, limits: dict[str, TensorProto]) -> int:
    """How often a node runs its bodies: a Loop as a constant beside it says; a Scan's length is not looked for."""
    if node.op_type not in {"Loop", "Scan"}:
        return 1
    limit = limits.get(node.input[0]) if node.op_type == "Loop" and node.input else None
    if limit is None or limit.data_type != TensorProto.INT64:
        return MAX_TURNS + 1
    said = list(limit.int64_data) or [int.from_bytes(limit.raw_data, "little", signed=True)]
    return max(1, said[0]) if len(said) == 1 else MAX_TURNS + 1


def _whole_constants(graph: GraphProto) -> dict[str, TensorProto]:
    """Weights and constants of whole numbers that lie in the file itself."""
    made = {node.output[0]: item.t for node in graph.node for item in node.attribute if _is_constant(node, item.name)}
    known = {weight.name: weight for weight in graph.initializer} | made
    whole = {TensorProto.INT64, TensorProto.INT32}
    return {name: t for name, t in known.items() if t.data_type in whole and t.data_location != TensorProto.EXTERNAL}


def _is_constant(node: NodeProto, attribute: str) -> bool:
    return node.op_type == "Constant" and attribute == "value" and len(node.output) == 1


def check_shape_numbers(graph: GraphProto) -> None:
    """Refuse what shape inference, which computes with shapes, could not hold: thirty Concats that double one.

    Local functions must be written out already. Raises ModelError.
    """
    total = _shape_numbers(graph, {})
    if total > MAX_SHAPE_NUMBERS:
        raise ModelError(f"it computes with {total:,} whole numbers as shapes", mend="export it with fixed shapes")


def _shape_numbers(graph: GraphProto, outside: Mapping[str, int]) -> int:
    """How many numbers are carried along, at most, here and in inner bodies."""
    carried = {**outside, **{name: int(prod(weight.dims)) for name, weight in _whole_constants(graph).items()}}
    total = 0
    for node in graph.node:
        length = _length(node, carried)
        carried |= dict.fromkeys(node.output, length)
        total += length + sum(_shape_numbers(body, carried) for body in subgraphs(node))
    return total


def _length(node: NodeProto, carried: Mapping[str, int]) -> int:
    """How many whole numbers shape inference may know of a node's output."""
    if node.op_type in {"Shape", "Size"}:
        return SHAPE_RANK
    if node.op_type == "Constant":
        return carried.get(next(iter(node.output), ""), 0)
    lengths = [carried.get(name, 0) for name in node.input if node.op_type in CARRIED]
    return sum(lengths) if node.op_type == "Concat" else max(lengths, default=0)


def _check_functions(model: ModelProto) -> None:
    """Local functions end, and are not a bomb once each call is written out."""
    bodies = {_name(function): list(_nodes(function.node)) for function in model.functions}
    calls = {name: {_called(node) for node in nodes} & bodies.keys() for name, nodes in bodies.items()}
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError as error:
        raise ModelError("its local functions call each other without end", mend="export without them") from error
    written: dict[FunctionKey, int] = {}
    depth: dict[FunctionKey, int] = {}
    for name in order:
        written[name] = _written_out(bodies[name], written)
        depth[name] = 1 + max((depth[called] for called in calls[name]), default=0)
    if max(depth.values(), default=0) > MAX_DEPTH or _written_out(_nodes(model.graph.node), written) > MAX_WRITTEN:
        raise ModelError("its local functions grow beyond all measure", mend="export without local functions")


def _nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    return all_nodes(GraphProto(node=nodes))


def _written_out(nodes: Iterable[NodeProto], written: dict[FunctionKey, int]) -> int:
    """Bytes of the nodes once each call is replaced by what it calls."""
    return sum(written.get(_called(node), 0) + node.ByteSize() + NODE_BYTES for node in nodes)


def _name(function: FunctionProto) -> FunctionKey:
    return function.domain, function.name, function.overload


def _called(node: NodeProto) -> FunctionKey:
    return node.domain, node.op_type, node.overload
