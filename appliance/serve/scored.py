"""What several pages say of a scored run: limits for each size, envelopes in words, who decides a part how."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from appliance.language.catalogue import Words, mark
from appliance.log import read, rows
from appliance.log.connect import snapshot
from appliance.log.log import Log
from appliance.log.types import Outcomes, RunBrief
from appliance.report import units
from appliance.report.chart_bars import envelope_bar, farthest
from appliance.score.kept import Tally
from appliance.score.types import Envelope, EnvelopeState
from appliance.serve import names
from appliance.serve.desk import unknown

ENVELOPES = {
    EnvelopeState.REACHED: mark("up to {severity}"),
    EnvelopeState.NOT_REACHED: mark("not reached up to {severity}"),
    EnvelopeState.ALREADY_AT_CLEAN: mark("already crossed when clean"),
    EnvelopeState.NOT_PROVABLE: mark("too few parts: {parts} would prove it"),
}


@dataclass(frozen=True)
class LimitCell:
    """One limit of one size: the badge, the bound on clean parts, how many binding conditions hold."""

    kind: str
    state: str
    clean: str
    held: int
    judged: int


def limit_cells(w: Words, found: Sequence[Tally]) -> dict[str, list[LimitCell]]:
    """Per size, a cell for every limit that was judged; a size without any has none."""
    cells: dict[str, list[LimitCell]] = defaultdict(list)
    for tally in found:
        clean = units.DASH if tally.clean_upper is None else units.percent(tally.clean_upper)
        state = w(names.STATES[tally.state])
        cells[tally.member].append(LimitCell(names.KINDS[tally.state], state, clean, tally.held, tally.judged))
    return cells


def limits_judged(w: Words, found: Sequence[Tally]) -> list[tuple[str, str]]:
    """(name, allowed) of every limit that was judged."""
    allowed = {tally.limit: tally.allowed for tally in found}
    return [(names.limit(w, key), units.percent(value)) for key, value in allowed.items()]


def envelope_text(w: Words, envelope: Envelope) -> str:
    """How far a limit holds, in words and in its physical unit."""
    if envelope.state is EnvelopeState.NOT_PROVABLE and envelope.parts_needed is None:
        return w("too few parts")
    value = float(f"{envelope.severity:.3g}") if envelope.severity is not None else farthest(envelope)
    shown = names.amount(w, envelope.perturbation, value, envelope.unit)
    return w(ENVELOPES[envelope.state], severity=shown, parts=units.count(envelope.parts_needed or 0))


def envelope_cell(w: Words, envelope: Envelope | None) -> tuple[Markup, str] | None:
    """The bar and the words of an envelope."""
    if envelope is None:
        return None
    text = envelope_text(w, envelope)
    return envelope_bar(envelope, text, names.limit(w, envelope.limit)), text


@dataclass(frozen=True)
class PartLine:
    """One part of a run: where its outcomes stand, its id and its label."""

    position: int
    id: str
    ng: bool


def part_lines(log: Log, run: str) -> list[PartLine]:
    """The parts of a run in the order of its outcomes."""
    sql = "SELECT p.position, p.id, p.ng FROM runs r JOIN parts p ON p.part_set = r.part_set WHERE r.run = ? ORDER BY 1"
    with snapshot(log.connection, log.path):
        return [PartLine(row[0], row[1], bool(row[2])) for row in log.connection.execute(sql, (run,))]


def find_part(parts: Sequence[PartLine], name: str) -> PartLine:
    """The part of this id. Raises UsageError where the run has none."""
    found = next((part for part in parts if part.id == name), None)
    if found is None:
        raise unknown(f"no part {name!r} in this run")
    return found


def cells_under(log: Log, run: str, members: Sequence[str], condition: str) -> dict[str, Outcomes]:
    """The outcomes of every member that finished the condition."""
    with snapshot(log.connection, log.path):
        done = [name for name in members if log.connection.execute(DONE, (run, name, condition)).fetchone()]
    return {name: log.outcomes(run, name, condition) for name in done}


DONE = "SELECT 1 FROM cells WHERE run = ? AND member = ? AND condition = ?"


def wrong(outcomes: Outcomes, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) parts that were scored and decided wrongly."""
    return np.asarray(np.isfinite(outcomes.score) & (outcomes.ng != truth))


def brief(log: Log, run: str) -> RunBrief:
    """One line of the list of runs."""
    with snapshot(log.connection, log.path):
        found = next(iter(read.lines(log.connection, "SELECT * FROM v_runs WHERE run = ?", run)))
        return rows.brief(found)


def recent(log: Log, most: int, before: int | None = None) -> list[RunBrief]:
    """The runs begun last, newest first; older than the run numbered `before` where it is given."""
    sql = "SELECT * FROM v_runs WHERE number < ? ORDER BY number DESC LIMIT ?"
    with snapshot(log.connection, log.path):
        found = read.lines(log.connection, sql, before if before is not None else 1 << 62, most)
        return [rows.brief(row) for row in found]


def recent_names(log: Log, most: int) -> list[tuple[str, str]]:
    """(run, started) of the runs begun last, newest first."""
    with snapshot(log.connection, log.path):
        sql = "SELECT run, started FROM runs ORDER BY number DESC LIMIT ?"
        return log.connection.execute(sql, (most,)).fetchall()
