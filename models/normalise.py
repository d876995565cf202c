"""The usual ways pictures are scaled for a network, and which of them fits labelled parts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any

from models.types import Card, Output, Resize

Fields = dict[str, Any]
"""Some fields of a Card."""

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # torchvision's, RGB, of 0..1
CAFFE_MEAN = (123.68, 116.779, 103.939)  # the VGG models', RGB, of 0..255
GREY_MEAN, GREY_STD = (0.449,), (0.226,)  # the averages of ImageNet's three

_ZERO, _ONE, _HALF = (0.0,) * 3, (1.0,) * 3, (0.5,) * 3
_RGB: dict[str, Fields] = {
    "imagenet": {"scale": 1.0, "mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    "unit": {"scale": 1.0, "mean": _ZERO, "std": _ONE},
    "signed": {"scale": 1.0, "mean": _HALF, "std": _HALF},
    "byte": {"scale": 255.0, "mean": _ZERO, "std": _ONE},
    "caffe": {"scale": 255.0, "mean": CAFFE_MEAN, "std": _ONE},
}
_LETTERBOX: Fields = {"resize": Resize.LETTERBOX, "pad": 114 / 255}


@dataclass(frozen=True)
class Ranked:
    """One way of feeding a model that was tried: its name, the card it makes, and its loss (smaller fits better).

    `swapped`: the classes were taken the other way round.
    """

    name: str
    card: Card
    loss: float
    swapped: bool


def normalisations(channels: int = 3) -> tuple[tuple[str, Fields], ...]:
    """The usual ways by name, commonest first, each as fields of a Card.

    imagenet: (x - mean) / std; unit: 0..1; signed: -1..1; byte: 0..255; caffe: 0..255 less the mean; each in RGB and
    BGR. letterbox: proportions kept on grey 114, as object detectors do. Grey models (`channels` 1) have four.
    """
    if channels == 1:
        return tuple(_grey())
    return (*_colours(), *_letterboxes())


def _grey() -> Iterator[tuple[str, Fields]]:
    for name in ("unit", "signed", "byte"):
        yield name, _RGB[name] | {"colour": "GRAY"} | {key: _RGB[name][key][:1] for key in ("mean", "std")}
    yield "imagenet", {"colour": "GRAY", "scale": 1.0, "mean": GREY_MEAN, "std": GREY_STD}


def _colours() -> Iterator[tuple[str, Fields]]:
    for name, fields in _RGB.items():
        yield f"{name}-rgb", fields | {"colour": "RGB"}
        yield f"{name}-bgr", fields | {"colour": "BGR", "mean": fields["mean"][::-1], "std": fields["std"][::-1]}


def _letterboxes() -> Iterator[tuple[str, Fields]]:
    for name in ("unit", "byte"):
        yield f"letterbox-{name}-rgb", _RGB[name] | _LETTERBOX | {"colour": "RGB"}
        yield f"letterbox-{name}-bgr", _RGB[name] | _LETTERBOX | {"colour": "BGR"}


def best_normalisation(
    card: Card, trials: Iterable[tuple[str, Fields]], score: Callable[[Card], float]
) -> list[Ranked]:
    """Every trial, and with two classes every trial with the classes swapped, best first.

    `score` gives the loss of a card on labelled parts (mean log-loss, natural logarithm; smaller is better); NaN ranks
    last. Equal losses keep the order of the trials, so that the commonest way wins a tie.
    """
    tried = (
        Ranked(name, sent, score(sent), swapped)
        for name, fields in trials
        for swapped, sent in _ways(replace(card, **fields))
    )
    return sorted(tried, key=lambda one: inf if isnan(one.loss) else one.loss)


def _ways(card: Card) -> Iterator[tuple[bool, Card]]:
    """The card, and where two outputs could mean OK and NG either way round, the card with them swapped."""
    yield False, card
    if card.output is not Output.ANOMALY and len(card.classes) == 2:
        yield True, replace(card, classes=card.classes[::-1])
