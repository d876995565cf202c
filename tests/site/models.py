"""Tiny ONNX models whose right card is known: they look at the mean blue of a picture."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from appliance.parts.types import Verdict
from tests.parts.pictures import save

SIDE = 8
BLUE_MEAN = 0.406  # ImageNet's; a picture with more blue than this is NG
BLUE = {Verdict.OK: 0.36, Verdict.NG: 0.45}


def blue_model(
    path: Path, *, ok_first: bool = True, gain: float = 6.0, outputs: int = 2, batch: int | None = None
) -> Path:
    """A model trained on ImageNet's normalisation in RGB: logit of NG = gain x sin(2 pi mean normalised blue).

    The sine makes it a network's equal in what matters here: numbers of another scale give nonsense, not certainty.
    """
    weight = np.zeros((3, outputs), np.float32)
    weight[2, -1 if ok_first else 0] = 1.0
    turn, size = np.float32(2 * np.pi), np.float32(gain)
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight"], ["blue"]),
        helper.make_node("Mul", ["blue", "turn"], ["turned"]),
        helper.make_node("Sin", ["turned"], ["wave"]),
        helper.make_node("Mul", ["wave", "size"], ["scores"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch or "n", 3, SIDE, SIDE])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch or "n", outputs])
    graph = helper.make_graph(nodes, "blue", [image], [scores], _constants(weight=weight, turn=turn, size=size))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def _constants(**values: np.ndarray | np.generic) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def blue_part(path: Path, verdict: Verdict, seed: int) -> Path:
    """A noisy picture of the verdict's blue; its red would say the contrary."""
    draw = np.random.default_rng(seed)
    picture = np.empty((12, 10, 3))
    picture[...] = (0.8 - BLUE[verdict], 0.5, BLUE[verdict])
    picture += draw.normal(0, 0.05, picture.shape)
    return save(path, np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8))


def blue_parts(root: Path, count: int = 8) -> Path:
    """A folder of `count` OK and `count` NG parts."""
    for seed in range(count):
        blue_part(root / "good" / f"{seed}.png", Verdict.OK, seed)
        blue_part(root / "bad" / f"{seed}.png", Verdict.NG, 1000 + seed)
    return root
