"""One run, scored: everything that the terminal, the report and `--json` show is drawn from here."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from appliance.language.catalogue import LANGUAGES
from appliance.language.tongue import speaking
from appliance.log.types import RunRecord
from appliance.score.beside import Beside
from appliance.score.cells import cell_scores
from appliance.score.changes import changes
from appliance.score.envelope import envelopes, sweeps
from appliance.score.grid import Grid, Reader, read_grid
from appliance.score.limits import Calibrated, limit_verdicts
from appliance.score.members import member_scores
from appliance.score.notes import notes
from appliance.score.pairs import pairs
from appliance.score.repeatability import repeatability
from appliance.score.sight import sight
from appliance.score.summary_types import Summary, Told
from appliance.score.verdict import Findings, verdict
from appliance.score.worst import contradicted, worst_parts
from appliance.sections.calibration import calibrated_ranges

T = TypeVar("T")


def summarise(
    record: RunRecord,
    outcomes: Reader,
    *,
    previous: RunRecord | None = None,
    beside: Beside | None = None,
    known: Summary | None = None,
) -> Summary:
    """Score `record`; `outcomes(member, condition)` reads one finished cell, parts in the run's order.

    A failed cell (no finite score) is kept with n = 0 and left out of every mean, a part without a score is left out
    of its cell. `previous` is the run before, for what has changed since. `known`: the same run as it was scored
    before; then only what is said in words is said anew, in the language spoken.
    """
    grid = read_grid(record, outcomes)
    scored = known or _scored(record, grid, beside or Beside())
    findings = Findings(scored.members, scored.pairs, scored.limits, _perturbed(grid), len(record.parts))

    def told() -> Told:
        return Told(verdict(findings), changes(record, previous), notes(grid))

    said = told()
    return replace(
        scored,
        record=record,
        costs=record.costs,
        changes=said.changes,
        verdict=said.verdict,
        notes=said.notes,
        told=in_each_language(told),
    )


def _scored(record: RunRecord, grid: Grid, beside: Beside) -> Summary:
    """All that is worked out in numbers."""
    cells = cell_scores(grid, record.head.task)
    members, limits = member_scores(grid, cells), record.head.limits
    return Summary(
        record=record,
        members=members,
        cells=cells,
        limits=limit_verdicts(cells, record.conditions, limits, _calibrated(record)),
        envelopes=envelopes(cells, [row.name for row in record.members], sweeps(record.conditions), limits),
        pairs=pairs(grid, members),
        costs=record.costs,
        worst_parts=worst_parts(grid),
        contradicted=contradicted(grid),
        changes=(),
        verdict="",
        notes=(),
        sight=sight(grid, beside.sights),
        repeatability=repeatability(grid, beside.shots),
    )


def in_each_language(make: Callable[[], T]) -> dict[str, T]:
    """What `make` makes while each language is spoken."""
    made: dict[str, T] = {}
    for language in LANGUAGES:
        with speaking(language):
            made[language] = make()
    return made


def _perturbed(grid: Grid) -> int:
    """Perturbed conditions under which any member was scored."""
    return sum(bool(grid.seen[:, c].any()) for c in grid.perturbed)


def _calibrated(record: RunRecord) -> Calibrated:
    """The ranges the site was calibrated to when this run was made."""
    return calibrated_ranges(record.head.config, {row.name: row.neutral for row in record.conditions})
