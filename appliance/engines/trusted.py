"""The bytes that were hashed are the bytes that run; what precision they hold."""

import hashlib
from functools import lru_cache

import onnx
from onnx import TensorProto

from appliance.errors import InputRefused
from models.graph import all_nodes, parse
from models.types import Member

QUANTISED = frozenset(
    {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}
)
PRECISIONS = {TensorProto.FLOAT16: "fp16", TensorProto.BFLOAT16: "bf16"}


def trusted_bytes(member: Member) -> bytes:
    """The model file's bytes, once their sha256 is the manifest's. Raises InputRefused."""
    try:
        data = member.file.read_bytes()
    except OSError as error:
        raise InputRefused(f"cannot read the model: {error.strerror}", file=str(member.file)) from error
    if hashlib.sha256(data).hexdigest() != member.sha256:
        raise InputRefused(
            "the file is not the one the manifest names (sha256 differs)",
            file=str(member.file),
            mend="restore the file, or accept the new one with `inspect-eval models card`",
        )
    return data


@lru_cache(maxsize=256)
def file_precision(member: Member) -> str:
    """What the file's own numbers are: int8 where it is quantised, fp16 or bf16 where most weights are, else fp32."""
    return graph_precision(parse(trusted_bytes(member)))


def graph_precision(model: onnx.ModelProto) -> str:
    """The precision of a parsed model, by its operators and by where most of its weight elements are."""
    if any(node.op_type in QUANTISED for node in all_nodes(model.graph)):
        return "int8"
    held: dict[str, int] = {}
    for weight in model.graph.initializer:
        name = PRECISIONS.get(weight.data_type, "fp32")
        held[name] = held.get(name, 0) + _elements(weight)
    return max(held, key=lambda name: held[name], default="fp32")


def _elements(weight: TensorProto) -> int:
    count = 1
    for axis in weight.dims:
        count *= axis
    return count
