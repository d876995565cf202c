"""Two runs, or two members, on the parts they share."""

import json
from dataclasses import replace

import numpy as np
import pytest

from appliance.errors import InputRefused
from appliance.log.types import Outcomes, PartRow
from appliance.score.as_json import comparison_json
from appliance.score.compare import Scored, compare, compare_members
from appliance.score.paired import holm, mcnemar_mid_p
from tests.score.build import CLEAN, decided, drawn, failed, member_rows, part_rows, record, sweep

TRUTH = np.arange(40) % 4 == 0  # 10 NG, 30 OK
ROWS = (CLEAN, *sweep("blur", (1, 2)))
RUN = Scored(*drawn())


def _run(name: str = "a", parts: tuple[PartRow, ...] = part_rows(TRUTH), **wrong: tuple[int, ...]) -> Scored:
    """Members that decide these numbers of parts wrongly, the first of them, under clean, blur@1 and blur@2."""
    truth = np.array([part.ng for part in parts])
    cells = {
        (member, row.key): failed(len(parts)) if k < 0 else decided(np.arange(len(parts)) >= k, truth)
        for member, counts in wrong.items()
        for row, k in zip(ROWS, counts, strict=True)
    }
    return Scored(*record(cells, parts, member_rows(list(wrong)), ROWS, run=name))


def test_by_hand() -> None:
    found = compare(_run("a", S=(8, 8, 8)), _run("b", S=(0, 4, 8)))
    assert (found.a, found.b, found.parts, found.left_out) == ("a", "b", 40, 0)
    clean, first, second, over_all = found.cells
    assert clean.accuracy.estimate == pytest.approx(100 * 8 / 40)
    assert clean.escape.estimate == pytest.approx(-100 * 2 / 10)
    assert clean.overkill.estimate == pytest.approx(-100 * 6 / 30)
    assert (clean.flips.k, clean.flips.n, clean.only_a_right, clean.only_b_right) == (8, 40, 0, 8)
    assert clean.mcnemar_p == pytest.approx(float(mcnemar_mid_p(0, 8)))
    assert second.accuracy.estimate == 0.0
    assert over_all.condition == "all"
    assert over_all.accuracy.estimate == pytest.approx((first.accuracy.estimate + second.accuracy.estimate) / 2)
    assert (over_all.flips.k, over_all.flips.n, over_all.parts) == (4, 80, 40)
    assert over_all.flips.n_eff < 80
    assert [c.holm_p for c in found.cells] == pytest.approx(holm([c.mcnemar_p for c in found.cells]))
    assert clean.significant
    assert not second.significant
    assert found.verdict == "Of 4 comparisons 0 are worse and 1 better on 40 shared parts."


def test_a_run_against_itself() -> None:
    found = compare(RUN, RUN)
    assert found.changes == ()
    assert found.verdict == "No difference in accuracy is shown on 200 shared parts."
    assert all(cell.accuracy.estimate == 0 and cell.mcnemar_p == 1 and cell.flips.k == 0 for cell in found.cells)
    assert all(cell.accuracy.low < 0 < cell.accuracy.high for cell in found.cells)


def test_only_parts_with_the_same_picture_and_label_count() -> None:
    parts = part_rows(TRUTH)
    moved = (replace(parts[0], sha256="x"), replace(parts[1], ng=True), *parts[2:30][::-1])
    found = compare(_run("a", parts, S=(8, 8, 8)), _run("b", moved, S=(0, 0, 0)))
    assert (found.parts, found.left_out) == (28, 40 + 30 - 56)
    assert (found.cells[0].only_a_right, found.cells[0].only_b_right) == (0, 6)  # parts 2 to 7 of the first eight
    assert "Part p0000.png has another picture." in found.changes


def test_refuses_what_has_nothing_in_common() -> None:
    a = _run("a", S=(8, 8, 8))
    others = tuple(replace(part, sha256="x") for part in part_rows(TRUTH))
    with pytest.raises(InputRefused, match="no part in common"):
        compare(a, _run("b", others, S=(0, 0, 0)))
    with pytest.raises(InputRefused, match="no member in common"):
        compare(a, _run("b", M=(0, 0, 0)))
    other = Scored(replace(a.record, conditions=sweep("dark", (1,))), a.outcomes)
    with pytest.raises(InputRefused, match="no condition in common"):
        compare(a, other)
    with pytest.raises(InputRefused, match="no cell was scored"):
        compare(a, _run("b", S=(-1, -1, -1)))


def test_failed_cells_are_not_compared() -> None:
    found = compare(_run("a", S=(8, 8, 8)), _run("b", S=(0, -1, 8)))
    assert [cell.condition for cell in found.cells] == ["clean", "blur@2", "all"]


def test_only_clean_has_no_mean() -> None:
    a = _run("a", S=(8, 8, 8))
    only = Scored(replace(a.record, conditions=(CLEAN,)), a.outcomes)
    assert [cell.condition for cell in compare(only, a).cells] == ["clean"]


def test_members_of_one_run() -> None:
    run = _run("a", S=(8, 8, 8), L=(0, 4, 8))
    found = compare_members(run, "S", "L")
    assert (found.a, found.b) == ("S", "L")
    assert [cell.accuracy.estimate for cell in found.cells] == pytest.approx([20.0, 10.0, 0.0, 5.0])
    with pytest.raises(InputRefused, match="no member XL"):
        compare_members(run, "S", "XL")


def test_one_class_has_no_change_of_the_other_rate() -> None:
    good = part_rows([False] * 20)
    found = compare(_run("a", good, S=(8, 8, 8)), _run("b", good, S=(0, 4, 8)))
    assert all(np.isnan(cell.escape.estimate) for cell in found.cells)
    json.dumps(comparison_json(found), allow_nan=False)


def test_groups_widen_the_interval_and_the_flips() -> None:
    grouped = part_rows(TRUTH, [f"g{i // 8}" for i in range(40)])
    alone = compare(_run("a", S=(8, 8, 8)), _run("b", S=(0, 4, 8))).cells[0]
    lots = compare(_run("a", grouped, S=(8, 8, 8)), _run("b", grouped, S=(0, 4, 8))).cells[0]
    assert lots.flips.n_eff < alone.flips.n_eff
    assert lots.accuracy.high - lots.accuracy.low > alone.accuracy.high - alone.accuracy.low


def test_json() -> None:
    found = json.loads(json.dumps(comparison_json(compare(RUN, RUN)), allow_nan=False))
    assert set(found) == {"a", "b", "parts", "left_out", "conditions", "cells", "changes", "verdict", "training"}
    assert {"flips", "significant", "accuracy", "holm_p", "member_a"} <= set(found["cells"][0])


def test_three_classes_do_not_matter_here() -> None:
    run = _run("a", S=(8, 8, 8))

    def with_classes(member: str, condition: str) -> Outcomes:
        return replace(run.outcomes(member, condition), cls=np.zeros(40, np.int16))

    assert compare(Scored(run.record, with_classes), run).cells == compare(run, run).cells
