"""Two runs, or two members of one run, cell by cell on the parts they share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.language.tongue import filled
from appliance.log.types import Outcomes, PartRow, RunRecord
from appliance.score.changes import changes
from appliance.score.clusters import correlation
from appliance.score.differences import mean_interval, per_part
from appliance.score.drift import drop_intervals, scored
from appliance.score.grid import ALL, CLEAN, Reader, group_codes
from appliance.score.intervals import rate_of
from appliance.score.paired import holm, mcnemar_mid_p, sign_flip_p
from appliance.score.resample import Resamples
from appliance.score.types import Interval, Rate

SIGNIFICANT = 0.05

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scored:
    """A logged run with the reader of its outcomes, as `summarise` takes them."""

    record: RunRecord
    outcomes: Reader


@dataclass(frozen=True)
class CellChange:
    """One cell in `a` and in `b` on the same parts; changes are b less a in pp, so a gain in accuracy is positive.

    `condition` is `all` for the mean over every shared condition but clean: its p is of random swaps of whole parts,
    its flips are of all its pictures. `flips` counts parts decided otherwise.
    """

    member_a: str
    member_b: str
    condition: str
    parts: int
    accuracy: Interval
    escape: Interval
    overkill: Interval
    flips: Rate
    only_a_right: int
    only_b_right: int
    mcnemar_p: float
    holm_p: float = float("nan")

    @property
    def significant(self) -> bool:
        """Whether the accuracy differs after Holm's correction over all cells compared."""
        return self.holm_p < SIGNIFICANT


@dataclass(frozen=True)
class Comparison:
    """`b` against `a` on the parts that have the same id, picture and label in both."""

    a: str
    b: str
    parts: int
    left_out: int
    conditions: tuple[str, ...]
    cells: tuple[CellChange, ...]
    changes: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, eq=False)
class Common:
    """What two runs share: part indices in each, labels, groups and resamples over the shared parts."""

    at_a: NDArray[np.intp]
    at_b: NDArray[np.intp]
    truth: Bools
    groups: NDArray[np.intp] | None
    resamples: Resamples


def compare(a: Scored, b: Scored) -> Comparison:
    """Every cell that both runs finished, members matched by name and conditions by key.

    Raises InputRefused where no part, no member or no condition is in both.
    """
    members = [row.name for row in a.record.members if row.name in {other.name for other in b.record.members}]
    if not members:
        raise InputRefused("the two runs have no member in common", mend="compare runs of one family")
    pairs = [(name, name) for name in members]
    found = _compare(a, b, pairs, (a.record.head.run, b.record.head.run))
    return replace(found, changes=changes(b.record, a.record))


def compare_members(run: Scored, a: str, b: str) -> Comparison:
    """Two members of one run. Raises InputRefused where the run does not have them."""
    names = [row.name for row in run.record.members]
    for name in (a, b):
        if name not in names:
            raise InputRefused(f"the run has no member {name}", mend=f"choose among {', '.join(names)}")
    return _compare(run, run, [(a, b)], (a, b))


def _compare(a: Scored, b: Scored, pairs: Sequence[tuple[str, str]], names: tuple[str, str]) -> Comparison:
    common = common_parts(a.record, b.record)
    keys = [row.key for row in a.record.conditions if row.key in {other.key for other in b.record.conditions}]
    if not keys:
        raise InputRefused("the two runs have no condition in common", mend="run both with the same suite")
    cells = _with_holm([cell for pair in pairs for cell in _pair_cells(a, b, pair, keys, common)])
    if not cells:
        raise InputRefused("no cell was scored in both runs", mend="see `runs show` for what failed")
    parts = len(common.truth)
    left_out = len(a.record.parts) + len(b.record.parts) - 2 * parts
    return Comparison(*names, parts, left_out, tuple(keys), cells, (), _verdict(cells, parts))


def common_parts(a: RunRecord, b: RunRecord) -> Common:
    """Parts with the same id, picture and label, in the order of `a`."""
    in_b = {_identity(part): i for i, part in enumerate(b.parts)}
    shared = [(i, in_b[_identity(part)]) for i, part in enumerate(a.parts) if _identity(part) in in_b]
    if not shared:
        raise InputRefused(
            "the two runs have no part in common (same id, picture and label)",
            mend="compare runs over the same parts folder",
        )
    at_a, at_b = (np.array(column, np.intp) for column in zip(*shared, strict=True))
    groups = group_codes([b.parts[i].group for i in at_b])
    truth = np.array([b.parts[i].ng for i in at_b], np.bool_)
    return Common(at_a, at_b, truth, groups, Resamples.of(b.head.seed, len(shared), groups))


def _identity(part: PartRow) -> tuple[str, str, bool]:
    return part.id, part.sha256, part.ng


def _pair_cells(
    a: Scored, b: Scored, pair: tuple[str, str], keys: Sequence[str], common: Common
) -> Iterator[CellChange]:
    """The cells of one pair of members under each of `keys` that both finished, then the mean over all but clean."""
    done_a, done_b = set(a.record.cells), set(b.record.cells)
    kept = [key for key in keys if (pair[0], key) in done_a and (pair[1], key) in done_b]
    sides = [
        (_shared(a.outcomes(pair[0], key), common.at_a), _shared(b.outcomes(pair[1], key), common.at_b)) for key in kept
    ]
    usable = [i for i, (first, second) in enumerate(sides) if (scored(first) & scored(second)).any()]
    if not usable:
        return
    table = _table([kept[i] for i in usable], [sides[i] for i in usable], common)
    yield from _cell_changes(table, pair)
    perturbed = [i for i, key in enumerate(table.keys) if key != CLEAN]
    if perturbed:
        yield _mean_change(table, pair, perturbed)


def _shared(outcomes: Outcomes, at: NDArray[np.intp]) -> Outcomes:
    return Outcomes(outcomes.score[at], outcomes.ng[at])


@dataclass(frozen=True, eq=False)
class _Table:
    """One pair of members, (parts, conditions): scored in both, decided otherwise, +1 where only `b` is right."""

    keys: Sequence[str]
    both: Bools
    flipped: Bools
    gained: NDArray[np.int8]
    common: Common


def _table(keys: Sequence[str], sides: Sequence[tuple[Outcomes, Outcomes]], common: Common) -> _Table:
    both = np.stack([scored(first) & scored(second) for first, second in sides], axis=1)
    ng_a, ng_b = (np.stack(column, axis=1) for column in zip(*((x.ng, y.ng) for x, y in sides), strict=True))
    right_a, right_b = ((ng == common.truth[:, None]) & both for ng in (ng_a, ng_b))
    return _Table(keys, both, (ng_a != ng_b) & both, right_b.astype(np.int8) - right_a, common)


def _cell_changes(table: _Table, pair: tuple[str, str]) -> Iterator[CellChange]:
    rates = [drop_intervals(*counted, table.common.resamples) for counted in _counted(table, slice(None))]
    for i, key in enumerate(table.keys):
        yield _change(table, pair, key, [i], [rate[i] for rate in rates])


def _mean_change(table: _Table, pair: tuple[str, str], columns: list[int]) -> CellChange:
    resamples = table.common.resamples
    rates = [mean_interval(resamples, *_columns_with_parts(*counted)) for counted in _counted(table, columns)]
    p = sign_flip_p(resamples, per_part(table.gained[:, columns], table.both[:, columns]))[0]
    return replace(_change(table, pair, ALL, columns, rates), mcnemar_p=float(p))


def _counted(table: _Table, columns: list[int] | slice) -> list[tuple[NDArray[np.int8], Bools]]:
    """What accuracy, escape rate and overkill rate gain from a to b, and over which parts."""
    ng, gained, both = table.common.truth[:, None], table.gained[:, columns], table.both[:, columns]
    return [(gained, both), (-gained * ng, both & ng), (-gained * ~ng, both & ~ng)]


def _change(
    table: _Table, pair: tuple[str, str], key: str, columns: list[int], rates: Sequence[Interval]
) -> CellChange:
    gained, both = table.gained[:, columns], table.both[:, columns]
    groups = table.common.groups
    if groups is None and len(columns) > 1:
        groups = np.arange(len(both))  # a part's pictures under several conditions are no independent parts
    only_a, only_b = int(np.count_nonzero(gained < 0)), int(np.count_nonzero(gained > 0))
    flips = _flips(table, both, columns, groups)
    p, parts = float(mcnemar_mid_p(only_a, only_b)), int(np.count_nonzero(both.any(axis=1)))
    return CellChange(*pair, key, parts, rates[0], rates[1], rates[2], flips, only_a, only_b, p)


def _flips(table: _Table, both: Bools, columns: list[int], groups: NDArray[np.intp] | None) -> Rate:
    """Flips under `columns`; how they cluster is taken from every condition of the pair."""
    flipped = table.flipped[:, columns][both]
    if groups is None:
        return rate_of(flipped)
    spread = np.broadcast_to(groups[:, None], both.shape)[both]
    if len(columns) > 1:
        return rate_of(flipped, spread, correlation(flipped[:, None], np.ones_like(flipped)[:, None], spread))
    return rate_of(flipped, spread, correlation(table.flipped, table.both, groups))


def _columns_with_parts(lost: NDArray[np.int8], both: Bools) -> tuple[NDArray[np.int8], Bools]:
    kept = both.any(axis=0)
    return lost[:, kept], both[:, kept]


def _with_holm(cells: Sequence[CellChange]) -> tuple[CellChange, ...]:
    adjusted = holm([cell.mcnemar_p for cell in cells])
    return tuple(replace(cell, holm_p=float(p)) for cell, p in zip(cells, adjusted, strict=True))


def _verdict(cells: Sequence[CellChange], parts: int) -> str:
    """One sentence: how many cells differ by more than chance, and which way."""
    better = sum(cell.significant and cell.accuracy.estimate > 0 for cell in cells)
    worse = sum(cell.significant and cell.accuracy.estimate < 0 for cell in cells)
    over = filled("on 1 shared part") if parts == 1 else filled("on {parts} shared parts", parts=parts)
    if not better and not worse:
        return filled("No difference in accuracy is shown {over}.", over=over)
    counted = {"cells": len(cells), "worse": worse, "better": better, "over": over}
    if worse == 1:
        return filled("Of {cells} comparisons {worse} is worse and {better} better {over}.", **counted)
    return filled("Of {cells} comparisons {worse} are worse and {better} better {over}.", **counted)
