"""How the limits stand, arranged for the head of the report."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.report import units, words
from appliance.report.labels import CLEAN, limit_name
from appliance.score.summary_types import Summary
from appliance.score.types import LimitState, LimitVerdict

_WORST_FIRST = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)
_CLASSES = {LimitState.BREACHED: "bad", LimitState.NOT_PROVABLE: "open", LimitState.HOLDS: "good"}


@dataclass(frozen=True)
class BoardCell:
    """One member against one limit, over clean and the calibrated range."""

    state: str
    kind: str  # class of the badge: good, open, bad, none
    clean: str  # the upper bound on clean parts
    note: str  # how many conditions of the range hold
    whole: str  # the same with clean among them


@dataclass(frozen=True)
class Board:
    """Members down, limits across; `holding` names the members for which every limit is proven to hold."""

    head: str
    kind: str
    limits: tuple[tuple[str, str], ...]  # name, allowed
    rows: tuple[tuple[str, tuple[BoardCell, ...]], ...]
    holding: tuple[str, ...]
    open: tuple[LimitVerdict, ...]  # binding, not holding
    beyond: int  # crossings beyond the calibrated range


def worst_state(verdicts: Sequence[LimitVerdict]) -> LimitState | None:
    """The worst state among `verdicts`; None where there are none."""
    states = {verdict.state for verdict in verdicts}
    return next((state for state in _WORST_FIRST if state in states), None)


def _note(verdicts: Sequence[LimitVerdict]) -> str:
    total = len(verdicts)
    for state, text in (
        (LimitState.BREACHED, words.BOARD_BREACHED),
        (LimitState.NOT_PROVABLE, words.BOARD_UNPROVEN),
    ):
        count = sum(verdict.state is state for verdict in verdicts)
        if count:
            return text.format(count=count, total=total)
    return words.BOARD_HOLDS.format(total=total) if total else units.DASH


def _cell(verdicts: Sequence[LimitVerdict]) -> BoardCell:
    state = worst_state(verdicts)
    clean = next((units.percent(verdict.upper) for verdict in verdicts if verdict.condition == CLEAN), units.DASH)
    if state is None:
        return BoardCell(units.DASH, "none", clean, units.DASH, units.DASH)
    return BoardCell(
        words.LIMIT_STATES[state],
        _CLASSES[state],
        clean,
        _note([verdict for verdict in verdicts if verdict.condition != CLEAN]),
        _note(verdicts),
    )


def _head(state: LimitState | None) -> tuple[str, str]:
    if state is None:
        return words.HEADS["none"], "none"
    key = {LimitState.BREACHED: "breached", LimitState.NOT_PROVABLE: "unproven", LimitState.HOLDS: "holds"}[state]
    return words.HEADS[key], _CLASSES[state]


def _excess(verdict: LimitVerdict) -> tuple[int, float]:
    over = verdict.upper - verdict.allowed
    return _WORST_FIRST.index(verdict.state), -over if math.isfinite(over) else 0.0


def open_limits(summary: Summary) -> tuple[LimitVerdict, ...]:
    """Binding limits that do not hold: breached before not shown to hold, the farthest over first."""
    kept = (verdict for verdict in summary.limits if verdict.binding and verdict.state is not LimitState.HOLDS)
    return tuple(sorted(kept, key=_excess))


def _row(name: str, keys: Sequence[str], binding: Sequence[LimitVerdict]) -> tuple[str, tuple[BoardCell, ...]]:
    mine = [verdict for verdict in binding if verdict.member == name]
    return name, tuple(_cell([verdict for verdict in mine if verdict.limit == key]) for key in keys)


def board(summary: Summary) -> Board:
    """The state of limits for every member."""
    binding = [verdict for verdict in summary.limits if verdict.binding]
    allowed = {verdict.limit: verdict.allowed for verdict in binding}
    head, kind = _head(worst_state(binding))
    rows = tuple(_row(member.name, list(allowed), binding) for member in summary.members)
    return Board(
        head,
        kind,
        tuple((limit_name(key), units.percent(value)) for key, value in allowed.items()),
        rows,
        tuple(name for name, cells in rows if cells and all(cell.kind == "good" for cell in cells)),
        open_limits(summary),
        sum(not verdict.binding and verdict.state is LimitState.BREACHED for verdict in summary.limits),
    )
