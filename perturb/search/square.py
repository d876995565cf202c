"""Square attack: a bounded change of every pixel that flips a decision, found by random search alone.

Andriushchenko, Croce, Flammarion & Hein, ECCV 2020 (arXiv:1912.00049), L-infinity: start from vertical stripes of
+-eps, then squares of shrinking size at random places take a new sign per channel, kept where the margin falls. It
needs scores only, no gradient, so it fits any runtime. Changes are whole grey levels on the native picture, so that
what is scored is a picture a camera could deliver. An upper bound: a picture that holds may fall to a stronger attack.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturb.cv import as_pixels
from perturb.transfer import white
from perturb.types import Pixels

Floats = NDArray[np.float64]

SHARE = 0.05
"""The share of the picture that the first square takes, as in the paper."""

_HALVED_AT = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Iterations of 10,000 after which the share is halved, as in the paper; in proportion for other budgets."""

Score = Callable[[Sequence[int], Sequence[Pixels]], Floats]
"""Margins (n,) of pictures made from the parts of these indices: 0 or less where the decision has flipped."""


@dataclass(frozen=True, eq=False)
class Attacked:
    """One part: how many looks it took to flip (None: it held), and the last picture tried."""

    looks: int | None
    margin: float
    picture: Pixels


def attack(
    pictures: Sequence[Pixels], bits: Sequence[int], levels: float, looks: int, rngs: Sequence[np.random.Generator],
    score: Score,
) -> list[Attacked]:  # fmt: skip
    """Attack every picture with changes of at most `levels` grey levels of 255, in at most `looks` looks each.

    Looks of all parts that still hold are scored together. The result depends on the generators alone.
    """
    reach = [max(1, round(levels * white(depth) / 255.0)) for depth in bits]
    now = [_moved(p, _stripes(p, rng, r), d) for p, rng, r, d in zip(pictures, rngs, reach, bits, strict=True)]
    every = list(range(len(pictures)))
    margins = np.array(score(every, now), dtype=np.float64)
    fell: list[int | None] = [1 if margin <= 0 else None for margin in margins]
    for look in range(1, looks):
        left = [i for i in every if fell[i] is None]
        if not left:
            break
        tried = [_tried(pictures[i], now[i], _side(pictures[i], look, looks), reach[i], rngs[i], bits[i]) for i in left]
        for i, picture, margin in zip(left, tried, score(left, tried), strict=True):
            if margin < margins[i]:
                now[i], margins[i] = picture, margin
                fell[i] = look + 1 if margin <= 0 else None
    return [Attacked(f, float(m), p) for f, m, p in zip(fell, margins, now, strict=True)]


def _side(picture: Pixels, look: int, looks: int) -> int:
    """Side of the square in px."""
    done = sum(look > limit * looks / 10_000 for limit in _HALVED_AT)
    height, width = picture.shape[:2]
    side = round(float(np.sqrt(SHARE * 0.5**done * height * width)))
    return int(min(max(side, 1), height, width))


def _stripes(picture: Pixels, rng: np.random.Generator, reach: int) -> NDArray[np.int64]:
    """Vertical stripes one pixel wide, a sign per column and channel."""
    return np.asarray(reach * rng.choice((-1, 1), (1, *picture.shape[1:])))


def _tried(clean: Pixels, now: Pixels, side: int, reach: int, rng: np.random.Generator, bits: int) -> Pixels:
    """The picture with one square of the clean one moved by +-reach, a sign per channel."""
    height, width = clean.shape[:2]
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    area = (slice(top, top + side), slice(left, left + side))
    picture = now.copy()
    picture[area] = _moved(clean[area], np.asarray(reach * rng.choice((-1, 1), (1, 1, *clean.shape[2:]))), bits)
    return picture


def _moved(clean: Pixels, change: NDArray[np.int64], bits: int) -> Pixels:
    moved = np.clip(clean.astype(np.int64) + change.reshape(-1, *change.shape[1:]), 0, white(bits))
    return as_pixels(moved.astype(clean.dtype))
