"""Pictures inside the page, as data addresses, up to a total size."""

import math
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from appliance.report import words
from appliance.report.labels import CLEAN, condition_labels
from appliance.score.summary_types import Summary, WorstPart

Picture = Callable[[str, str], bytes | None]
"""(part id, condition key) -> an encoded PNG or JPEG, or None where it cannot be shown."""

MOST_BYTES = 6_000_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Shot:
    """One picture: its data address, or the reason why there is none."""

    source: str
    alt: str
    missing: str = ""


@dataclass(frozen=True)
class PartView:
    """A part that members get wrong: clean beside perturbed, and who says what."""

    part: WorstPart
    condition: str
    clean: Shot
    here: Shot
    rows: tuple[tuple[str, bool, float, float], ...]  # member, wrong, clean score, score here
    largest: float  # of these scores, for the number of decimals


def _kind(data: bytes) -> str | None:
    return next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)


class Album:
    """Hands out pictures until `most` bytes of page are spent."""

    def __init__(self, picture: Picture | None, most: int = MOST_BYTES) -> None:
        self._picture, self._left = picture, most

    def shot(self, part: str, condition: str, alt: str) -> Shot:
        """The picture of `part` under `condition`."""
        data = self._picture(part, condition) if self._picture else None
        kind = _kind(data) if data else None
        if data is None or kind is None:
            return Shot("", alt, words.PICTURE_MISSING)
        source = f"data:{kind};base64,{b64encode(data).decode('ascii')}"
        if len(source) > self._left:
            return Shot("", alt, words.PICTURES_SPENT)
        self._left -= len(source)
        return Shot(source, alt)


def _rows(summary: Summary, part: WorstPart) -> tuple[tuple[str, bool, float, float], ...]:
    nan = float("nan")
    known = {*part.wrong, *part.right}
    return tuple(
        (member.name, member.name in part.wrong, part.clean_scores.get(member.name, nan),
         part.scores.get(member.name, nan))
        for member in summary.members
        if member.name in known
    )  # fmt: skip


def _largest(part: WorstPart) -> float:
    sizes = (abs(value) for value in (*part.scores.values(), *part.clean_scores.values()))
    return max((size for size in sizes if math.isfinite(size)), default=0.0)


def part_views(summary: Summary, album: Album) -> tuple[PartView, ...]:
    """Every worst part with its two pictures."""
    labels = condition_labels(summary.record)
    views = []
    for part in summary.worst_parts:
        condition = labels.get(part.condition, part.condition)
        clean = album.shot(part.part, CLEAN, words.PICTURE_CLEAN.format(part=part.part))
        here = album.shot(part.part, part.condition, words.PICTURE_HERE.format(part=part.part, condition=condition))
        views.append(PartView(part, condition, clean, here, _rows(summary, part), _largest(part)))
    return tuple(views)
