"""One part: clean beside perturbed, and what each size says of both; and the pictures themselves."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
from starlette.responses import PlainTextResponse, Response

from appliance.log.log import Log
from appliance.report import units
from appliance.score.grid import CLEAN
from appliance.serve import names
from appliance.serve.desk import View, unknown
from appliance.serve.page import Page
from appliance.serve.scored import PartLine, cells_under, find_part, part_lines
from appliance.serve.sight import part_sight
from appliance.show import Shower
from appliance.site import Site, load_site

SIDES = {"small": 240, "large": 640}
DRAWING = BoundedSemaphore(2)  # pictures drawn at one time: pages must not wait for them


@dataclass(frozen=True)
class Said:
    """What one size says of the part: (verdict, right, score) clean and here; None where it did not score it."""

    member: str
    clean: tuple[str, bool, str] | None
    here: tuple[str, bool, str] | None


def page(view: View) -> Page:
    """The page of one part under one condition of a run."""
    run, record = view.run(), view.record()
    parts = part_lines(view.log, run)
    part = find_part(parts, view.asked("id"))
    key = view.asked("condition") or CLEAN
    labels = names.conditions(view.w, record.conditions)
    if key not in labels:
        raise unknown(f"no condition {key!r} in this run")
    beside = [parts[i].id if 0 <= i < len(parts) else None for i in (part.position - 1, part.position + 1)]
    values = {
        "run": run,
        "part": part,
        "key": key,
        "labels": labels,
        "sight": part_sight(view, part.position, key),
        "said": _said(view, run, [member.name for member in record.members], part, key),
        "before": beside[0],
        "after": beside[1],
        "count": len(parts),
    }
    return Page("part.html", part.id, "night", values)


def _said(view: View, run: str, members: list[str], part: PartLine, key: str) -> list[Said]:
    scores = {condition: _scores(view, run, members, part, condition) for condition in (CLEAN, key)}
    largest = max((abs(score) for found in scores.values() for score, _ in found.values()), default=0.0)
    return [
        Said(name, *(_verdict(part, scores[condition].get(name), largest) for condition in (CLEAN, key)))
        for name in members
    ]


def _scores(view: View, run: str, members: list[str], part: PartLine, key: str) -> dict[str, tuple[float, bool]]:
    cells = cells_under(view.log, run, members, key)
    return {
        name: (float(cell.score[part.position]), bool(cell.ng[part.position]))
        for name, cell in cells.items()
        if np.isfinite(cell.score[part.position])
    }


def _verdict(part: PartLine, found: tuple[float, bool] | None, largest: float) -> tuple[str, bool, str] | None:
    if found is None:
        return None
    score, ng = found
    return ("NG" if ng else "OK"), ng == part.ng, units.score(score, largest)


def picture(view: View) -> Response:
    """A part as the members saw it, as JPEG; 404 where the picture is gone or is not the one that was scored."""
    run, side = view.run(), SIDES.get(view.asked("side") or "large", SIDES["large"])
    with DRAWING:
        shower = _shower(view.desk.folder, _stamp(view.site), view.log.path, run)
        data = shower.picture(view.asked("part"), view.asked("condition") or CLEAN, side)
    if data is None:
        return PlainTextResponse(view.w("The picture is not at hand, or is not the one that was scored.") + "\n", 404)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})


def _stamp(site: Site) -> int:
    return site.file.stat().st_mtime_ns


@lru_cache(maxsize=2)
def _shower(folder: Path, _stamp: int, log: Path, run: str) -> Shower:
    with Log.open_read(log) as opened:
        return Shower(load_site(folder), opened.read_run(run))
