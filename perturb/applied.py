"""One entry for every condition: check, perturb, hand back a scene that shares no memory with the first."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from perturb.camera import Camera, load_camera
from perturb.errors import PerturbError
from perturb.frame import Context
from perturb.registry import PERTURBATIONS
from perturb.types import Condition, Perturbation, Scene, Seed

_SMALLEST = 8
"""px; OpenCV never comes back from mirroring the border of a picture of one row."""


@lru_cache(maxsize=1)
def default_camera() -> Camera:
    """The profile `common`."""
    return load_camera("common")


def apply(scene: Scene, condition: Condition, seed: Seed, camera: Camera | None = None) -> Scene:
    """The scene under the condition; same dtype, shape and depth, nothing shared with the input.

    The condition's repeat, where it has one, goes before the seed's. PerturbError for an unknown name, a severity
    out of range or in another unit, a picture of unsupported depth, a mask of another size, mono where colour is
    needed.
    """
    check_scene(scene)
    if condition.name == "clean":
        return copied(scene)
    perturbation = find(condition)
    check_severity(perturbation, condition)
    if "colour" in perturbation.needs and scene.pixels.ndim == 2:
        raise PerturbError(
            f"{condition.name} needs a colour picture, this one is mono", mend="leave it out of the suite"
        )
    if condition.severity == perturbation.neutral:
        return copied(scene)
    drawn = replace(seed, repeat=condition.repeat) if condition.repeat else seed
    context = Context(condition.name, drawn, camera or default_camera(), perturbation.levels[4])
    return _own(perturbation.render(scene, condition.severity, context), scene)


def _own(done: Scene, scene: Scene) -> Scene:
    """The result with labels of its own where the perturbation left them as they were."""
    mask = None if done.mask is None else done.mask.copy() if done.mask is scene.mask else done.mask
    boxes = None if done.boxes is None else done.boxes.copy() if done.boxes is scene.boxes else done.boxes
    return Scene(done.pixels, scene.bits, mask, boxes)


def copied(scene: Scene) -> Scene:
    """The same scene in memory of its own."""
    mask = None if scene.mask is None else scene.mask.copy()
    boxes = None if scene.boxes is None else scene.boxes.copy()
    return Scene(scene.pixels.copy(), scene.bits, mask, boxes)


def find(condition: Condition) -> Perturbation:
    """The perturbation that the condition names; PerturbError with the nearest names if there is none."""
    found = PERTURBATIONS.get(condition.name)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(condition.name, PERTURBATIONS, n=3, cutoff=0.4)
        mend = f"did you mean {' or '.join(near)}?" if near else "see the list of perturbations"
        raise PerturbError(f"no perturbation {condition.name!r}", mend=mend)
    return found


def check_severity(perturbation: Perturbation, condition: Condition) -> None:
    """PerturbError unless the severity is within the limits and in the perturbation's own unit."""
    low, high = perturbation.limits
    if not low <= condition.severity <= high:
        raise PerturbError(
            f"{condition.name}: severity {condition.severity:g} {perturbation.unit} is out of range",
            mend=f"{low:g} to {high:g} {perturbation.unit}, {perturbation.neutral:g} leaves the picture as it is",
        )
    if condition.unit not in {"", perturbation.unit}:
        raise PerturbError(f"{condition.name} is given in {condition.unit!r}", mend=f"give it in {perturbation.unit!r}")


def check_scene(scene: Scene) -> None:
    """PerturbError unless pixels, depth and labels fit together."""
    pixels, bits = scene.pixels, scene.bits
    deep = pixels.dtype == np.uint16 and 9 <= bits <= 16
    if not (deep or (pixels.dtype == np.uint8 and bits == 8)):
        raise PerturbError(
            f"a picture of {pixels.dtype} with {bits} bits is not supported",
            mend="uint8 with 8 bits, or uint16 with 9 to 16",
        )
    if pixels.ndim not in {2, 3} or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise PerturbError(f"a picture of shape {pixels.shape} is not supported", mend="(h, w) or (h, w, 3) in RGB")
    if min(pixels.shape[:2]) < _SMALLEST:
        raise PerturbError(f"a picture of {pixels.shape[:2]} is too small", mend=f"{_SMALLEST} px a side or more")
    if scene.mask is not None and scene.mask.shape != pixels.shape[:2]:
        raise PerturbError(
            f"the mask is {scene.mask.shape}, the picture {pixels.shape[:2]}", mend="a mask of the picture's size"
        )
    if scene.boxes is not None and (scene.boxes.ndim != 2 or scene.boxes.shape[1] != 4):
        raise PerturbError(f"boxes of shape {scene.boxes.shape}", mend="(n, 4): x1 y1 x2 y2 in px")
