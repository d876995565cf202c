"""Perturbations that a site writes into its own file: composites, and any Albumentations transform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturb.composites import composite
from perturb.cv import as_pixels
from perturb.errors import PerturbError
from perturb.frame import Context
from perturb.registry import PERTURBATIONS
from perturb.transfer import quantise, white
from perturb.types import Group, Perturbation, Scene

_KEYS = {
    "name",
    "group",
    "unit",
    "levels",
    "neutral",
    "limits",
    "parameter",
    "transform",
    "members",
    "summary",
    "needs",
}
_BLEND = ""


@dataclass(frozen=True)
class _Recipe:
    """A serialised transform as JSON text (hashable), and the parameter that the severity sets."""

    text: str
    parameter: str


def register(table: Mapping[str, Any], *, file: str = "") -> Perturbation:
    """Read one `[[perturbation]]` table of a site file and make it known by its name in this process.

    With `members = {name = severity at share 1, ...}` it is a composite. With `transform` (what
    `albumentations.to_dict` wrote) it is that transform; `parameter` names the argument that the severity sets,
    without it the severity is the share at which the result is blended over the picture. PerturbError names file
    and key.
    """
    known = _read(dict(table), file)
    shipped = PERTURBATIONS.get(known.name)
    if shipped is not None and not shipped.reasons.startswith(_OWN):
        raise PerturbError(
            f"perturbation {known.name} is one of the package's own", file=file, mend="choose another name"
        )
    PERTURBATIONS[known.name] = known
    return known


_OWN = "set by the site"


def _read(table: dict[str, Any], file: str) -> Perturbation:
    unknown = sorted(set(table) - _KEYS)
    if unknown or not isinstance(table.get("name"), str):
        wrong = f"unknown key {unknown[0]}" if unknown else "name is missing"
        raise PerturbError(f"perturbation: {wrong}", file=file, mend=f"keys are {', '.join(sorted(_KEYS))}")
    if ("members" in table) == ("transform" in table):
        raise PerturbError(f"perturbation {table['name']}: give members or transform", file=file, mend="one of the two")
    try:
        return _from_members(table) if "members" in table else _from_transform(table)
    except PerturbError as error:
        raise PerturbError(error.what, file=file, mend=error.mend) from error


def _from_members(table: dict[str, Any]) -> Perturbation:
    made = composite(table["name"], dict(table["members"]), PERTURBATIONS, str(table.get("summary", "")))
    levels = _levels(table) if "levels" in table else made.levels
    return replace(made, levels=levels, reasons=f"{_OWN}; {made.reasons}")


def _levels(table: dict[str, Any]) -> tuple[float, float, float, float, float]:
    given = table.get("levels")
    if not isinstance(given, list) or len(given) != 5 or not all(isinstance(v, int | float) for v in given):
        raise PerturbError(f"perturbation {table['name']}: levels are not five numbers", mend="five, weakest first")
    away = [abs(float(v) - float(table.get("neutral", 0.0))) for v in given]
    if away != sorted(set(away)) or away[0] == 0:
        raise PerturbError(f"perturbation {table['name']}: levels do not move away from neutral", mend="weakest first")
    a, b, c, d, e = (float(v) for v in given)
    return a, b, c, d, e


def _from_transform(table: dict[str, Any]) -> Perturbation:
    import json

    recipe = _Recipe(json.dumps(table["transform"], sort_keys=True), str(table.get("parameter", _BLEND)))
    levels = _levels(table)
    neutral = float(table.get("neutral", 0.0))
    low, high = table.get("limits", (min(*levels, neutral), max(*levels, neutral)))
    made = Perturbation(
        table["name"], _group(table), str(table.get("unit", "share")), levels, neutral, partial(_render, recipe),
        frozenset(table.get("needs", ())), str(table.get("summary", "")), (float(low), float(high)), _OWN,
    )  # fmt: skip
    for level in levels:
        _transform(recipe, level)
    return made


def _group(table: dict[str, Any]) -> Group:
    try:
        return Group(table.get("group", "part"))
    except ValueError:
        mend = f"one of {', '.join(Group)}"
        raise PerturbError(f"perturbation {table['name']}: group {table['group']!r} is unknown", mend=mend) from None


def albumentations() -> Any:
    """The library, imported on first use with its look for updates switched off: a node has no network."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as library

    return library


@lru_cache(maxsize=64)
def _transform(recipe: _Recipe, severity: float) -> Any:
    """The pipeline at a severity; PerturbError if it cannot be built or a severity cannot drive it."""
    import json
    import warnings

    library = albumentations()
    serialised = json.loads(recipe.text)
    inner = serialised.get("transform", serialised)
    if recipe.parameter != _BLEND:
        _set(inner, recipe.parameter, severity)
    inner["p"] = 1.0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            transform = library.from_dict({"__version__": library.__version__, "transform": inner})
    except (KeyError, TypeError, ValueError, UserWarning) as error:
        raise PerturbError(
            f"Albumentations cannot build {inner.get('__class_fullname__')}: {' '.join(str(error).split())}",
            mend="write the transform as albumentations.to_dict gives it",
        ) from error
    if recipe.parameter == _BLEND and isinstance(transform, library.DualTransform):
        raise PerturbError(
            f"{inner['__class_fullname__']} moves the part, which cannot be blended", mend="name a parameter"
        )
    return library.Compose([transform])


def _set(inner: dict[str, Any], parameter: str, severity: float) -> None:
    """Put the severity where the transform's argument stands; a range becomes (severity, severity)."""
    if parameter not in inner:
        mend = f"one of {', '.join(sorted(k for k in inner if not k.startswith('__')))}"
        raise PerturbError(f"{inner.get('__class_fullname__')} has no parameter {parameter!r}", mend=mend)
    old = inner[parameter]
    if isinstance(old, list | tuple):
        inner[parameter] = [severity] * len(old)
    else:
        inner[parameter] = round(severity) if isinstance(old, int) and not isinstance(old, bool) else severity


def _render(recipe: _Recipe, scene: Scene, severity: float, context: Context) -> Scene:
    """The transform on the picture, its mask with it, seeded by the rule of this package."""
    pipeline = _transform(recipe, severity)
    pipeline.set_random_seed(int(context.rng().integers(2**31)))
    image = scene.pixels if scene.bits == 8 else scene.pixels.astype(np.float32) / np.float32(white(scene.bits))
    given = {"image": image} if scene.mask is None else {"image": image, "mask": scene.mask.astype(np.uint8)}
    try:
        done = pipeline(**given)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise PerturbError(
            f"{context.name}: the Albumentations transform failed: {' '.join(str(error).split())}",
            mend="try it on one picture with albumentations alone",
        ) from error
    mask = None if scene.mask is None else done["mask"].astype(np.bool_)
    return _checked(scene, done["image"], mask, severity if recipe.parameter == _BLEND else 1.0, context)


def _checked(
    scene: Scene, image: NDArray[Any], mask: NDArray[np.bool_] | None, share: float, context: Context
) -> Scene:
    """The scene with the result in it; PerturbError if shape or label are not what they were."""
    if image.shape != scene.pixels.shape:
        raise PerturbError(
            f"{context.name}: the transform made {image.shape} of {scene.pixels.shape}", mend="one that keeps the size"
        )
    if mask is not None and scene.mask is not None and _label_lost(scene.mask, mask):
        raise PerturbError(f"{context.name}: the transform took the defect away", mend="a weaker transform")
    moved = mask is not None and scene.mask is not None and not np.array_equal(mask, scene.mask)
    if scene.boxes is not None and moved:
        raise PerturbError(f"{context.name}: boxes cannot follow this transform", mend="use the package's own pose")
    full = white(scene.bits)
    result = np.asarray(image, dtype=np.float32) / np.float32(255 if image.dtype == np.uint8 else 1)
    pixels = as_pixels(image)
    if share < 1.0 or image.dtype != scene.pixels.dtype:
        before = scene.pixels.astype(np.float32) / np.float32(full)
        blended = np.asarray(before + np.float32(share) * (result - before), dtype=np.float32)
        pixels = quantise(blended, scene.bits)
    return Scene(pixels, scene.bits, mask if moved else scene.mask, scene.boxes)


_LEAST_SHARE = 0.5


def _label_lost(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> bool:
    """Whether less than half of the defect's pixels are left."""
    return float(after.sum()) < _LEAST_SHARE * float(before.sum())
