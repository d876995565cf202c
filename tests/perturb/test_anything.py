"""Any severity in range on any picture: never an error, never out of range, never a change of what came in."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perturb import PERTURBATIONS, Camera, Condition, Scene, Seed, apply, load_camera

CAMERAS = [Camera(), *(load_camera(name) for name in ("cheap", "good")), Camera(transfer="srgb", black_level=20.0)]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(PERTURBATIONS)),
    share=st.floats(0.0, 1.0),
    size=st.tuples(st.integers(8, 40), st.integers(8, 40)),
    bits=st.sampled_from([8, 9, 12, 16]),
    camera=st.sampled_from(CAMERAS),
    fill=st.sampled_from(["noise", "black", "white"]),
    labelled=st.booleans(),
)
def test_any_severity_on_any_picture(
    name: str, share: float, size: tuple[int, int], bits: int, camera: Camera, fill: str, labelled: bool
) -> None:
    top = (1 << bits) - 1
    values = np.random.default_rng(0).integers(0, top, (*size, 3), endpoint=True)
    values = {"noise": values, "black": values * 0, "white": values * 0 + top}[fill]
    pixels = values.astype(np.uint8 if bits == 8 else np.uint16)
    mask = np.zeros(size, np.bool_)
    mask[2:6, 1:5] = True
    scene = Scene(pixels, bits, mask if labelled else None, np.array([[1, 2, 4, 5]], np.float32) if labelled else None)
    item = PERTURBATIONS[name]
    low, high = item.limits[0], min(item.limits[1], max(item.levels))
    before = pixels.copy()
    done = apply(scene, Condition(name, low + share * (high - low)), Seed(2, "any"), camera)
    assert (done.pixels.dtype, done.pixels.shape) == (pixels.dtype, pixels.shape)
    assert int(done.pixels.max()) <= top
    assert (done.mask is None) == (scene.mask is None)
    np.testing.assert_array_equal(pixels, before)
