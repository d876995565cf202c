"""Laws of a whole run: pairing, quantities, disagreements, and what a thin run can still say."""

import dataclasses
import json
from collections.abc import Callable

import numpy as np
import pytest

from appliance.errors import InputRefused, UsageError
from appliance.language.tongue import speaking
from appliance.law.as_json import report_json
from appliance.law.axis import axis_values
from appliance.law.summary import laws
from appliance.law.types import LawReport
from appliance.log.types import Outcomes, RunRecord
from tests.law.build import NAMES, outcomes, record

CLEAN = (0.80, 0.85, 0.88, 0.90, 0.915, 0.92)
FALLING = (0.70, 0.78, 0.84, 0.86, 0.82, 0.74)


def accuracy(i: int, j: int) -> float:
    """Condition 3 falls with size, the others follow clean."""
    return FALLING[i] if j == 3 else CLEAN[i] - 0.01 * j


def report(
    run: RunRecord, read: Callable[[str, str], Outcomes] | None = None, axis: str = "macs", *, curves: bool = False
) -> LawReport:
    return laws(run, read or outcomes(run, accuracy), axis, resamples=400, curves=curves)


def test_every_quantity_and_condition_has_its_law() -> None:
    found = report(record(3, 1200), curves=True)
    keys = {(x.quantity, x.condition) for x in found.laws}
    conditions = {"clean", "defocus@1", "defocus@2", "defocus@3", "mean"}
    assert {("error", c) for c in conditions} <= keys
    assert {("drop", "mean"), ("flip", "mean"), ("escape", "clean"), ("escape", "mean")} <= keys
    assert all(x.measured.paired and x.models is not None for x in found.laws)
    assert all(x.band and x.left_out and len(x.forms) == 5 for x in found.laws)
    json.dumps(report_json(found), allow_nan=False)


def test_rates_are_those_of_the_outcomes() -> None:
    run = record(2, 400)
    read = outcomes(run, accuracy)
    found = report(run, read)
    truth = np.array([p.ng for p in run.parts])
    for i, name in enumerate(NAMES):
        clean, first = read(name, "clean").ng, read(name, "defocus@1").ng
        second = read(name, "defocus@2").ng
        wrong = np.mean([first != truth, second != truth], axis=0)
        expected = {
            ("error", "clean"): np.mean(clean != truth),
            ("escape", "clean"): np.mean(~clean[truth]),
            ("error", "mean"): wrong.mean(),
            ("drop", "mean"): wrong.mean() - np.mean(clean != truth),
            ("flip", "mean"): np.mean([first != clean, second != clean]),
            ("escape", "mean"): wrong[truth].mean(),
        }
        for key, rate in expected.items():
            law = found.find(*key)
            assert law is not None
            assert law.measured.errors[i] == pytest.approx(rate, abs=1e-6)


def test_where_clean_and_perturbed_disagree() -> None:
    found = report(record(3, 2000))
    hits = {(d.condition, d.whom): (d.clean, d.perturbed) for d in found.disagreements}
    assert hits["defocus@3", "these models"] == ("improving", "regressing")
    assert not any(c == "defocus@1" for c, _ in hits)


def test_a_disagreement_names_the_sizes_it_was_judged_over() -> None:
    """The largest size falls surely: these models are judged over the last step, with the scatter over three."""
    run = record(1, 2000)
    late = (0.70, 0.75, 0.78, 0.80, 0.90, 0.87)
    found = report(run, outcomes(run, lambda i, j: late[i] if j else CLEAN[i]))
    rows = {d.whom: d for d in found.disagreements if d.condition == "defocus@1"}
    assert rows["these models"].perturbed_slope.over == NAMES[-2:]
    assert rows["these models"].clean_slope.over == NAMES[-3:]
    document = json.loads(json.dumps(report_json(found)))
    assert document["disagreements"][0]["perturbed_slope"]["over"]


def test_processes_speak_the_language_of_the_run() -> None:
    run = record(24, 60)
    read = outcomes(run, lambda i, j: 0.80 + 0.005 * i)
    with speaking("ja"):
        found = laws(run, read, resamples=200, curves=False, workers=2)
    told = [x.verdict.sentence for x in found.laws if x.quantity == "error"]
    assert len(told) == 26
    assert not any("training" in x or "per doubling" in x for x in told)


def test_drop_is_paired() -> None:
    """The same failures under every condition: the drop is 0 for every resample, however few the parts."""
    run = record(1, 60)
    clean = {m.name: outcomes(run, accuracy)(m.name, "clean") for m in run.members}
    found = report(run, lambda m, _: clean[m])
    law = found.find("drop", "mean")
    assert law is not None
    assert law.measured.draws is not None
    assert law.verdict.three.span.estimate == pytest.approx(0.0, abs=1e-9)
    assert np.abs(law.measured.draws).max() < 1e-6


def test_groups_are_resampled_whole() -> None:
    """Ten groups of equal parts: the interval is wider than for as many independent parts."""
    run = record(1, 600, groups=10)
    rng = np.random.default_rng(1)
    bad = {m.name: rng.random(10) < 0.3 for m in run.members}
    truth = np.array([p.ng for p in run.parts])
    index = np.arange(600) % 10

    def read(member: str, _: str) -> Outcomes:
        ng = truth ^ bad[member][index]
        return Outcomes(np.zeros(600, np.float32), ng)

    loose = dataclasses.replace(run, parts=tuple(dataclasses.replace(p, group="") for p in run.parts))
    assert any("only 10 groups" in n for n in report(run, read).notes)
    widths = []
    for r in (run, loose):
        law = report(r, read).find("error", "clean")
        assert law is not None
        assert law.models is not None
        widths.append(law.models.three.span.high - law.models.three.span.low)
    assert widths[0] > 4 * widths[1]


def test_no_ng_parts_says_so_and_goes_on() -> None:
    found = report(record(1, 200, ng=False))
    assert found.find("escape", "clean") is None
    assert found.find("error", "clean") is not None
    assert any("no NG parts" in n for n in found.notes)


def test_only_clean_and_only_two_members() -> None:
    found = report(record(0, 200, members=2))
    assert any("clean cells only" in n for n in found.notes)
    law = found.find("error", "clean")
    assert law is not None
    assert law.verdict.state == "undetermined"
    assert not found.disagreements


def test_a_failed_member_is_left_out_there_and_unscored_parts_everywhere() -> None:
    run = record(2, 300)
    read = outcomes(run, accuracy)

    def partly(member: str, condition: str) -> Outcomes:
        cell = read(member, condition)
        score = cell.score.copy()
        score[:10] = np.nan
        if (member, condition) == ("m", "defocus@1"):
            score[:] = np.nan
        return Outcomes(score, cell.ng)

    found = report(run, partly)
    law = found.find("error", "defocus@1")
    assert law is not None
    assert "m" not in law.measured.names
    assert law.measured.parts[0] == 290
    assert any("gave nothing under defocus@1" in n for n in found.notes)


def test_unfinished_cells_and_missing_clean() -> None:
    run = record(1, 100)
    few = dataclasses.replace(run, cells=tuple(c for c in run.cells if c != ("xs", "clean")))
    law = report(few).find("error", "clean")
    assert law is not None
    assert "xs" not in law.measured.names
    with pytest.raises(InputRefused, match="clean cell"):
        report(dataclasses.replace(run, cells=()))


def test_axes() -> None:
    run = record(0, 100, costs=True)
    for axis in ("params", "macs", "activations", "p99"):
        law = report(run, axis=axis).find("error", "clean")
        assert law is not None
        assert len(law.measured.sizes) == 6
    assert "closed, cpu, fp32, batch 1" in axis_values(run, "p99")[1]
    unsure = tuple(dataclasses.replace(c, state="unstable") if c.member == "xs" else c for c in run.costs)
    known, _, notes = axis_values(dataclasses.replace(run, costs=unsure), "p99")
    assert "xs" not in known
    assert [str(note).startswith("xs is left out: no valid p99 bound") for note in notes] == [True]
    priced, _, notes = axis_values(run, "cost", {"xs": 0.1, "s": 0.2})
    assert set(priced) == {"xs", "s"}
    assert len(notes) == 4
    with pytest.raises(UsageError, match="no axis 'weight'"):
        axis_values(run, "weight")
    with pytest.raises(UsageError, match=r"too close together on the axis cost: 0.1 to 0.11 \(take another axis"):
        axis_values(run, "cost", {"xs": 0.1, "s": 0.11})
    with pytest.raises(UsageError, match=r"no member has a value for p99.*inspect-eval cost"):
        axis_values(record(0, 10), "p99")


def test_the_same_run_gives_the_same_laws() -> None:
    run = record(0, 200)
    assert report_json(report(run, curves=True)) == report_json(report(run, curves=True))


def test_the_laws_are_the_same_for_any_number_of_processes() -> None:
    run = record(24, 120)
    read = outcomes(run, lambda i, j: 0.80 + 0.02 * i - 0.002 * j)
    one, two = (laws(run, read, resamples=200, workers=workers) for workers in (1, 2))
    assert report_json(one) == report_json(two)
