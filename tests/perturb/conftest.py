"""Scenes that every test here can use."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from perturb import Camera, Scene

QUIET = replace(Camera(), name="quiet", full_well=1e7, gain=4095 / 1e7, dark_noise=0.0, bits=12)
"""A camera with so many electrons that its noise is far below one code value."""


@cache
def make_scene(*, bits: int = 8, colour: bool = True, size: tuple[int, int] = (72, 96), labels: bool = True) -> Scene:
    """A textured part with bright and dark patches over the whole range, a defect with mask and box in the middle."""
    rng = np.random.default_rng(7)
    height, width = size
    shape = (height, width, 3) if colour else (height, width)
    light = cv2.GaussianBlur(rng.random(shape), (0, 0), 1.2)
    light = (light - light.min()) / np.ptp(light)
    light[height // 8 : height // 4, width // 8 : width // 2] = 1.0
    light[-height // 5 :, -width // 5 :] *= 0.1
    top = (1 << bits) - 1
    pixels = np.round(light * top).astype(np.uint8 if bits == 8 else np.uint16)
    if not labels:
        return Scene(pixels, bits)
    y, x = height // 2, width // 2
    mask = np.zeros(size, np.bool_)
    mask[y - 3 : y + 5, x - 8 : x + 7] = True
    return Scene(pixels, bits, mask, np.array([[x - 8, y - 3, x + 6, y + 4]], np.float32))


@pytest.fixture
def scene() -> Scene:
    return make_scene()
