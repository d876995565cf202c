"""Which models of a table share an architecture: those are left out together when errors are estimated.

Names alone are not enough: one graph is published under several names (a ViT trained otherwise is called DeiT), so two
architectures that hold a model with equal MACs, activations and parameters are one.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.sizing.work import Floats

ORIGINS = frozenset({"tf", "legacy", "ese", "ssl", "swsl", "dm", "gluon", "test", "timm"})
"""First words of a name that say who made it, not what it is."""

DIGITS = 3  # significant digits at which two models count as the same graph


def architectures(names: Sequence[str], works: Floats) -> list[str]:
    """For each model the name of its architecture. `works`: (n, 4) MACs, activations, parameters, pixels."""
    stems = [stem(name) for name in names]
    parent = {name: name for name in stems}
    seen: dict[tuple[str, ...], str] = {}
    for name, work in zip(stems, works, strict=True):
        graph = tuple(f"{value:.{DIGITS}g}" for value in work[:3])
        _join(parent, name, seen.setdefault(graph, name))
    return [_root(parent, name) for name in stems]


def stem(name: str) -> str:
    """The first word of a name without sizes: `tf_efficientnet_b0.in1k` -> efficientnet, `resnet50` -> resnet."""
    words = [word for word in re.split(r"[_.\-\s]+", name.lower()) if word]
    first = next((word for word in words if word not in ORIGINS), name.lower())
    match = re.match(r"[a-z]+", first)
    return match.group() if match else first


def folds(groups: Sequence[str], count: int = 10, seed: int = 0) -> NDArray[np.intp]:
    """(n,) number of the fold of each row, 0..count-1; a group is never divided."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    fold = {names[place]: rank % count for rank, place in enumerate(order)}
    return np.array([fold[group] for group in groups], np.intp)


def _root(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        name = parent[name]
    return name


def _join(parent: dict[str, str], a: str, b: str) -> None:
    first, second = sorted((_root(parent, a), _root(parent, b)))
    parent[second] = first
