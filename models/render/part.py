"""One part from its seed and number: pose, surface, defect, lamp, fixture, camera."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.render.arrays import blur, resize
from models.render.bracket import bar_lamp, belt, bracket
from models.render.camera import Camera, expose
from models.render.defects import DRAWN, missing
from models.render.draws import Stream, between, log_between, stream
from models.render.flange import flange, nest, ring_lamp
from models.render.light import Lamp, shade
from models.render.marking import etch
from models.render.types import Fault, Field, Mask, Pose, RenderedPart, Surface

SIZE = 512
DEMO_SEED = 20260  # the line that the demo renders; the training recipe keeps clear of it

Draw = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """What a kind of part is made of: surface, lamp, fixture, colours of metal and fixture, where its mark stands."""

    surface: Callable[[Draw, Draw, Pose, int, Fault | None], Surface]
    lamp: Callable[[Draw, Draw, Pose, int], Lamp]
    fixture: Callable[[Draw, Draw, Pose, int], Field]
    metal: tuple[float, float, float]
    ground: tuple[float, float, float]
    shadow: tuple[float, float]
    mark: tuple[float, float]


TABLE = {
    "flange": Kind(flange, ring_lamp, nest, (0.985, 1.0, 1.02), (0.92, 0.98, 1.12), (0.0, 0.0), (0.0, 132.0)),
    "bracket": Kind(bracket, bar_lamp, belt, (1.0, 1.0, 0.985), (0.55, 1.12, 0.82), (1.0, 7.0), (80.0, 116.0)),
}
KINDS = tuple(TABLE)
DEFECTS = (*DRAWN, "missing")


def render_part(seed: int, index: int, *, kind: str | None = None) -> RenderedPart:
    """Part number `index` of the line `seed`, 512 x 512 RGB uint8, linear in light (`transfer` is `linear`).

    The same seed and index give the same part alone, in any order and in any process. About half are NG. Raises
    ModelError for a kind that is not in `KINDS`.
    """
    label = stream(seed, index, Stream.LABEL)
    drawn, bad = KINDS[int(label.integers(len(KINDS)))], bool(label.random() < 0.5)
    if kind is not None and kind not in TABLE:
        raise ModelError(f"no kind of part is called {kind!r}", mend=f"use one of {', '.join(KINDS)}")
    defect = DEFECTS[int(label.integers(len(DEFECTS)))] if bad else "none"
    pixels, mask = draw_part(seed, index, kind or drawn, defect)
    return RenderedPart(pixels, mask, "NG" if bad else "OK", defect, kind or drawn)


def draw_part(seed: int, index: int, kind: str, defect: str) -> tuple[NDArray[np.uint8], Mask]:
    """The picture (512, 512, 3) and the defect's pixels of one part with the defect named, "none" for a good one."""
    made = TABLE[kind]
    batch = stream(seed, index, Stream.BATCH)
    pose = _pose(stream(seed, index, Stream.POSE))
    surface, mask = _surface(made, (seed, index), batch, pose, defect)
    light = stream(seed, index, Stream.LIGHT)
    metal = shade(surface, made.lamp(light, batch, pose, SIZE))
    fixture = made.fixture(light, batch, pose, SIZE) * _shadow(surface.cover, made.shadow)
    picture = _compose(surface, metal, blur(fixture, 1.2), _colours(made, batch))
    return expose(picture, stream(seed, index, Stream.CAMERA), Camera()), mask


def _pose(rng: Draw) -> Pose:
    """A few pixels and a few degrees off, as a nest or a belt guide leaves it."""
    x, y = rng.normal(0, 3.0, 2).clip(-8, 8)
    turn = float(np.deg2rad(np.clip(rng.normal(0, 1.6), -5, 5)))
    return Pose(SIZE / 2 - 0.5 + float(x), SIZE / 2 - 0.5 + float(y), turn, between(rng, 0.992, 1.008))


def _surface(made: Kind, number: tuple[int, int], batch: Draw, pose: Pose, defect: str) -> tuple[Surface, Mask]:
    rng = stream(*number, Stream.DEFECT)
    fault = missing(rng) if defect == "missing" else None
    draws = stream(*number, Stream.SURFACE)
    surface = made.surface(draws, batch, pose, SIZE, fault)
    etch(surface, pose, made.mark, f"{int(batch.integers(100, 999))}-{number[1] % 10000:04d}")
    if defect in DRAWN:
        return surface, DRAWN[defect](surface, rng)
    return surface, surface.footprint


def _shadow(cover: Field, lean: tuple[float, float]) -> Field:
    """Share of the lamp that reaches the fixture beside and below the part: contact shadow and dark holes."""
    matrix = np.array([[1, 0, lean[0]], [0, 1, lean[1]]], np.float32)
    leaned = np.asarray(cv2.warpAffine(cover, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE), np.float32)
    wide = resize(blur(resize(leaned, SIZE // 4, SIZE // 4, cv2.INTER_AREA), 4.5), SIZE, SIZE)
    return (1 - np.float32(0.8) * wide) * (1 - np.float32(0.45) * blur(leaned, 3.0))


def _colours(made: Kind, batch: Draw) -> NDArray[np.float32]:
    """Colour of the metal and of the fixture, (2, 3), as this batch shows them."""
    both = np.array([made.metal, made.ground])
    return np.asarray(both * np.exp(batch.normal(0, 0.008, (2, 3))) * log_between(batch, 0.95, 1.06), np.float32)


def _compose(surface: Surface, metal: Field, fixture: Field, colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Part over fixture, (height, width, 3), white 1."""
    shown, behind = metal * surface.cover, fixture * (1 - surface.cover)
    picture = cv2.merge([shown * metal_c + behind * ground_c for metal_c, ground_c in colours.T])
    if surface.stain is not None:
        picture *= surface.stain
    return np.asarray(picture, np.float32)
