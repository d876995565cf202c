"""The mildest combination of perturbations that flips a decision: the point of the box nearest to neutral, as found.

The idea is that of the design point of structural reliability (Hasofer & Lind, J. Eng. Mech. 100, 1974): the nearest
point of the failure surface says how much is tolerated, and its direction what is tolerated least. The search is by
CMA-ES (Hansen, arXiv:1604.00772; the library `cma`), which needs no gradient and only the order of what it is told.

A search proves an upper bound only: a milder flip may exist. Where none is found, none was found with this budget.
"""

import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturb.errors import PerturbLacks
from perturb.search.box import Shares, norm

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

MISSING = "the search for worst cases needs the package cma"
MISSING_MEND = "pip install 'inspect-eval[probe]'"

_HALVES = 8
"""Looks an axis from which on each axis is also tried at half of the way."""

_DIGITS = 3
"""Shares are whole thousandths: what is smaller is no disturbance."""

_REFINE = 0.25
"""The share of the budget kept for drawing the flip nearer."""


@dataclass(frozen=True)
class Question:
    """A point of the box on one of the parts, put to one of the judges."""

    part: int
    judge: int
    shares: Shares


Judge = Callable[[Sequence[Question]], tuple[Bools, Floats]]
"""Whether each question (n,) flips its judge's decision, and the margin that is left: (n,) both.

A margin is 1 where nothing has changed and falls towards 0 at the flip, in any scale that keeps this order.
"""


@dataclass(frozen=True)
class Flip:
    """The mildest flip found: its distance (infinite: none found), its point, and the candidates looked at."""

    distance: float
    shares: tuple[float, ...]
    looked: int


@dataclass(frozen=True)
class Answer:
    """What a search is told of its own questions, its mildest flip so far, and those of the part's other judges."""

    flips: Bools
    margins: Floats
    best: Flip
    others: tuple[Flip, ...] = ()


Search = Generator[list[Shares], Answer, None]
Running = dict[tuple[int, int], tuple[Search, list[Shares]]]


def mildest(
    judge: Judge, seeds: Sequence[np.random.Generator], wanted: Sequence[Sequence[bool]], axes: int, budget: int
) -> list[list[Flip]]:
    """The mildest flip per part (one generator of random numbers each) and judge, where `wanted` asks for it.

    All searches go on side by side, and their candidates are judged together; in the end each also tries what flipped
    the part's other judges. `budget` is the number of candidates that each search may ask for. The result depends on
    the seeds alone. PerturbLacks where the library is missing.
    """
    require()
    best = [[Flip(float("inf"), (), 0) for _ in row] for row in wanted]
    running: Running = {}
    for part, (rng, row) in enumerate(zip(seeds, wanted, strict=True)):
        for which, (child, wish) in enumerate(zip(rng.spawn(len(row)), row, strict=True)):
            if wish:
                search = _search(axes, budget, child)
                running[part, which] = (search, next(search))
    while running:
        _round(judge, running, best)
    return best


def _round(judge: Judge, running: Running, best: list[list[Flip]]) -> None:
    """Judge what every search asks, then let each ask for its next."""
    questions = [Question(part, which, shares) for (part, which), (_, asked) in running.items() for shares in asked]
    flips, margins = judge(questions)
    for question, hit in zip(questions, flips, strict=True):
        best[question.part][question.judge] = _better(best[question.part][question.judge], question, bool(hit))
    start = 0
    for (part, which), (search, asked) in list(running.items()):
        rows = slice(start, start + len(asked))
        start += len(asked)
        others = tuple(flip for index, flip in enumerate(best[part]) if index != which and flip.shares)
        try:
            told = Answer(flips[rows], margins[rows], best[part][which], others)
            running[part, which] = (search, search.send(told))
        except StopIteration:
            del running[part, which]


def _better(old: Flip, question: Question, hit: bool) -> Flip:
    looked = replace(old, looked=old.looked + 1)
    distance = norm(question.shares)
    if hit and distance < old.distance:
        return replace(looked, distance=distance, shares=tuple(map(float, question.shares)))
    return looked


def _search(axes: int, budget: int, rng: np.random.Generator) -> Search:
    """One search: the corner and each axis alone, then CMA-ES, then nearer along the way found."""
    first = [np.ones(axes), *np.eye(axes)][:budget]
    if budget >= _HALVES * axes:
        first += list(0.5 * np.eye(axes))
    told = yield first
    left = budget - len(first)
    kept = int(_REFINE * budget)
    if left > kept and axes > 1:
        told, left = yield from _evolve(_start(first, told), told, left, kept, rng)
    yield from _nearer(told, max(left, 0))


def _start(first: list[Shares], told: Answer) -> Shares:
    """Where CMA-ES begins: the mildest flip so far, else what came nearest to one."""
    if told.best.shares:
        return np.array(told.best.shares)
    return first[int(np.argmin(told.margins))]


def _evolve(
    start: Shares, told: Answer, left: int, kept: int, rng: np.random.Generator
) -> Generator[list[Shares], Answer, tuple[Answer, int]]:
    """Generations of CMA-ES until only what is kept for the end is left; how it was told last, and what is left."""
    evolution = _strategy(start, rng)
    while left - evolution.popsize >= kept and not evolution.stop():
        asked = [np.round(np.clip(np.asarray(x), 0.0, 1.0), _DIGITS) for x in evolution.ask()]
        told = yield asked
        left -= len(asked)
        evolution.tell(asked, [_loss(*row) for row in zip(asked, told.flips, told.margins, strict=True)])
    return told, left


def _loss(shares: Shares, flips: bool, margin: float) -> float:
    """Flips before all others, the milder the better; else by the margin that is left."""
    ceiling = float(np.sqrt(len(shares)))
    if flips:
        return norm(shares)
    return ceiling + 1.0 + (margin if np.isfinite(margin) else 1e6)


def _nearer(told: Answer, left: int) -> Search:
    """What flipped others, then without the axes that are not needed, nearer along the way from neutral."""
    asked = [np.array(flip.shares) for flip in told.others if flip.distance < told.best.distance][:left]
    if asked:
        told = yield asked
        left -= len(asked)
    best = told.best
    while best.shares and left > 0:
        before = best.distance
        point = np.array(best.shares)
        asked = [*(point * share for share in (0.5, 0.75, 0.9, 0.97)), *_without(point)][:left]
        best = (yield asked).best
        left -= len(asked)
        if best.distance > 0.99 * before:
            return


def _without(point: Shares) -> list[Shares]:
    """The point with each of its axes at neutral, the least ones first, and with all small ones at neutral."""
    used = [index for index in np.argsort(point) if point[index] > 0.0]
    if len(used) < 2:
        return []
    found = []
    for index in used:
        fewer = point.copy()
        fewer[index] = 0.0
        found.append(fewer)
    main = np.where(point >= 0.3 * point.max(), point, 0.0)
    return [main, *found] if np.count_nonzero(main) < len(used) else found


def require() -> Any:
    """The module cma. PerturbLacks with the command that adds it where it is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for matplotlib, which nothing here draws with
            import cma
    except ModuleNotFoundError as error:
        raise PerturbLacks(MISSING, mend=MISSING_MEND) from error
    return cma


def _strategy(start: Shares, rng: np.random.Generator) -> Any:
    """CMA-ES in the unit box; its only source of chance is `rng`."""
    options = {
        "bounds": [0.0, 1.0],
        "verbose": -9,
        "seed": np.nan,
        "randn": lambda *shape: rng.standard_normal(shape),
        "tolfun": 1e-3,
        "tolx": 1e-3,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return require().CMAEvolutionStrategy(np.clip(start, 0.05, 0.95), 0.25, options)
