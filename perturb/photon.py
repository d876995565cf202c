"""Photon transfer (EMVA 1288): a camera's gain and dark noise from flat fields, and flat fields from a camera."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perturb.camera import Camera
from perturb.cv import as_pixels
from perturb.errors import PerturbError
from perturb.grain import normal
from perturb.seeds import draw, pattern_draw
from perturb.transfer import white
from perturb.types import Pixels, Seed

Pair = tuple[Pixels, Pixels]
"""Two pictures (h, w) of the same even light, taken one after the other."""

_LINEAR_SHARE = 0.7
"""EMVA 1288 fits the gain from dark up to 70 % of saturation."""


@dataclass(frozen=True)
class Estimate:
    """A value with its two-sided 95 % interval, in the value's unit."""

    value: float
    low: float
    high: float

    def holds(self, figure: float) -> bool:
        """Whether a figure lies in the interval."""
        return self.low <= figure <= self.high


@dataclass(frozen=True)
class PhotonTransfer:
    """Gain K in DN/e-, temporal dark noise in DN (quantisation included) and in e- (without it), black level in DN.

    `means` and `variances` are the curve: per light level, both less their dark value, in DN and DN^2.
    """

    gain: Estimate
    dark_noise_dn: Estimate
    dark_noise: float
    black_level: float
    means: tuple[float, ...]
    variances: tuple[float, ...]


def mean_and_variance(pair: Pair) -> tuple[float, float]:
    """Mean in DN and temporal variance in DN^2 of a pair: half the mean squared difference (EMVA 1288 R4, eq. 16)."""
    first, second = (np.asarray(picture, dtype=np.float64) for picture in pair)
    gap = first - second
    return float((first.mean() + second.mean()) / 2), float(np.mean(gap * gap) / 2 - gap.mean() ** 2 / 2)


def photon_transfer(lights: Sequence[Pair], darks: Sequence[Pair], saturation: float | None = None) -> PhotonTransfer:
    """K from the slope of temporal variance over mean, darks[i] taken at the exposure of lights[i], shortest first.

    `saturation` in DN (default: the largest value seen) bounds the fit to its lower 70 %. Interval of K: Student's
    t on the residuals of the line through the origin; of the dark noise: chi squared on the pixels of the shortest
    dark pair. PerturbError for fewer than three levels or unequal lists.
    """
    if len(lights) != len(darks) or len(lights) < 3:
        raise PerturbError("photon transfer needs three or more light pairs, each with its dark pair", mend="add flats")
    dark = [mean_and_variance(pair) for pair in darks]
    curve = [
        (m - md, v - vd) for (m, v), (md, vd) in zip(map(mean_and_variance, lights), dark, strict=True)
    ]  # fmt: skip
    top = saturation if saturation is not None else float(max(p.max() for pair in lights for p in pair))
    fitted = np.array([point for point in curve if point[0] <= _LINEAR_SHARE * top])
    noise = _dark_noise(dark[0][1], darks[0][0].size)
    gain = _slope(fitted[:, 0], fitted[:, 1])
    electrons = float(np.sqrt(max(dark[0][1] - 1 / 12, 0.0))) / gain.value
    means, variances = zip(*curve, strict=True)
    return PhotonTransfer(gain, noise, electrons, dark[0][0], means, variances)


def _slope(
    x: np.ndarray[tuple[int], np.dtype[np.float64]], y: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Estimate:
    """Weighted line through the origin: a variance of n pixels has a standard error in proportion to itself."""
    from scipy.stats import t

    ratios = y / x
    value = float(ratios.mean())
    margin = float(t.ppf(0.975, len(x) - 1) * ratios.std(ddof=1) / np.sqrt(len(x)))
    return Estimate(value, value - margin, value + margin)


def _dark_noise(variance: float, count: int) -> Estimate:
    from scipy.stats import chi2

    low, high = (float(np.sqrt(variance * count / chi2.ppf(p, count))) for p in (0.975, 0.025))
    return Estimate(float(np.sqrt(variance)), low, high)


def render_flat(
    camera: Camera, electrons: float, seed: Seed, shape: tuple[int, int] = (480, 640), bits: int | None = None
) -> Pixels:
    """An even field of `electrons` e- per pixel as `camera` takes it, every noise source of EMVA 1288 included.

    DN = K (Poisson(mu (1 + PRNU)), cut at the full well, + DSNU + dark noise) + black level, rounded; patterns
    are fixed by the camera seed, temporal noise by the whole seed. (h, w), uint8 at 8 bits, else uint16.
    """
    depth = bits or camera.bits
    rng = draw(seed, f"flat {electrons:g}")
    uneven = 1.0 + camera.prnu * normal(pattern_draw(seed.camera, "prnu"), shape)
    offset = camera.dsnu * normal(pattern_draw(seed.camera, "dsnu"), shape)
    wells = np.minimum(rng.poisson(np.maximum(electrons * uneven, 0.0)), camera.full_well)
    code = camera.gain * (wells + offset + camera.dark_noise * rng.standard_normal(shape)) + camera.black_level
    scaled = np.round(code * (white(depth) / white(camera.bits)))
    return as_pixels(np.clip(scaled, 0, white(depth)).astype(np.uint8 if depth == 8 else np.uint16))
