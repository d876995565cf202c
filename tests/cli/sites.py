"""A whole small site made on the spot: bright parts are NG, and three ONNX members that measure brightness."""

from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from appliance.parts.manifest import hash_parts, write_manifest
from appliance.parts.read import read_parts
from appliance.site import Site
from appliance.site_file import write_site
from models.facts import inspect
from models.family import sha256_of, write_family
from models.types import Card, Family, Member

SIDE = 16


def write_model(path: Path, sharpness: float, width: int, *, classes: int = 2) -> None:
    """logits = sharpness * (mean brightness - 0.5) * (-1, +1), behind `width` filters so that sizes differ."""
    rng = np.random.default_rng(width)
    filters = rng.uniform(0.5, 1.5, (width, 3, 3, 3)).astype(np.float32)
    filters /= filters.sum(axis=(1, 2, 3), keepdims=True)
    head = np.tile(np.array([[-sharpness], [sharpness]], np.float32), (1, width)) / width
    bias = np.array([sharpness, -sharpness], np.float32) * 0.5
    if classes != 2:
        head, bias = np.zeros((classes, width), np.float32), np.zeros(classes, np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "filters"], ["seen"], kernel_shape=[3, 3]),
        helper.make_node("GlobalAveragePool", ["seen"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head", "bias"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(a, n) for a, n in ((filters, "filters"), (head, "head"), (bias, "bias"))],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_models(folder: Path) -> tuple[Path, ...]:
    """tiny, middle and large, of growing sharpness."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"bright-{name}.onnx" for name in ("s", "m", "l")]
    for n, path in enumerate(paths):
        write_model(path, 4.0 * (n + 1), 2 * 4**n)
    return tuple(paths)


def write_pictures(folder: Path, count: int = 24) -> None:
    """Half OK (dark), half NG (bright), a few close to the middle."""
    rng = np.random.default_rng(5)
    for n in range(count):
        ng = n % 2 == 1
        level = rng.uniform(140, 220) if ng else rng.uniform(30, 115)
        picture = np.clip(rng.normal(level, 12, (40, 48, 3)), 0, 255).astype(np.uint8)
        path = folder / ("NG" if ng else "OK") / f"part-{n:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture)


def member_of(path: Path, name: str) -> Member:
    facts = inspect(path)
    card = Card("image", "logits", SIDE, SIDE)
    return Member(name, path, sha256_of(path), facts.params, facts.macs, facts.activations, card)


def write_whole_site(folder: Path, **sections: dict[str, object]) -> Site:
    """Parts, models, family.toml, manifest and site.toml under `folder`; returns the site in `folder`/site."""
    write_pictures(folder / "parts")
    paths = write_models(folder / "models")
    values: dict[str, dict[str, object]] = {
        "parts": {"path": "../parts", "layout": "folders", "ok": ["OK"], "ng": ["NG"]},
        "family": {"path": "../models"},
        "limits": {"escape_rate": 0.5, "overkill_rate": 0.5},
        "audit": {"conditions": [{"name": "intensity", "severity": 0.7}, {"name": "jpeg", "severity": 20.0}]},
    }
    for name, section in sections.items():
        values.setdefault(name, {}).update(section)
    site = write_site(folder / "site", values)
    members = tuple(member_of(path, path.stem.split("-")[1]) for path in paths)
    write_family(site.card_path, Family("bright", folder / "models", members))
    write_manifest(site.manifest_path, hash_parts(read_parts(site).parts).sha256)
    return site
