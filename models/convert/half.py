"""fp16: weights and arithmetic in half precision, input and output as before."""

import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from models.errors import ModelError, ModelLacks
from models.graph import one_line

MEND = "pip install 'inspect-eval[convert]'"
LARGEST, SMALLEST = 65504.0, 2.0**-24
"""The finite range of half precision (IEEE 754 binary16), subnormal numbers included."""


def to_half(source: Path, out: Path) -> None:
    """Write `source` with half-precision weights and arithmetic. Raises ModelError where it cannot be converted."""
    try:
        from onnxconverter_common.float16 import convert_float_to_float16
    except ImportError as error:
        raise ModelLacks("the converter to fp16 is not installed", mend=MEND) from error
    model = onnx.load(str(source))
    _refuse_large(model, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells of every weight that is nearly zero
            half = convert_float_to_float16(model, SMALLEST, LARGEST, keep_io_types=True)
        onnx.checker.check_model(half, full_check=True)
    except (
        ValueError,
        TypeError,
        RuntimeError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        mend = "convert it with the tool that exported it"
        raise ModelError(f"cannot be converted to fp16: {one_line(error)}", file=str(source), mend=mend) from error
    onnx.save(half, str(out))


def _refuse_large(model: onnx.ModelProto, source: Path) -> None:
    for weight in model.graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT:
            most = float(np.abs(numpy_helper.to_array(weight)).max(initial=0.0))
            if most > LARGEST:
                what = f"weight {weight.name!r} holds {most:.3g}, more than fp16 can ({LARGEST:.0f})"
                raise ModelError(what, file=str(source), mend="keep this member in fp32, or try --to int8")
