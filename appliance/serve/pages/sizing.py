"""Sizing: which machine meets the takt with which size, as `inspect-eval size` worked it out last."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.language.catalogue import Words, mark
from appliance.report import units
from appliance.serve.chart_heat import HeatLine, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.page import Page
from appliance.serve.times import shown

FILE = "size.json"
LARGEST = 4_000_000
MEETS = {"yes": mark("meets it"), "no": mark("does not"), "not provable": mark("not proven")}
KINDS = {"yes": "good", "no": "bad", "not provable": "open"}
SHADES = {"yes": "hb", "no": "h6", "not provable": "h2"}


@dataclass(frozen=True)
class Cell:
    """One machine with one size."""

    kind: str
    text: str
    latency: str
    cost: str
    why: str


def page(view: View) -> Page:
    """The answer made last."""
    found = _told(view.w, read_answer(view.site.reports / FILE))
    values: dict[str, Any] = {"found": found, "rows": [], "members": [], "line": []}
    if found:
        values |= {
            "rows": _best_first(
                [(name, [_cell(view.w, found, r) for r in rows]) for name, rows in _by_machine(found).items()]
            ),
            "members": _members(found),
            "decided": shown(str(found.get("made", ""))),
            "line": _line(view.w, found),
        }
    return Page("sizing.html", view.w("Sizing"), "sizing", values)


def _told(w: Words, found: dict[str, Any] | None) -> dict[str, Any] | None:
    """The document in the reader's language, where it was kept in it."""
    told = found.get("told") if found else None
    said = told.get(w.language) if isinstance(told, dict) else None
    if not found or not isinstance(said, dict):
        return found
    rows, reasons = found["machines"], said.get("why")
    if isinstance(reasons, list) and len(reasons) == len(rows):
        rows = [{**row, "why": why} for row, why in zip(rows, reasons, strict=True)]
    return {**found, **{name: said[name] for name in SAID if name in said}, "machines": rows, "said": True}


SAID = ("verdict", "changes", "notes")


def read_answer(path: Path) -> dict[str, Any] | None:
    """The document, None where there is none or it is not one of ours."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    rows = found.get("machines") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() >= KEYS for row in rows):
        return None
    return dict(found)


KEYS = {"machine", "member", "meets", "latency_ms", "cost_per_1000"}


def _members(found: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(row["member"]) for row in found["machines"]))


def _by_machine(found: dict[str, Any]) -> dict[str, list[dict[str, Any] | None]]:
    """Per machine a row for every size, in the order of the sizes."""
    at = {(str(row["machine"]), str(row["member"])): row for row in found["machines"]}
    names = dict.fromkeys(machine for machine, _ in at)
    return {name: [at.get((name, member)) for member in _members(found)] for name in names}


def _best_first(rows: list[tuple[str, list[Cell]]]) -> list[tuple[str, list[Cell]]]:
    """Machines that meet the takt with most sizes first; among equals in the order of the catalogue."""
    return sorted(rows, key=lambda row: -sum(cell.kind == "good" for cell in row[1]))


def _cell(w: Words, found: dict[str, Any], row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell("none", units.DASH, "", "", "")
    meets = str(row["meets"])
    span = row["latency_ms"] if isinstance(row["latency_ms"], dict) else {}
    low, high = span.get("low"), span.get("high")
    latency = "" if low is None or high is None else f"{units.number(low)}{units.DASH}{units.number(high)} ms"
    cost = row["cost_per_1000"]
    shown_cost = "" if cost is None else f"{units.number(_middle(cost))} {found.get('currency', '')} / 1000"
    return Cell(
        KINDS.get(meets, "none"),
        w(MEETS[meets]) if meets in MEETS else meets,
        latency,
        shown_cost,
        str(row.get("why") or ""),
    )


def _middle(cost: Any) -> float:
    """A cost, or the estimate of one with its interval."""
    value = cost.get("estimate") if isinstance(cost, dict) else cost
    return float(value) if isinstance(value, int | float) else float("nan")


def _line(w: Words, found: dict[str, Any]) -> list[tuple[str, str]]:
    """What the line asks for."""
    line = found.get("line")
    if not isinstance(line, dict):
        return []
    known = {
        "takt_s": (w("Takt"), " s"),
        "deadline_ms": (w("Deadline"), " ms"),
        "cameras": (w("Pictures a part"), ""),
        "late_ppm": (w("May be late"), " ppm"),
    }
    return [
        (text, f"{units.number(float(line[key]))}{unit}")
        for key, (text, unit) in known.items()
        if isinstance(line.get(key), int | float)
    ]


def figures(view: View) -> list[Figure]:
    """Machines by sizes, as a drawing to save."""
    found = read_answer(view.site.reports / FILE)
    if not found:
        return []
    w, members = view.w, _members(found)
    title = w("Which machine meets the takt?")
    lines = [
        HeatLine(name, tuple(_shade(w, row) for row in rows)) for name, rows in _by_machine(found).items()
    ]  # fmt: skip
    header = (w("machine"), w("size"), w("meets the takt"), w("low, ms"), w("high, ms"), w("cost per 1000 parts"))
    return [Figure("sizing", title, draw(lines, members, title), lambda: Table(header, tuple(_rows(found))), "sizing")]


def _shade(w: Words, row: dict[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return "hx", units.DASH
    meets = str(row["meets"])
    return SHADES.get(meets, "hx"), w(MEETS[meets]) if meets in MEETS else meets


def _rows(found: dict[str, Any]) -> list[tuple[str | float | None, ...]]:
    rows: list[tuple[str | float | None, ...]] = []
    for row in found["machines"]:
        span = row["latency_ms"] if isinstance(row["latency_ms"], dict) else {}
        cost = None if row["cost_per_1000"] is None else _middle(row["cost_per_1000"])
        rows.append(
            (str(row["machine"]), str(row["member"]), str(row["meets"]), span.get("low"), span.get("high"), cost)
        )
    return rows
