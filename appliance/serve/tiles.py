"""A tile for every size on the first page: how it stands, its rates against the limits, its drift, its cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.language.catalogue import Words
from appliance.log.kept import MemberNight
from appliance.report import units
from appliance.score.kept import member_rows
from appliance.serve import names
from appliance.serve.alerts import AlertLine
from appliance.serve.desk import View, read_summary
from appliance.serve.drift import Drift, drift_words
from appliance.serve.state import alert_level, member_level, worse


@dataclass(frozen=True)
class Tile:
    """One size. rates: (limit, seen, bound, allowed) as text; kept: decisions kept under perturbation."""

    name: str
    level: str
    state: str
    on_line: bool
    rates: tuple[tuple[str, str, str, str], ...]
    moved: str
    kept: str
    cost: str
    cost_doubt: str  # what stands against the cost (contended, throttled ...), empty where nothing does
    alerts: int
    alarm: str  # the level of the worst of its alerts


@dataclass(frozen=True)
class Board:
    """What the tiles are made from: rows of the last nights, oldest first; limits and takt of the site."""

    rows: Sequence[MemberNight]
    limits: dict[str, float]
    alerts: Sequence[AlertLine]
    drift: Drift | None
    takt_ms: float
    line_member: str

    @property
    def last(self) -> tuple[MemberNight, ...]:
        """The members of the last night."""
        return tuple(row for row in self.rows if row.run == self.rows[-1].run)

    def of(self, member: str) -> list[MemberNight]:
        """The nights of one member, oldest first."""
        return [row for row in self.rows if row.member == member]


def judged(view: View, rows: Sequence[MemberNight], run: str) -> tuple[MemberNight, ...]:
    """The rows of a run with bounds and states; what an older log or an unfinished run lacks is scored now, once."""
    mine = tuple(row for row in rows if row.run == run)
    if mine and all(row.escape_upper is not None for row in mine):
        return mine
    return tuple(member_rows(read_summary(view.log, run)))


def tiles(w: Words, board: Board) -> list[Tile]:
    """The tiles, in the order of the sizes."""
    return [_tile(w, board, row) for row in board.last]


def _tile(w: Words, board: Board, row: MemberNight) -> Tile:
    mine = [alert for alert in board.alerts if alert.member == row.member]
    timed = next(
        (night for night in reversed(board.of(row.member)) if night.p99_ms is not None or night.p99_state), None
    )
    return Tile(
        name=row.member,
        level=member_level(row, board.alerts),
        state=w(names.OF_A_TILE[row.state]),
        on_line=row.member == board.line_member,
        rates=_rates(w, board, row),
        moved=_moved(w, board, row),
        kept=units.DASH if row.flip_rate is None else units.percent(1 - row.flip_rate),
        cost=_cost(w, board, timed),
        cost_doubt=_doubt(w, timed),
        alerts=len(mine),
        alarm=worse(*(alert_level(alert) for alert in mine)),
    )


def _rates(w: Words, board: Board, row: MemberNight) -> tuple[tuple[str, str, str, str], ...]:
    seen = {
        "escape_rate": (row.escape_rate, row.escape_upper),
        "overkill_rate": (row.overkill_rate, row.overkill_upper),
    }
    return tuple(
        (names.limit(w, name), _percent(seen[name][0]), _percent(seen[name][1]), units.percent(allowed))
        for name, allowed in board.limits.items()
        if name in seen
    )


def _percent(value: float | None) -> str:
    return units.DASH if value is None else units.percent(value)


def _cost(w: Words, board: Board, timed: MemberNight | None) -> str:
    """The time measured last: not every night measures it."""
    if timed is None:
        return w("not measured")
    if timed.p99_ms is None:
        return w("no bound for the p99")
    return w("{ms} ms of {takt} ms takt", ms=units.number(timed.p99_ms), takt=units.number(board.takt_ms))


def _doubt(w: Words, timed: MemberNight | None) -> str:
    if timed is None or timed.p99_state in ("", "valid"):
        return ""
    return w(names.COST_STATES[timed.p99_state]) if timed.p99_state in names.COST_STATES else timed.p99_state


def _moved(w: Words, board: Board, row: MemberNight) -> str:
    """What the control charts say; without a baseline, how the mean accuracy moved since the audit before."""
    point = board.drift.last(row.member) if board.drift else None
    if point is not None:
        return drift_words(w, point)
    before = board.of(row.member)[-2:-1]
    if not before or row.mean_accuracy is None or before[0].mean_accuracy is None:
        return w("first audit of its kind")
    change = 100 * (row.mean_accuracy - before[0].mean_accuracy)
    if change == 0:
        return w("as the audit before")
    better, worse = w("{value} better than the audit before"), w("{value} worse than the audit before")
    return (better if change > 0 else worse).format(value=units.pp(abs(change)))
