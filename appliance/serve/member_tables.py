"""Tables of one size, on its page and as drawings to save: drops night by night, and how far each limit holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.log.connect import snapshot
from appliance.log.kept import Night
from appliance.report import units
from appliance.report.view_heat import perturbed
from appliance.score.grid import CLEAN
from appliance.score.summary_types import Summary
from appliance.score.types import Envelope, EnvelopeState
from appliance.serve import names
from appliance.serve.chart_heat import HeatLine, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.heat import EMPTY, Cell, address, figure, table_row
from appliance.serve.scored import envelope_cell, envelope_text
from appliance.serve.times import day

CELLS = """SELECT c.run, c.condition, c.accuracy FROM json_each(?1) r CROSS JOIN json_each(?2) k
CROSS JOIN cells c ON c.run = r.value AND c.member = ?3 AND c.condition = k.value"""
SHADES = {
    EnvelopeState.NOT_REACHED: "hb",
    EnvelopeState.REACHED: "h1",
    EnvelopeState.ALREADY_AT_CLEAN: "h4",
    EnvelopeState.NOT_PROVABLE: "hx",
}


@dataclass(frozen=True)
class Drops:
    """The drop of accuracy, pp, of each perturbation at its strongest severity: (key, name), and a value a night."""

    nights: tuple[Night, ...]
    rows: tuple[tuple[str, str, tuple[float | None, ...]], ...]

    def body(self, run: str) -> Markup:
        """The rows of the table; a perturbation leads to its page in `run`."""
        here = address(run)
        rows = [table_row(here, key, name, [_cell(drop) for drop in drops]) for key, name, drops in self.rows]
        return Markup("".join(rows))  # noqa: S704 - names are escaped, numbers are ours


def read_drops(view: View, summary: Summary, member: str, nights: Sequence[Night]) -> Drops:
    """The drops of one size over `nights`."""
    strongest = {row.name: row.key for row in perturbed(summary)}  # severities rise: the last one stays
    seen = _accuracies(view, [night.run for night in nights], member, [CLEAN, *strongest.values()])
    rows = tuple(
        (key, names.perturbation(view.w, name), tuple([_drop(found, key) for found in seen]))
        for name, key in strongest.items()
    )
    return Drops(tuple(nights), rows)


def _accuracies(view: View, runs: list[str], member: str, keys: list[str]) -> list[dict[str, float | None]]:
    """Per run the accuracy under each of `keys` that it has."""
    found: dict[str, dict[str, float | None]] = {run: {} for run in runs}
    with snapshot(view.log.connection, view.log.path):
        for run, key, accuracy in view.log.connection.execute(CELLS, (json.dumps(runs), json.dumps(keys), member)):
            found[run][key] = accuracy
    return list(found.values())


def _drop(found: dict[str, float | None], key: str) -> float | None:
    clean, here = found.get(CLEAN), found.get(key)
    return None if clean is None or here is None else 100 * (clean - here)


def _cell(drop: float | None) -> Cell:
    return EMPTY if drop is None else (*figure(drop), False)


def drops_figure(view: View, drops: Drops, member: str) -> Figure:
    """The drops as a drawing to save."""
    w = view.w
    title = w("{name}: drop of accuracy by night, pp", name=member)
    lines = [HeatLine(name, tuple(_cell(drop)[:2] for drop in values)) for _, name, values in drops.rows]
    drawing = draw(lines, [day(w, night.started) for night in drops.nights], title)
    header = (w("condition"), *(night.run for night in drops.nights))
    return Figure("drops", title, drawing, lambda: Table(header, tuple((k, *v) for k, _, v in drops.rows)), "drop")


def limits_of(found: Sequence[Envelope]) -> list[str]:
    """The limits that envelopes were found for."""
    return list(dict.fromkeys(envelope.limit for envelope in found))


def envelope_rows(view: View, summary: Summary) -> list[tuple[str, list[tuple[Markup, str] | None]]]:
    """(perturbation, a cell for each limit) of the envelopes of one size."""
    return [(name, [envelope_cell(view.w, envelope) for envelope in found]) for name, found in _by_name(view, summary)]


def _by_name(view: View, summary: Summary) -> list[tuple[str, list[Envelope | None]]]:
    mine = {(e.perturbation, e.limit): e for e in summary.envelopes}
    limits = limits_of(summary.envelopes)
    rows = dict.fromkeys(row.name for row in perturbed(summary))
    return [(names.perturbation(view.w, name), [mine.get((name, limit)) for limit in limits]) for name in rows]


def envelopes_figure(view: View, summary: Summary, member: str) -> Figure:
    """How far each limit holds, as a drawing to save."""
    w, limits = view.w, limits_of(summary.envelopes)
    title = w("{name}: how far each limit holds", name=member)
    lines = [HeatLine(name, tuple(_said(view, item) for item in found)) for name, found in _by_name(view, summary)]
    drawing = draw(lines, [names.limit(w, limit) for limit in limits], title)
    header = (w("perturbation"), w("limit"), w("state"), w("severity"), w("unit"))
    rows = tuple(
        (e.perturbation, e.limit, e.state.value, e.severity, e.unit) for e in summary.envelopes
    )  # fmt: skip
    return Figure("envelopes", title, drawing, lambda: Table(header, rows), "envelope")


def _said(view: View, envelope: Envelope | None) -> tuple[str, str]:
    return ("hx", units.DASH) if envelope is None else (SHADES[envelope.state], envelope_text(view.w, envelope))
