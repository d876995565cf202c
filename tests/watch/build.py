"""Nights made up for the tests of drift: the same parts each night, with as many decisions changed as asked for."""

from dataclasses import replace

import numpy as np

from appliance.log.log import Log
from appliance.log.types import Cell, Outcomes
from tests.log.build import DONE, Audit, audit, outcomes_of

FIRST = "night00000"


def night(number: int, *, parts: int = 60, members: int = 2, cells: int = 3) -> Audit:
    """One night's audit; its name sorts by its number."""
    given = audit(f"night{number:05d}", parts=parts, members=members, cells=cells)
    return replace(given, head=replace(given.head, started=f"2026-01-{number + 1:02d}T02:00:00+00:00"))


def fill(log: Log, given: Audit, *, wrong: int = 0, shift: float = 0.0, only: tuple[str, str] | None = None) -> None:
    """Write a night whose outcomes are the first night's: `wrong` right decisions turned, scores moved by `shift`.

    only: (member, condition) that this befalls; all of them where None.
    """
    given.start(log)
    for condition in given.conditions:
        cells = []
        for member in given.members:
            same = outcomes_of(FIRST, member.name, condition.key, given.ng)
            hit = only is None or only == (member.name, condition.key)
            cells.append(Cell(member.name, condition.key, _moved(given, same, wrong, shift) if hit else same, 0.25))
        log.add_cells(given.head.run, cells)
    log.finish_run(given.head.run, DONE)


def _moved(given: Audit, same: Outcomes, wrong: int, shift: float) -> Outcomes:
    ng = same.ng.copy()
    right = np.flatnonzero(ng == given.ng)[:wrong]
    ng[right] = ~ng[right]
    return Outcomes((same.score + np.float32(shift)).astype(np.float32), ng)
