"""One night against the baseline: how far each member moved under each condition, on the same parts.

A reading is paired: part by part, tonight less the baseline. Its z counts standard errors of one night's mean over
these parts, as the baseline's own parts scatter (by group where there are groups). Positive is worse.

Where nothing has changed (same pictures, models and machine) every difference is 0 or rounding. Where the pictures are
taken anew each night, one night as the baseline would carry its own chance into every night after it, and a chart would
alarm after a few dozen: such parts are compared with their mean over the first `USUAL_RUNS` runs since the baseline.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.log.types import Outcomes, PartRow, RunRecord
from appliance.score.grid import ALL, CLEAN, group_codes

FAR = 10.0
"""No reading counts for more standard errors than this: one broken night must not drown the nights after it."""

USUAL_RUNS = 20
"""Runs that say what is usual of a part whose picture is taken anew."""

ROUNDING = 1e-4
"""A score that differs by less, of itself and one, has not moved: the same parts in other batches round otherwise."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """One member under one condition (`all`: the mean over the perturbed ones) on one night, against the baseline.

    n parts were scored in both. `wrong`, `wrong_before`: shares decided wrongly, 0..1; `flips`: share decided
    otherwise. `shift`: mean change of the NG score, positive towards NG; `margin`: mean change of how far scores lie
    on their right side, negative is worse; both in the score's unit. `errors_z`, `margin_z`: in standard errors,
    positive is worse. `moved`: whether any score differs by more than rounding.
    """

    run: str
    baseline: str
    member: str
    condition: str
    n: int
    wrong: float
    wrong_before: float
    flips: float
    shift: float
    margin: float
    errors_z: float
    margin_z: float
    moved: bool


@dataclass(frozen=True, eq=False)
class Sides:
    """The parts of a cell that both sides scored: (n,) each; truth True = NG; groups integers or None.

    `then` is one answer a part, `usual` what tonight is compared with: the same, or a mean over several runs.
    """

    truth: NDArray[np.bool_]
    groups: NDArray[np.intp] | None
    now_wrong: Floats
    then_wrong: Floats
    flipped: Floats
    now_score: Floats
    then_score: Floats
    usual_wrong: Floats
    usual_score: Floats


class FirstSaid:
    """What several runs said of each part: the first of them that holds it speaks."""

    def __init__(self, log: Log, runs: Sequence[str]) -> None:
        self._log, self._runs = log, runs
        self._places: dict[str, dict[tuple[str, bool], int]] = {}
        self._cells: dict[str, set[tuple[str, str]]] = {}

    def outcomes(self, member: str, condition: str, parts: Sequence[PartRow]) -> Outcomes:
        """For each of `parts` what was said first; NaN scores where nothing was."""
        score, ng = np.full(len(parts), np.nan, np.float32), np.zeros(len(parts), np.bool_)
        for run in self._runs:
            missing = np.flatnonzero(np.isnan(score)).tolist()
            if not missing:
                break
            if (member, condition) in self._finished(run):
                places = self._parts(run)
                found = [(i, places[key]) for i in missing if (key := (parts[i].id, parts[i].ng)) in places]
                if found:
                    here, there = np.array(found, np.intp).T
                    held = self._log.outcomes(run, member, condition)
                    score[here], ng[here] = held.score[there], held.ng[there]
        return Outcomes(score, ng)

    def usual(self, member: str, condition: str, parts: Sequence[PartRow]) -> tuple[Floats, Floats]:
        """For each of `parts` the mean score and the share of wrong decisions over the first runs that hold it."""
        score, wrong, count = (np.zeros(len(parts)) for _ in range(3))
        for run in [run for run in self._runs if (member, condition) in self._finished(run)][:USUAL_RUNS]:
            said = FirstSaid(self._log, [run])
            said._places, said._cells = self._places, self._cells
            answer = said.outcomes(member, condition, parts)
            seen = np.isfinite(answer.score)
            score[seen] += answer.score[seen]
            wrong[seen] += (answer.ng != np.array([part.ng for part in parts]))[seen]
            count += seen
        with np.errstate(invalid="ignore"):
            return score / count, wrong / count

    def fresh(self, parts: Sequence[PartRow]) -> NDArray[np.bool_]:
        """(n,) whether a part's picture is another than in the first run that holds it."""
        known: dict[str, str] = {}
        for run in self._runs:
            if all(part.id in known for part in parts):
                break
            known = {part.id: part.sha256 for part in self._log.read_run(run).parts} | known
        return np.array([known.get(part.id, part.sha256) != part.sha256 for part in parts], np.bool_)

    def _finished(self, run: str) -> set[tuple[str, str]]:
        if run not in self._cells:
            self._cells[run] = self._log.finished_cells(run)
        return self._cells[run]

    def _parts(self, run: str) -> dict[tuple[str, bool], int]:
        if run not in self._places:
            self._places[run] = {(part.id, part.ng): i for i, part in enumerate(self._log.read_run(run).parts)}
        return self._places[run]


def take_readings(log: Log, run: str, baseline: str) -> list[Reading]:
    """Every reading of a run against the baseline; conditions that the baseline does not hold yet have none.

    A baseline that covered only a subset is completed by the runs after it, the first that holds a part.
    """
    record = log.read_run(run)
    references = FirstSaid(log, _runs_between(log, baseline, run))
    groups = group_codes([part.group for part in record.parts])
    truth = np.array([part.ng for part in record.parts], np.bool_)
    return [
        reading
        for member in record.members
        for reading in _member_readings(log, record, references, member.name, (truth, groups), baseline)
    ]


def _member_readings(
    log: Log,
    record: RunRecord,
    references: FirstSaid,
    member: str,
    parts: tuple[NDArray[np.bool_], NDArray[np.intp] | None],
    baseline: str,
) -> Iterator[Reading]:
    found: dict[str, Sides] = {}
    run, fresh = record.head.run, references.fresh(record.parts)
    for condition in [key for name, key in record.cells if name == member]:
        then = references.outcomes(member, condition, record.parts)
        usual = references.usual(member, condition, record.parts) if fresh.any() else None
        sides = pair(log.outcomes(run, member, condition), then, *parts, usual=usual, fresh=fresh)
        if len(sides.truth):
            found[condition] = sides
    for condition, sides in found.items():
        yield reading_of(sides, run, baseline, member, condition)
    perturbed = [sides for condition, sides in found.items() if condition != CLEAN]
    if perturbed:
        yield reading_of(pooled(perturbed), run, baseline, member, ALL)


def pair(
    now: Outcomes,
    then: Outcomes,
    truth: NDArray[np.bool_],
    groups: NDArray[np.intp] | None,
    *,
    usual: tuple[Floats, Floats] | None = None,
    fresh: NDArray[np.bool_] | None = None,
) -> Sides:
    """The two sides on the parts that both scored; `fresh` parts are compared with what is `usual` (score, wrong)."""
    both = np.isfinite(now.score) & np.isfinite(then.score)
    now_wrong, then_wrong = ((side.ng != truth)[both].astype(np.float64) for side in (now, then))
    now_score, then_score = (side.score[both].astype(np.float64) for side in (now, then))
    usual_wrong, usual_score = then_wrong, then_score
    if usual is not None and fresh is not None:
        usual_score = np.where(fresh[both], usual[0][both], then_score)
        usual_wrong = np.where(fresh[both], usual[1][both], then_wrong)
    return Sides(
        truth=truth[both],
        groups=None if groups is None else groups[both],
        now_wrong=now_wrong,
        then_wrong=then_wrong,
        flipped=(now.ng != then.ng)[both].astype(np.float64),
        now_score=now_score,
        then_score=then_score,
        usual_wrong=usual_wrong,
        usual_score=usual_score,
    )


def pooled(sides: Sequence[Sides]) -> Sides:
    """Several conditions as one: each part's mean over them. Conditions that scored other parts are left out."""
    most = max(len(side.truth) for side in sides)
    kept = [side for side in sides if len(side.truth) == most]
    names = ("now_wrong", "then_wrong", "flipped", "now_score", "then_score", "usual_wrong", "usual_score")
    means = [np.mean([getattr(side, name) for side in kept], axis=0) for name in names]
    return Sides(kept[0].truth, kept[0].groups, *means)


def reading_of(sides: Sides, run: str, baseline: str, member: str, condition: str) -> Reading:
    """The figures of one pair of sides."""
    towards = np.where(sides.truth, 1.0, -1.0)
    moved = sides.now_score - sides.usual_score
    margin = float((towards * moved).mean())
    wrong, before = float(sides.now_wrong.mean()), float(sides.usual_wrong.mean())
    n = len(sides.truth)
    rare = 0.5 / (n + 1)  # no errors seen in n parts is no proof of none
    errors_se = max(_errors_se(sides), math.sqrt(rare * (1 - rare) / n))
    margin_se = standard_error(_within(sides.then_score, sides.truth), sides.groups)
    return Reading(
        run=run,
        baseline=baseline,
        member=member,
        condition=condition,
        n=n,
        wrong=wrong,
        wrong_before=before,
        flips=float(sides.flipped.mean()),
        shift=float(moved.mean()),
        margin=margin,
        errors_z=_z(wrong - before, errors_se),
        margin_z=_z(-margin, margin_se),
        moved=bool(np.any(np.abs(moved) > ROUNDING * (1 + np.abs(sides.usual_score))) or np.any(sides.flipped != 0)),
    )


def _errors_se(sides: Sides) -> float:
    """Standard error of a night's share of wrong decisions, at the usual share where that is not the baseline's own."""
    then, usual = float(sides.then_wrong.mean()), float(sides.usual_wrong.mean())
    alone = standard_error(sides.then_wrong - then, sides.groups)
    if then == usual or not 0 < then < 1:
        return alone
    return alone * math.sqrt(usual * (1 - usual) / (then * (1 - then)))


def standard_error(residuals: Floats, groups: NDArray[np.intp] | None) -> float:
    """Standard error of a mean of n parts from their residuals (n,); by group where that is larger."""
    n = len(residuals)
    alone = float(np.sum(residuals**2))
    by_group = 0.0 if groups is None else float(np.sum(np.bincount(groups, weights=residuals) ** 2))
    return math.sqrt(max(alone, by_group)) / n


def _within(score: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Scores less the mean of their label's parts."""
    out = score.copy()
    for label in (truth, ~truth):
        if label.any():
            out[label] -= score[label].mean()
    return out


def _z(move: float, se: float) -> float:
    if move == 0:
        return 0.0
    return float(np.clip(move / se, -FAR, FAR)) if se > 0 else FAR * float(np.sign(move))


def keep_readings(log: Log, readings: Sequence[Reading]) -> None:
    """Put readings into the log; those of the same run and baseline are replaced."""
    names = [field.name for field in fields(Reading)]
    marks = ", ".join("?" for _ in names)
    sql = f"INSERT OR REPLACE INTO readings ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
    with transaction(log.connection, log.path):
        log.connection.executemany(sql, [tuple(asdict(reading).values()) for reading in readings])


def kept_readings(log: Log, baseline: str, *, member: str | None = None, last: int | None = None) -> list[Reading]:
    """Readings against a baseline in the order of their runs; of one member, or of the `last` runs, where asked."""
    names = [f"x.{field.name}" for field in fields(Reading)]
    sql = f"SELECT {', '.join(names)} FROM readings x JOIN runs r ON r.run = x.run WHERE x.baseline = ?"  # noqa: S608 - ours
    values: list[object] = [baseline]
    if member is not None:
        sql, values = f"{sql} AND x.member = ?", [*values, member]
    with snapshot(log.connection, log.path):
        rows = log.connection.execute(f"{sql} ORDER BY r.number, x.member, x.condition", values).fetchall()
    readings = [_reading(row) for row in rows]
    if last is None:
        return readings
    runs = list(dict.fromkeys(reading.run for reading in readings))[-last:]
    return [reading for reading in readings if reading.run in set(runs)]


def _reading(row: Sequence[Any]) -> Reading:
    values = dict(zip((field.name for field in fields(Reading)), row, strict=True))
    return Reading(**{**values, "moved": bool(values["moved"])})


def readings_of(log: Log, runs: Sequence[str], baseline: str) -> list[Reading]:
    """Readings of the given runs, oldest first as given: kept ones from the log, the others computed (not kept)."""
    kept: Mapping[str, list[Reading]] = _by_run(kept_readings(log, baseline))
    return [reading for run in runs for reading in kept.get(run) or take_readings(log, run, baseline)]


def _by_run(readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.run, []).append(reading)
    return found


def _runs_between(log: Log, baseline: str, before: str) -> list[str]:
    """The baseline and the runs after it, up to but not including `before`, in order of writing."""
    sql = """SELECT run FROM runs WHERE number >= (SELECT number FROM runs WHERE run = ?1)
        AND number < (SELECT number FROM runs WHERE run = ?2)
        AND family = (SELECT family FROM runs WHERE run = ?1) AND task = (SELECT task FROM runs WHERE run = ?1)
        ORDER BY number"""
    with snapshot(log.connection, log.path):
        return [str(row[0]) for row in log.connection.execute(sql, (baseline, before))]
