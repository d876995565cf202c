"""Parts to look at again: the same picture under two labels or in two splits, and labels no member agrees with.

Parts of one line look alike, so pictures are compared by what sets them apart: the thumbnail less the mean thumbnail
of the set. Candidates share a perceptual hash (signs of the low DCT coefficients, after Zauner 2010, "Implementation
and benchmarking of perceptual image hash functions"); the correlation of what remains decides.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.language.tongue import filled, mark
from appliance.log.types import Warn
from appliance.parts.decode import decode
from appliance.parts.read import ALL_SPLITS, read_folder
from appliance.parts.types import Part, Verdict
from appliance.parts.walk import walk
from appliance.site import Site
from perturb.types import Pixels

SIDE = 32
HASH_SIDE = 8
BANDS = 4  # of 16 bits each: hashes that differ in up to 3 bits share one
NEAR = 0.97  # correlation of two thumbnails less what all parts have in common
BUCKET = 64  # parts of one bucket that are compared; more would be a featureless set

THREADS = 8
MOST = 100
WHY = {
    "label": mark("nearly the same picture as {other}, with the other label"),
    "split": mark("nearly the same picture as {other}, in another split"),
    "group": mark("nearly the same picture as {other}, in another group"),
}
MEND = {
    "label": mark("look at both: one label may be wrong"),
    "split": mark("take one out: a model may have been trained on it"),
    "group": mark("look at both: they may show one part"),
}

Thumbnail = NDArray[np.int8]


@dataclass(frozen=True)
class Near:
    """Two parts with nearly the same picture. why: label, split or group, by what tells them apart."""

    one: str
    other: str
    why: str
    correlation: float


@dataclass(frozen=True)
class Contradicted:
    """A part whose label no member agrees with."""

    part: str
    label: Verdict
    members: int


def review_site(site: Site) -> tuple[Near, ...]:
    """Near-duplicates among all parts of a site, those of the other splits included. Raises as `read_parts` does."""
    conf = site.parts.model_copy(update={"split": ALL_SPLITS})
    return review(read_folder(conf, walk(site.parts_path), file=str(site.file)).parts)


def review(parts: Sequence[Part]) -> tuple[Near, ...]:
    """Near-duplicates among `parts`; a part that does not decode is passed over (the audit names it)."""
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = list(zip(parts, pool.map(_drawn, parts), strict=True))
    seen = [(part, small) for part, small in drawn if small is not None]
    if not seen:
        return ()
    return near_duplicates([part for part, _ in seen], np.stack([small for _, small in seen]))


def near_warnings(near: Sequence[Near]) -> tuple[Warn, ...]:
    """A warning of kind `review` a pair, and one that counts what is beyond the first 100."""
    shown = [
        Warn("review", filled(WHY[pair.why], other=pair.other), pair.one, filled(MEND[pair.why]))
        for pair in near[:MOST]
    ]
    if len(near) > MOST:
        shown.append(Warn("review", filled("{count} more pairs of nearly the same picture", count=len(near) - MOST)))
    return tuple(shown)


def _drawn(part: Part) -> Thumbnail | None:
    try:
        return thumbnail(decode(part.path).pixels)
    except InputRefused:
        return None


def thumbnail(pixels: Pixels) -> Thumbnail:
    """(32, 32) int8 of a picture: grey, mean 0, standard deviation 24, so that light and gain do not matter."""
    import cv2

    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    spread = float(small.std())
    level = (small - small.mean()) * (24.0 / spread) if spread > 0 else np.zeros_like(small)
    return np.clip(np.rint(level), -127, 127).astype(np.int8)


def near_duplicates(parts: Sequence[Part], thumbnails: NDArray[np.int8]) -> tuple[Near, ...]:
    """Pairs of parts with nearly the same picture that differ in label, split or group, most alike first.

    thumbnails: (n, 32, 32) int8 in the order of `parts` (1 KiB a part is all that is held).
    """
    if len(parts) < 2:
        return ()
    rest = _less_common(thumbnails)
    pairs = sorted(_candidates(_hashes(rest)))
    found = [near for one, other in pairs if (near := _near(parts[one], parts[other], rest[one], rest[other]))]
    return tuple(sorted(found, key=lambda near: (-near.correlation, near.one, near.other)))


def contradicted(parts: Sequence[Part], decisions: Mapping[str, NDArray[np.bool_]]) -> tuple[Contradicted, ...]:
    """Parts that every member decides against their label; `decisions` are (n,) bool by member, True = NG.

    A family of one contradicts nobody: that would only list its mistakes.
    """
    if len(decisions) < 2:
        return ()
    ng = np.array([part.label.verdict is Verdict.NG for part in parts])
    wrong = np.all([decided != ng for decided in decisions.values()], axis=0)
    return tuple(
        Contradicted(parts[n].id, parts[n].label.verdict, len(decisions)) for n in np.flatnonzero(wrong).tolist()
    )


def _less_common(thumbnails: NDArray[np.int8]) -> NDArray[np.float16]:
    """What sets each part apart: (n, 1024), mean 0 and length 1; zero where nothing does."""
    common = thumbnails.mean(axis=0, dtype=np.float64)
    rest = np.empty((len(thumbnails), SIDE * SIDE), np.float16)
    for at, small in enumerate(thumbnails):
        own = (small - common).ravel()
        own -= own.mean()
        length = float(np.linalg.norm(own))
        rest[at] = own / length if length > SIDE else 0  # below a grey value a pixel it is rounding
    return rest


def _hashes(rest: NDArray[np.float16]) -> NDArray[np.uint16]:
    """(n, 4) uint16: the signs of the 8 x 8 lowest DCT coefficients but the mean."""
    import cv2

    bits = np.empty((len(rest), HASH_SIDE * HASH_SIDE), bool)
    for at, own in enumerate(rest):
        waves = cv2.dct(own.reshape(SIDE, SIDE).astype(np.float32))[:HASH_SIDE, :HASH_SIDE].copy()
        waves[0, 0] = 0.0
        bits[at] = (waves > 0).ravel()
    return np.packbits(bits, axis=1).view(np.uint16)


def _candidates(hashes: NDArray[np.uint16]) -> set[tuple[int, int]]:
    """Pairs that share a band of their hash."""
    buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, bands in enumerate(hashes):
        for band in range(BANDS):
            buckets[band, int(bands[band])].append(at)
    return {pair for bucket in buckets.values() for pair in _pairs(bucket)}


def _pairs(bucket: Sequence[int]) -> Iterator[tuple[int, int]]:
    """All pairs of a small bucket; neighbours in id order of a large one."""
    if len(bucket) <= BUCKET:
        return combinations(bucket, 2)
    return (pair for step in range(1, 4) for pair in zip(bucket, bucket[step:], strict=False))


def _near(one: Part, other: Part, left: NDArray[np.float16], right: NDArray[np.float16]) -> Near | None:
    why = _difference(one, other)
    if not why:
        return None
    correlation = float(left.astype(np.float32) @ right.astype(np.float32))
    return Near(one.id, other.id, why, round(correlation, 3)) if correlation >= NEAR else None


def _difference(one: Part, other: Part) -> str:
    """What the two parts disagree on, the gravest first; empty where nothing."""
    if one.label.verdict is not other.label.verdict:
        return "label"
    if one.split != other.split:
        return "split"
    return "group" if one.group != other.group else ""
