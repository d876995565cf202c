"""From code values to the file that the model is given: compression, lost data, wrong settings."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from perturb import cv
from perturb.errors import PerturbError
from perturb.frame import Context
from perturb.render import looked_up
from perturb.transfer import quantise, white
from perturb.types import Pixels, Scene

_PACKET_LINES = 4


Codec = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]
"""A lossy codec there and back at a quality: (h, w) or (h, w, 3) RGB, uint8."""


def _coded(scene: Scene, codec: Codec, quality: float) -> Scene:
    """Through a lossy codec at 8 bits, all that both formats carry; deeper pictures are scaled there and back."""
    shallow = scene.pixels if scene.bits == 8 else quantise(_share(scene), 8)
    back = codec(np.ascontiguousarray(shallow, dtype=np.uint8), round(quality))
    if scene.bits == 8:
        return replace(scene, pixels=cv.as_pixels(back))
    return replace(scene, pixels=quantise(back.astype(np.float32) / np.float32(255), scene.bits))


def _through_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """libjpeg-turbo's exact (integer, slow) cosine transform and its smooth chroma upsampling."""
    space, chroma = ("GRAY", "Gray") if picture.ndim == 2 else ("RGB", "420")
    planes = picture.reshape(*picture.shape[:2], -1)
    data = simplejpeg.encode_jpeg(planes, quality, space, chroma, fastdct=False)
    return np.asarray(simplejpeg.decode_jpeg(data, space, fastdct=False)).reshape(picture.shape)


def _through_webp(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    colour = picture.ndim == 3
    flags = [cv2.IMWRITE_WEBP_QUALITY, quality]
    good, data = cv2.imencode(".webp", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if colour else picture, flags)
    back = cv2.imdecode(data, cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE) if good else None
    if back is None:
        raise PerturbError("this OpenCV cannot code WebP", mend="install opencv-python-headless with this codec")
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB) if colour else back, dtype=np.uint8)


def _share(scene: Scene) -> Any:
    return scene.pixels.astype(np.float32) / np.float32(white(scene.bits))


def jpeg(scene: Scene, quality: float, context: Context) -> Scene:
    """JPEG (ITU-T T.81) at `quality`, 4:2:0 chroma as cameras send it; 100 stands for uncompressed.

    Source: ITU-T T.81.
    """
    del context
    return _coded(scene, _through_jpeg, quality)


def webp(scene: Scene, quality: float, context: Context) -> Scene:
    """Lossy WebP (RFC 9649) at `quality`; 100 stands for uncompressed.

    Source: RFC 9649.
    """
    del context
    return _coded(scene, _through_webp, quality)


def lost_lines(scene: Scene, percent: float, context: Context) -> Scene:
    """Lost packets of four lines, `percent` of all: the receiver repeats the last good line.

    Source: a model of our own of a stream without resends.
    """
    height = scene.pixels.shape[0]
    packets = -(-height // _PACKET_LINES)
    lost = np.repeat(context.rng().random(packets) < percent / 100.0, _PACKET_LINES)[:height]
    lost[0] = False
    source = np.maximum.accumulate(np.where(lost, 0, np.arange(height)))
    return replace(scene, pixels=scene.pixels[source])


def resampling(scene: Scene, ratio: float, context: Context) -> Scene:
    """Sent at `ratio` of the size (area average) and enlarged again (bilinear), on code values as senders do.

    Source: area average and bilinear interpolation, as image pipelines do by default.
    """
    del context
    height, width = scene.pixels.shape[:2]
    small = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    down = cv2.resize(scene.pixels, small, interpolation=cv2.INTER_AREA)
    return replace(scene, pixels=cv.as_pixels(cv2.resize(down, (width, height))))


@lru_cache(maxsize=64)
def _power(exponent: float, bits: int) -> Pixels:
    code = (np.arange(1 << bits) / white(bits)) ** exponent
    return quantise(code.astype(np.float32), bits)


def gamma(scene: Scene, exponent: float, context: Context) -> Scene:
    """A wrong gamma setting: code values (fraction of white) to the power `exponent`.

    Source: the power law of IEC 61966-2-1's kind.
    """
    del context
    table = _power(exponent, scene.bits)
    return replace(scene, pixels=looked_up(scene.pixels, (table,)))


Send = Callable[[Scene, float, Context], Scene]
