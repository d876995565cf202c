"""A site with prices, and a run of it, made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from appliance.advice.advise import advise
from appliance.advice.case import Case, gather
from appliance.advice.types import Advice
from appliance.log.types import CostRow, Outcomes, RunRecord
from appliance.score.grid import Reader
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
from appliance.site import Site, parse_site
from tests.score.build import CLEAN, member_rows, part_rows, record, sweep

PRICES = """
purchase = 4000
electricity_per_kwh = 0.25
power_w = 200
idle_w = 50
maintenance_per_year = 500
ng_prevalence = 0.02
escape = 40
overkill = 1
integration = 3000
labelling = 200
retraining = 300
label_per_part = 0.1
parts_per_year = 100000
reference = "manual"
reference_escape_rate = 0.2
reference_overkill_rate = 0.03
reference_per_1000 = 60
"""
ROWS = (CLEAN, *sweep("defocus", (2.0, 4.0), 0.0, "mm"), *sweep("jpeg", (95.0, 85.0), 100.0, "quality"))


def site(prices: str = PRICES, rest: str = "") -> Site:
    return parse_site(f"[limits]\nescape_rate = 0.2\noverkill_rate = 0.2\n[prices]\n{prices}\n{rest}", Path("/site"))


def cost(member: str, ms: float) -> CostRow:
    rate = 1000 / ms
    return CostRow(
        member, "closed", "cpu", "fp32", 1, 2, 500, ms, ms * 1.1, ms * 1.2, ms, rate, ms * 9, 9.0, 90.0, {}, "valid"
    )


def run(
    wrong: Sequence[tuple[int, int]] = ((30, 20), (12, 8), (9, 6)),
    parts: int = 300,
    groups: Sequence[str] = (),
) -> tuple[RunRecord, Reader]:
    """Half of the parts are NG. Size m passes wrong[m][0] NG and rejects wrong[m][1] OK parts, at level 2 twice that.

    The same parts fail in every size that fails as many.
    """
    names = ("s", "m", "l")[: len(wrong)]
    truth = np.arange(parts) % 2 == 1
    places = {kind: np.flatnonzero(truth == kind) for kind in (True, False)}
    cells: dict[tuple[str, str], Outcomes] = {}
    for name, (escapes, overkills) in zip(names, wrong, strict=True):
        for row in ROWS:
            ng = truth.copy()
            factor = 2 if row.level == 2 else 1
            ng[places[True][: escapes * factor]] = False
            ng[places[False][: overkills * factor]] = True
            cells[name, row.key] = Outcomes(np.where(ng, 1.0, -1.0).astype(np.float32), ng)
    limits = {"escape_rate": 0.2, "overkill_rate": 0.2}
    return record(cells, part_rows(truth, groups), member_rows(names), ROWS, limits=limits)


def advised(here: Site | None = None, made: tuple[RunRecord, Reader] | None = None, ms: float = 20.0) -> Advice:
    """The advice on a run of `run`, with a cost row for each member."""
    found, outcomes = made or run()
    return advise(here or site(), _summary(found, outcomes, ms), outcomes)


def cased(here: Site | None = None) -> Case:
    """What the same advice is computed from."""
    found, outcomes = run()
    return gather(here or site(), _summary(found, outcomes, 20.0), outcomes)


def _summary(found: RunRecord, outcomes: Reader, ms: float) -> Summary:
    costs = tuple(cost(row.name, ms * 2**i) for i, row in enumerate(found.members))
    return replace(summarise(found, outcomes), costs=costs)
