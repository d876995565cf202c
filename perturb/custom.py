"""Perturbations that a site writes into its own file: composites, and any Albumentations transform."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.applied import apply
from perturb.camera import Camera
from perturb.composites import composite
from perturb.cv import as_pixels
from perturb.errors import PerturbError
from perturb.frame import Context
from perturb.registry import PERTURBATIONS
from perturb.transfer import quantise, white
from perturb.types import Condition, Group, Perturbation, Scene, Seed

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


def set_own(tables: Sequence[Mapping[str, Any]], *, file: str = "") -> tuple[Perturbation, ...]:
    """Make the `[[perturbations]]` tables of one site, and no other's, known in this process, in their order.

    PerturbError names the file and the key.
    """
    for name in [item.name for item in PERTURBATIONS.values() if item.own]:
        del PERTURBATIONS[name]
    return tuple(register(table, file=file) for table in tables)


def register(table: Mapping[str, Any], *, file: str = "") -> Perturbation:
    """Read one `[[perturbations]]` table of a site file and make it known by its name in this process.

    With `members = {name = severity at share 1, ...}` it is a composite. With `transform` (what
    `albumentations.to_dict` wrote, as a table or as JSON text) it is that transform; `parameter` names the argument
    that the severity sets, without it the severity is the share at which the result is blended over the picture.
    PerturbError names file and key.
    """
    name = table.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        mend = 'small letters, digits and single hyphens, such as name = "coolant-fog"'
        raise PerturbError(f"perturbations.name: {name!r} is no name", file=file, mend=mend)
    if name in PERTURBATIONS:
        known = "is declared twice" if PERTURBATIONS[name].own else "is one of the package's own"
        raise PerturbError(f"perturbations.{name}.name: {name} {known}", file=file, mend="choose another name")
    try:
        made = _read(dict(table))
    except PerturbError as error:
        raise PerturbError(f"perturbations.{name}.{error.what}", file=file, mend=error.mend) from error
    PERTURBATIONS[made.name] = made
    return made


def _read(table: dict[str, Any]) -> Perturbation:
    """A perturbation of a table; its errors begin with the key."""
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise PerturbError(f"{unknown[0]}: an unknown key", mend=f"keys are {', '.join(sorted(_KEYS))}")
    if ("members" in table) == ("transform" in table):
        raise PerturbError("transform: give members or transform", mend="one of the two")
    return _from_members(table) if "members" in table else _from_transform(table)


def _from_members(table: dict[str, Any]) -> Perturbation:
    try:
        made = composite(table["name"], dict(table["members"]), PERTURBATIONS, str(table.get("summary", "")))
    except PerturbError as error:
        raise PerturbError(f"members: {error.what}", mend=error.mend) from error
    for key in ("neutral", "limits", "unit", "group", "parameter"):
        if key in table:
            raise PerturbError(f"{key}: a composite has a share from 0 to 1, no {key} of its own", mend="take it out")
    levels = _levels(table) if "levels" in table else made.levels
    summary = made.summary or made.reasons.removeprefix("fifths of the way to the bad day: ")
    if levels[4] > 1.0:
        raise PerturbError("levels: a composite goes to share 1", mend="five shares up to 1.0, weakest first")
    source = "the site's own file; each member by its own source"
    return replace(made, levels=levels, summary=summary, own=True, source=source)


def _levels(table: dict[str, Any]) -> tuple[float, float, float, float, float]:
    given = table.get("levels")
    if not isinstance(given, list | tuple) or len(given) != 5 or not all(isinstance(v, int | float) for v in given):
        raise PerturbError("levels: not five numbers", mend="five, weakest first")
    away = [abs(float(v) - float(table.get("neutral", 0.0))) for v in given]
    if away != sorted(set(away)) or away[0] == 0:
        raise PerturbError("levels: they do not move away from neutral", mend="weakest first")
    a, b, c, d, e = (float(v) for v in given)
    return a, b, c, d, e


def _from_transform(table: dict[str, Any]) -> Perturbation:
    recipe = _Recipe(_serialised(table["transform"]), str(table.get("parameter", _BLEND)))
    levels = _levels(table)
    neutral = float(table.get("neutral", 0.0))
    low, high = table.get("limits") or (min(*levels, neutral), max(*levels, neutral))
    if not all(low <= value <= high for value in (*levels, neutral)):
        raise PerturbError(f"limits: levels or neutral lie outside {low:g} to {high:g}", mend="widen the limits")
    made = Perturbation(
        table["name"], _group(table), str(table.get("unit", "share")), levels, neutral, partial(_render, recipe),
        frozenset(table.get("needs", ())), str(table.get("summary", "")) or _title(recipe), (float(low), float(high)),
        "set by the site", own=True,
    )  # fmt: skip
    for level in levels:
        _transform(recipe, level)
    return made


def _serialised(transform: object) -> str:
    """The transform as canonical JSON text, whether a table or such text stands in the file."""
    try:
        read = json.loads(transform) if isinstance(transform, str) else transform
    except json.JSONDecodeError as error:
        raise PerturbError(f"transform: not JSON: {error}", mend="paste what albumentations.to_dict wrote") from error
    if not isinstance(read, dict):
        raise PerturbError("transform: not a table", mend="write it as albumentations.to_dict gives it")
    return json.dumps(read, sort_keys=True)


def _title(recipe: _Recipe) -> str:
    read = json.loads(recipe.text)
    return f"Albumentations' {read.get('transform', read).get('__class_fullname__', 'transform')}."


def _group(table: dict[str, Any]) -> Group:
    try:
        return Group(table.get("group", "part"))
    except ValueError:
        mend = f"one of {', '.join(Group)}"
        raise PerturbError(f"group: {table['group']!r} is unknown", mend=mend) from None


def albumentations() -> Any:
    """The library, imported on first use with its look for updates switched off: a node has no network."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as library

    return library


@lru_cache(maxsize=64)
def _transform(recipe: _Recipe, severity: float) -> Any:
    """The pipeline at a severity; PerturbError if it cannot be built or a severity cannot drive it."""
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
            f"transform: Albumentations cannot build {inner.get('__class_fullname__')}: {' '.join(str(error).split())}",
            mend="write the transform as albumentations.to_dict gives it",
        ) from error
    if recipe.parameter == _BLEND and isinstance(transform, library.DualTransform):
        raise PerturbError(
            f"parameter: {inner['__class_fullname__']} moves the part, which cannot be blended", mend="name a parameter"
        )
    return library.Compose([transform])


def _set(inner: dict[str, Any], parameter: str, severity: float) -> None:
    """Put the severity where the transform's argument stands; a range becomes (severity, severity)."""
    if parameter not in inner:
        mend = f"one of {', '.join(sorted(k for k in inner if not k.startswith('__')))}"
        raise PerturbError(f"parameter: {inner.get('__class_fullname__')} has no {parameter!r}", mend=mend)
    old = inner[parameter]
    if isinstance(old, list | tuple):
        inner[parameter] = [severity] * len(old)
    else:
        inner[parameter] = round(severity) if isinstance(old, int) and not isinstance(old, bool) else severity


_FAILURES = (
    cv2.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a transform that cannot work on a picture raises."""


def _render(recipe: _Recipe, scene: Scene, severity: float, context: Context) -> Scene:
    """The transform on the picture, its mask with it, seeded by the rule of this package."""
    pipeline = _transform(recipe, severity)
    pipeline.set_random_seed(int(context.rng().integers(2**31)))
    image = scene.pixels.copy() if scene.bits == 8 else scene.pixels.astype(np.float32) / np.float32(white(scene.bits))
    given = {"image": image} if scene.mask is None else {"image": image, "mask": scene.mask.astype(np.uint8)}
    try:
        done = pipeline(**given)
    except _FAILURES as error:
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
            f"{context.name}: the transform made {image.shape} of {scene.pixels.shape}",
            mend="use a transform that keeps the size",
        )
    if mask is not None and scene.mask is not None and _label_lost(scene.mask, mask):
        raise PerturbError(
            f"{context.name}: the transform took the defect away", mend="use a weaker transform, or weaker levels"
        )
    moved = mask is not None and scene.mask is not None and not np.array_equal(mask, scene.mask)
    if moved and share < 1.0:
        raise PerturbError(
            f"{context.name}: the transform moves the part, which cannot be blended", mend="name a parameter"
        )
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


def trial(perturbation: Perturbation, scene: Scene, camera: Camera | None = None, *, file: str = "") -> None:
    """Apply all five levels to a picture; PerturbError naming file and key where that fails or changes the label."""
    if "colour" in perturbation.needs and scene.pixels.ndim == 2:
        return
    for level in perturbation.levels:
        try:
            apply(scene, Condition(perturbation.name, level), Seed(0, "trial"), camera)
        except PerturbError as error:
            what = error.what.removeprefix(f"{perturbation.name}: ")
            where = f"perturbations.{perturbation.name}.transform at {level:g} {perturbation.unit}"
            raise PerturbError(f"{where}: {what}", file=file, mend=error.mend) from error
