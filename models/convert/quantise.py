"""int8: quantise and dequantise pairs (QDQ) that every runtime here reads, ranges calibrated on pictures of the line.

Symmetric and with float biases, for TensorRT takes no other; per channel of the weights.
"""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.graph import one_line

METHODS = ("minmax", "entropy", "percentile")
"""How the range of an activation is found from what it was on the calibration pictures."""

Batches = Sequence[NDArray[np.generic]]


def to_int8(source: Path, out: Path, input_name: str, batches: Batches, method: str = "minmax") -> None:
    """Write `source` quantised to int8; `batches` are inputs (n, ...) as the model takes them.

    Raises ModelError where the method is unknown or the model cannot be quantised.
    """
    if method not in METHODS:
        raise ModelError(f"there is no calibration {method!r}", mend=f"use {', '.join(METHODS)}")
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ways = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.onnx"
        try:
            quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
            quantize_static(
                str(ready),
                str(out),
                _Reader(input_name, batches),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=ways[method],
                extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
            )
        except _errors() as error:
            mend = "quantise it with the tool that exported it"
            raise ModelError(f"cannot be quantised: {one_line(error)}", file=str(source), mend=mend) from error


def _errors() -> tuple[type[Exception], ...]:
    """What the quantiser and the runtime it calibrates with raise for a model that will not do."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "NotImplemented", "RuntimeException")
    return (ValueError, TypeError, RuntimeError, AttributeError, KeyError, *(getattr(state, name) for name in names))


class _Reader:
    """What the quantiser asks for inputs: the next batch, or None."""

    def __init__(self, input_name: str, batches: Batches) -> None:
        self._name, self._batches = input_name, batches
        self._left: Iterator[NDArray[np.generic]] = iter(batches)

    def get_next(self) -> dict[str, Any] | None:
        batch = next(self._left, None)
        return None if batch is None else {self._name: batch}

    def rewind(self) -> None:
        self._left = iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser logs its own doings on the root logger; our users asked for one sentence."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
