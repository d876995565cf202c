"""Perturbed copies of training parts for the `hardened` family, made at the camera's own resolution."""

import numpy as np

from models.render import RenderedPart
from models.train.data import Seen
from perturb import Condition, Scene, Seed, apply, suite
from perturb.suites import conditions_of

VIEWS = 4  # perturbed copies of each part
RUN = 910_005


def perturbed(part: RenderedPart, index: int) -> list[Seen]:
    """`VIEWS` copies of a part, each under one condition drawn from the default suite, any of its five levels."""
    rng = np.random.default_rng(np.random.SeedSequence(RUN, spawn_key=(index,)))
    return [_copy(part, index, view, rng) for view in range(VIEWS)]


def _copy(part: RenderedPart, index: int, view: int, rng: np.random.Generator) -> Seen:
    condition = draw_condition(rng)
    seed = Seed(RUN, f"train/{index}", repeat=view, camera=index)
    shown = apply(Scene(part.pixels, mask=part.mask), condition, seed)
    return np.asarray(shown.pixels, np.uint8), part.mask if shown.mask is None else shown.mask


def draw_condition(rng: np.random.Generator) -> Condition:
    """A perturbation of the default suite, every one alike likely, at one of its five named levels."""
    from perturb.registry import PERTURBATIONS

    names = sorted({condition.name for condition in suite() if condition.name != "clean"})
    every = conditions_of(PERTURBATIONS[names[int(rng.integers(len(names)))]])
    return every[int(rng.integers(len(every)))]
