"""Small ONNX graphs written out as text, with weights from arrays, and a family of them on disk."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto

from models.card import draft_family
from models.family import write_family
from models.types import Family

Weights = dict[str, NDArray[np.generic]]
SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def graph(text: str, weights: Weights | None = None, *, opset: int = 17, domains: tuple[str, ...] = ()) -> ModelProto:
    """A model from ONNX's text form of one graph; `weights` become initializers."""
    sets = ", ".join([f'"": {opset}', *(f'"{domain}": 1' for domain in domains)])
    model = onnx.parser.parse_model(f"<ir_version: 8, opset_import: [{sets}]>\n{text}")
    for name, values in (weights or {}).items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
    return model


def classifier(columns: int = 2, width: int = 4, *, end: str = "Identity", batch: str = "N") -> ModelProto:
    """A convolution, a mean over the picture and a linear layer: float32 NCHW (batch, 3, 8, 8) to (batch, columns)."""
    draw = np.random.default_rng(width)
    weights: Weights = {
        "w": draw.normal(size=(width, 3, 3, 3)).astype(np.float32),
        "b": draw.normal(size=width).astype(np.float32),
        "v": draw.normal(size=(columns, width)).astype(np.float32),
        "c": draw.normal(size=columns).astype(np.float32),
    }
    text = f"""net (float[{batch},3,8,8] image) => (float[{batch},{columns}] scores) {{
        x = Conv <pads = [1,1,1,1]> (image, w, b)
        m = GlobalAveragePool (x)
        f = Flatten (m)
        g = Gemm <transB = 1> (f, v, c)
        scores = {end} (g)
    }}"""
    return graph(text, weights)


def save(model: ModelProto, path: Path) -> Path:
    """The model as a file, without asking the checker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def family_in(folder: Path, widths: dict[str, int] | None = None) -> Family:
    """A drafted family of small classifiers `net-<name>.onnx` in `folder`, with its family.toml."""
    for name, width in (widths or {"s": 2, "l": 8}).items():
        save(classifier(width=width), folder / f"net-{name}.onnx")
    family, _ = draft_family(folder)
    write_family(folder / "family.toml", family)
    return family
