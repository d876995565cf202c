"""The whole answer of a run: in one piece, for odd runs too, in the time and with the honesty promised."""

import json
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from appliance.log.types import Outcomes, Warn
from appliance.score.as_json import audit_json
from appliance.score.summary import summarise
from appliance.score.types import EnvelopeState, LimitState
from tests.score.build import CLEAN, Reader, drawn, failed, member_rows, part_rows, record, sweep

KEYS = {"run", "digest", "members", "warnings"}
MEMBER_KEYS = {"name", "params", "macs", "clean", "mean_drop", "worst", "flip_rate"}


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """Through real JSON and back; NaN is an error."""
    found: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return found


def test_one_run_in_one_piece() -> None:
    run, reader = drawn(parts=400)
    found = summarise(run, reader)
    assert found.record is run
    assert [m.name for m in found.members] == ["XS", "S", "M"]
    assert set(found.cells) == set(run.cells)
    assert len(found.limits) == 2 * len(run.cells)
    assert len(found.envelopes) == 2 * 3 * 2
    assert {p.condition for p in found.pairs} == {"clean", "all"}
    assert found.worst_parts
    assert found.verdict.endswith(".")
    assert found.notes == found.changes == ()


def test_the_same_run_gives_the_same_answer() -> None:
    run, reader = drawn(parts=120, groups=[f"g{i // 3}" for i in range(120)])
    first, second = (_strict(audit_json(summarise(run, reader))) for _ in range(2))
    assert first == second


def test_cells_in_any_order_give_the_same_answer() -> None:
    run, reader = drawn(parts=120)
    other = replace(run, cells=run.cells[::-1])
    assert _strict(audit_json(summarise(run, reader))) == _strict(audit_json(summarise(other, reader)))


def test_json_keeps_its_contract() -> None:
    run, reader = drawn(parts=200)
    run = replace(run, warnings=(Warn("part", "1 part left out", "a.png", "mend it"),))
    summary = summarise(run, reader)
    found = _strict(audit_json(summary))
    assert set(found) >= KEYS
    assert (found["run"], found["digest"]) == ("r1", "d" * 64)
    assert found["warnings"] == [{"kind": "part", "what": "1 part left out", "file": "a.png", "mend": "mend it"}]
    for member, scored in zip(found["members"], summary.members, strict=True):
        assert set(member) >= MEMBER_KEYS
        assert set(member["clean"]) == {"ok", "ng", "escapes", "overkills", "accuracy"}
        clean = member["clean"]
        right = clean["ok"] + clean["ng"] - clean["escapes"] - clean["overkills"]
        assert clean["accuracy"] == pytest.approx(right / 200)
        assert member["mean_drop"] == pytest.approx(scored.mean_drop.estimate / 100)
        assert member["worst"] == {"condition": scored.worst_condition, "accuracy": scored.worst_accuracy}
        assert 0 <= member["flip_rate"] <= 1


def test_a_run_without_an_end_has_no_digest() -> None:
    run, reader = drawn(parts=30)
    assert audit_json(summarise(replace(run, tail=None), reader))["digest"] == ""


def _failing(member: str, condition: str) -> tuple[Any, Reader]:
    run, reader = drawn()
    bad = (member, condition)
    return run, lambda m, c: failed(200) if bad in ((m, c), (m, "*")) else reader(m, c)


def test_a_failed_cell_is_named_and_left_out() -> None:
    found = summarise(*_failing("S", "blur@2"))
    assert found.cells["S", "blur@2"].accuracy.n == 0
    assert "S gave no result under blur@2: left out of its means." in found.notes
    assert not [limit for limit in found.limits if (limit.member, limit.condition) == ("S", "blur@2")]
    assert np.isfinite(found.members[1].mean_accuracy.low)
    assert next(e for e in found.envelopes if (e.member, e.perturbation) == ("S", "blur")).tested == (1.0, 3.0)


def test_a_member_that_failed_throughout_is_still_listed() -> None:
    found = summarise(*_failing("S", "*"))
    document = _strict(audit_json(found))["members"][1]
    assert document["clean"] == {"ok": 0, "ng": 0, "escapes": 0, "overkills": 0, "accuracy": None}
    assert document["mean_drop"] is None
    assert not [pair for pair in found.pairs if "S" in (pair.a, pair.b)]
    assert any(note.startswith("S gave no result under clean, blur@1, blur@2 and 3 more") for note in found.notes)


def test_unfinished_cells_are_named() -> None:
    run, reader = drawn()
    found = summarise(replace(run, cells=run.cells[:-2]), reader)
    assert "M was not run under 2 of 6 conditions: left out of its means." in found.notes


def test_parts_without_a_score_are_left_out() -> None:
    run, reader = drawn()

    def holes(member: str, condition: str) -> Outcomes:
        cell = reader(member, condition)
        score = cell.score.copy()
        score[:7] = np.nan
        return Outcomes(score, cell.ng)

    found = summarise(run, holes)
    assert {cell.accuracy.n for cell in found.cells.values()} == {193}
    assert "XS did not score 7 of 200 parts under every condition: left out there." in found.notes


@pytest.mark.parametrize("ng", [True, False])
def test_one_class_only(ng: bool) -> None:
    truth, rng = [ng] * 50, np.random.default_rng(1)
    rows = (CLEAN, *sweep("blur", (1, 2)))
    cells = {}
    for name in ("S", "M"):
        for row in rows:
            score = rng.normal(2, 1, 50).astype(np.float32) * (1 if ng else -1)
            cells[name, row.key] = Outcomes(score, score > 0)
    found = summarise(*record(cells, part_rows(truth), member_rows(["S", "M"]), rows))
    missing = "escape_rate" if not ng else "overkill_rate"
    assert {v.state for v in found.limits if v.limit == missing} == {LimitState.NOT_PROVABLE}
    assert {e.state for e in found.envelopes if e.limit == missing} == {EnvelopeState.NOT_PROVABLE}
    assert found.notes[0].startswith(f"Every part is {'NG' if ng else 'OK'}")
    assert _strict(audit_json(found))["cells"][0]["auroc"] is None


def test_only_clean() -> None:
    found = summarise(*drawn(conditions=(CLEAN,)))
    assert found.envelopes == found.worst_parts == ()
    assert found.notes == ("Only clean pictures were run: nothing is said about perturbations.",)
    assert "on clean parts" in found.verdict
    document = _strict(audit_json(found))["members"][0]
    assert (document["mean_drop"], document["flip_rate"], document["worst"]["condition"]) == (None, None, "clean")


def test_without_clean() -> None:
    found = summarise(*drawn(conditions=sweep("blur", (1, 2))))
    assert "Clean pictures were not run: there is no drift, no drop and no envelope." in found.notes
    assert found.envelopes == ()
    assert all(cell.drift is None for cell in found.cells.values())
    _strict(audit_json(found))


def test_one_member_only() -> None:
    found = summarise(*drawn(("S",)))
    assert found.pairs == found.contradicted == ()
    assert found.members[0].mce == 1.0
    assert found.verdict.startswith("Size S decides ")


def test_one_part_only_and_one_group_only() -> None:
    _strict(audit_json(summarise(*drawn(parts=1))))
    found = summarise(*drawn(groups=["lot"] * 200))
    assert "no interval from a single group" in found.verdict
    assert np.isnan(found.members[0].mean_accuracy.low)
    _strict(audit_json(found))


def test_groups_are_said_and_widen_the_answer() -> None:
    alone = summarise(*drawn())
    grouped = summarise(*drawn(groups=[f"g{i // 10}" for i in range(200)]))
    assert any("200 parts come in 20 groups" in note for note in grouped.notes)
    worth = round(min(member.clean.escape.n_eff for member in grouped.members))
    assert f"NG parts prove no more than {worth} that stand alone" in grouped.verdict
    assert "stand alone" not in alone.verdict
    assert grouped.cells["S", "clean"].accuracy.n_eff <= alone.cells["S", "clean"].accuracy.n_eff
    assert all(pair.holm_p >= pair.mcnemar_p for pair in grouped.pairs)


def test_limits_follow_a_calibration() -> None:
    found = summarise(*drawn(config={"calibration": {"shown": [{"name": "blur", "p99": 1.0}]}}))
    assert {v.condition for v in found.limits if v.binding and v.condition.startswith("blur")} == {"blur@1"}


def test_changes_against_the_run_before() -> None:
    run, reader = drawn()
    before = replace(run, head=replace(run.head, seed=7))
    assert len(summarise(run, reader, previous=before).changes) == 1


@pytest.mark.parametrize("grouped", [False, True])
def test_a_large_audit_is_scored_in_seconds(grouped: bool) -> None:
    rows = (CLEAN, *(row for i in range(16) for row in sweep(f"p{i}", (1, 2, 3, 4, 5))))
    groups = [f"g{i // 2}" for i in range(1000)] if grouped else ()
    run, reader = drawn(("A", "B", "C", "D", "E", "F"), rows, 1000, groups=groups)
    with threadpool_limits(1):
        start = time.process_time()
        summarise(run, reader)
        assert time.process_time() - start < 15.0  # 3 s when idle; this is for a change of order only
