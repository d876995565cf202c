"""The parts to look at: where members go wrong under a perturbation, and labels that every member contradicts."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from appliance.score.grid import Grid
from appliance.score.summary_types import WorstPart

MOST = 24
PER_CONDITION = 4  # candidates kept of each condition

Rank = tuple[int, int, int]


def worst_parts(grid: Grid, most: int = MOST) -> tuple[WorstPart, ...]:
    """At most `most` parts, each once, taken from the conditions in turn.

    Within a condition, parts come first that are NG and passed as OK by some member, then those about which most
    members disagree with the rest, then those that were decided rightly on clean pictures by members now wrong.
    """
    queues = [list(_candidates(grid, c)) for c in grid.perturbed]
    order = sorted((queue for queue in queues if queue), key=lambda queue: queue[0][0], reverse=True)
    taken: dict[int, int] = {}
    for turn in range(PER_CONDITION):
        for queue in order:
            if turn < len(queue) and len(taken) < most:
                _, c, part = queue[turn]
                taken.setdefault(part, c)
    return tuple(_worst_part(grid, c, part) for part, c in taken.items())


def _candidates(grid: Grid, c: int) -> Iterator[tuple[Rank, int, int]]:
    """(rank, condition, part), worst first, of the parts that at least one member decides wrongly under `c`."""
    wrong = grid.seen[:, c] & ~grid.right[:, c]
    errors = wrong.sum(axis=0)
    disagree = np.minimum(errors, grid.right[:, c].sum(axis=0))
    turned = (wrong & _clean_right(grid)).sum(axis=0)
    hit = np.flatnonzero(errors)
    order = np.lexsort((hit, -turned[hit], -disagree[hit], ~grid.truth[hit]))
    for part in hit[order[:PER_CONDITION]]:
        yield (int(grid.truth[part]), int(disagree[part]), int(turned[part])), c, int(part)


def _clean_right(grid: Grid) -> NDArray[np.bool_]:
    """(M, n) decided rightly on clean pictures."""
    return grid.right[:, grid.clean] if grid.clean is not None else np.zeros_like(grid.right[:, 0])


def _worst_part(grid: Grid, c: int, part: int) -> WorstPart:
    seen = [m for m in range(len(grid.members)) if grid.seen[m, c, part]]
    return WorstPart(
        part=grid.parts[part].id,
        condition=grid.conditions[c].key,
        ng=bool(grid.truth[part]),
        wrong=tuple(grid.members[m].name for m in seen if not grid.right[m, c, part]),
        right=tuple(grid.members[m].name for m in seen if grid.right[m, c, part]),
        scores=_scores(grid, c, part),
        clean_scores={} if grid.clean is None else _scores(grid, grid.clean, part),
    )


def _scores(grid: Grid, c: int, part: int) -> dict[str, float]:
    """NG scores by member, of those that scored the part."""
    return {
        row.name: float(grid.outcomes[m, c].score[part]) for m, row in enumerate(grid.members) if grid.seen[m, c, part]
    }


def contradicted(grid: Grid) -> tuple[str, ...]:
    """Ids of parts whose label every member contradicts on clean pictures; one member alone is no witness."""
    clean = grid.clean
    if clean is None:
        return ()
    judges = [m for m in range(len(grid.members)) if grid.seen[m, clean].any()]
    if len(judges) < 2:
        return ()
    against = (grid.seen[judges, clean] & ~grid.right[judges, clean]).all(axis=0)
    return tuple(grid.parts[i].id for i in np.flatnonzero(against))
