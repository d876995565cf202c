"""The folder of a family: manifest, reference scores, record of the training."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from models.facts import inspect
from models.family import FAMILY_FILE, sha256_of, write_family
from models.preprocess import preprocess_batch
from models.render import render_part
from models.train.data import REFERENCE_SEED
from models.train.export import CARD
from models.types import Family, Member

REFERENCES = 16


def member(path: Path) -> Member:
    """What the manifest says of one exported file."""
    facts = inspect(path)
    return Member(path.stem, path, sha256_of(path), facts.params, facts.macs, facts.activations, CARD)


def reference(path: Path) -> NDArray[np.float32]:
    """Logits (16, 2) of the first 16 parts of the reference seed, through ONNX Runtime on the CPU."""
    pictures = [render_part(REFERENCE_SEED, index).pixels for index in range(REFERENCES)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {CARD.input_name: preprocess_batch(pictures, 8, CARD)}
    return np.asarray(session.run([CARD.output_name], inputs)[0], np.float32)


def write_folder(folder: Path, name: str, notes: str, files: Sequence[Path], record: dict[str, Any]) -> None:
    """The manifest, the reference scores and the record of a family beside its files."""
    members = tuple(sorted((member(path) for path in files), key=lambda one: (one.macs, one.params)))
    write_family(folder / FAMILY_FILE, Family(name, folder, members, notes))
    logits = {path.stem: reference(path).round(6).tolist() for path in files}
    labels = [render_part(REFERENCE_SEED, index).label for index in range(REFERENCES)]
    write_json(folder / "reference.json", {"seed": REFERENCE_SEED, "labels": labels, "logits": logits})
    write_json(folder / "record.json", record | {"versions": versions(), "card": asdict(CARD)})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Indented, with a last newline."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Versions that the numbers of a training depend on."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
