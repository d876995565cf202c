"""Back-testing on tables whose truth is known, and what a band promises."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import InputRefused
from appliance.sizing.backtest import backtest
from appliance.sizing.fits import Fit
from appliance.sizing.groups import architectures, folds, stem
from appliance.sizing.smooth import fit
from appliance.sizing.store import parse_fits, read_fits, write_fits
from appliance.sizing.table import Table, read_tables
from appliance.sizing.work import Work
from tests.sizing.build import write_table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return read_tables([write_table(tmp_path_factory.mktemp("made"))])


@pytest.fixture(scope="module")
def fits(table: Table) -> list[Fit]:
    return backtest(table, origin="made")


def one(fits: list[Fit], source: str, target: str) -> Fit:
    return next(f for f in fits if (f.source, f.target) == (source, target))


def test_machines_are_named_by_what_their_files_do_not_share(table: Table) -> None:
    assert sorted(table.devices) == ["fast", "slow"]
    assert table.skipped == 0


def test_a_pair_is_predicted_better_than_a_machine_alone(fits: list[Fit]) -> None:
    pair, alone = one(fits, "slow", "fast").errors, one(fits, "", "fast").errors
    assert pair.median < 0.05
    assert pair.median < alone.median < 0.2
    assert 0.85 <= pair.coverage <= 0.97
    assert 0.85 <= alone.coverage <= 0.97


def test_a_constant_ratio_would_miss_by_more(table: Table, fits: list[Fit]) -> None:
    rows = table.shared("slow", "fast")
    ratio = np.log([b.rate / a.rate for a, b in rows])
    assert np.median(np.abs(np.expm1(ratio - np.median(ratio)))) > 2 * one(fits, "slow", "fast").errors.median


def test_a_band_holds_the_truth_of_new_models(fits: list[Fit], tmp_path: Path) -> None:
    """Models that were not in the table, on the same two machines: 90 % of them lie in the band."""
    other = read_tables([write_table(tmp_path / "new", models=120, seed=9)])
    found = one(fits, "slow", "fast")
    inside = []
    for a, b in other.shared("slow", "fast"):
        work = Work(a.macs, a.activations, a.params, a.side**2)
        if not found.outside(work, a.rate):
            _, low, high = found.rate(work, a.rate)
            inside.append(low <= b.rate <= high)
    assert len(inside) > 60
    assert np.mean(inside) > 0.75  # the quirk of each architecture is drawn anew


def test_what_lies_beyond_the_table_is_refused_with_the_reason(fits: list[Fit]) -> None:
    tiny = Work(1e5, 1e5, 1e3, 32 * 32)
    assert "below what was tested" in one(fits, "slow", "fast").outside(tiny, 1e6)
    assert one(fits, "", "fast").outside(Work(4e9, 1e7, 2e7, 224**2)) == ""


@pytest.mark.parametrize("lost", ["macs", "activations", "params"])
def test_a_model_that_cannot_be_counted_is_refused(fits: list[Fit], lost: str) -> None:
    unknown = replace(Work(4e9, 1e7, 2e7, 224**2), **{lost: 0.0})
    assert "could not be counted" in one(fits, "", "fast").outside(unknown)
    assert unknown.within(Work(1e12, 1e12, 1e12, 1.0)) is (lost == "activations")


def test_small_models_have_a_ceiling(fits: list[Fit]) -> None:
    corner, slowest, n = one(fits, "", "fast").ceilings[0]
    assert n > 1
    assert Work(corner.macs / 2, corner.activations / 2, corner.params / 2, 1.0).within(corner)
    assert slowest > 0


def test_a_few_models_give_a_ratio_with_the_band_of_all_pairs(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    text = "model,device,throughput,gmacs,mparams\n"
    speeds = {"a": 100.0, "b": 220.0, "c": 50.0, "d": 400.0}
    for k in range(6):
        for device, speed in speeds.items():
            text += f"net{k},{device},{speed / (k + 1) * np.exp(rng.normal(0, 0.05)):.3f},{k + 1},{k + 1}\n"
    (tmp_path / "few.csv").write_text(text)
    found = backtest(read_tables([tmp_path / "few.csv"]))
    assert len(found) == 12
    pair = one(found, "a", "b")
    assert pair.smooth is None
    assert np.exp(pair.level) == pytest.approx(2.2, rel=0.1)
    assert {f.errors.high for f in found} == {pair.errors.high}
    assert "MACs" in pair.outside(Work(1e12, 0, 0, 1))


def test_fits_are_kept_whole(fits: list[Fit], tmp_path: Path) -> None:
    write_fits(fits, tmp_path / "fits.json")
    work = Work(4e9, 1e7, 2e7, 224.0**2)
    for before, after in zip(fits, read_fits(tmp_path / "fits.json"), strict=True):
        rate = 100.0 if before.source else None
        assert after.rate(work, rate) == pytest.approx(before.rate(work, rate))


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "not JSON"), ("[]", "no fits"), ('{"schema": "inspect-eval/speed-fits", "version": 9}', "no fits")],
)
def test_damaged_fits_are_refused(text: str, what: str) -> None:
    with pytest.raises(InputRefused, match=what):
        parse_fits(text, "fits.json")


def test_the_fit_is_robust_in_relative_terms() -> None:
    """Against scikit-learn's kernel ridge: without outliers the same curve, with them a better one."""
    kernel_ridge = pytest.importorskip("sklearn.kernel_ridge", reason="scikit-learn is the oracle").KernelRidge
    rng = np.random.default_rng(4)
    x = rng.uniform(-2, 2, (300, 2))
    truth = np.sin(x[:, 0]) + 0.5 * x[:, 1]
    clean = truth + rng.normal(0, 0.02, 300)
    oracle = kernel_ridge(kernel="rbf", gamma=0.5, alpha=0.1).fit(x, clean).predict(x)
    assert np.abs(fit(x, clean, reach=1.0, ridge=0.1)(x) - oracle).mean() < 0.03
    dirty = clean + 3.0 * (rng.uniform(size=300) < 0.1)
    plain = kernel_ridge(kernel="rbf", gamma=0.5, alpha=0.1).fit(x, dirty).predict(x)
    ours = np.abs(fit(x, dirty, reach=1.0, ridge=0.1)(x) - truth)
    assert np.median(ours) < np.median(np.abs(plain - truth))


def test_the_same_graph_under_two_names_is_one_architecture() -> None:
    works = np.array([[4e9, 1e7, 2e7, 1.0], [4e9, 1e7, 2e7, 1.0], [1e9, 1e6, 1e6, 1.0]])
    assert architectures(["vit_base", "deit_base", "resnet18"], works) == ["deit", "deit", "resnet"]
    fold = folds(["a", "b", "a", "c"], 2)
    assert fold[0] == fold[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tf_efficientnet_b0.in1k", "efficientnet"),
        ("resnet50", "resnet"),
        ("convnextv2_tiny", "convnextv"),
        ("VGG-16", "vgg"),
    ],
)
def test_stems(name: str, expected: str) -> None:
    assert stem(name) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("model,macs\nx,1\n", "not a benchmark table"),
        ("model,throughput\nx,fast\n", "line 2: throughput is 'fast'"),
        ("model,throughput\nx,-1\n", "line 2: throughput is '-1'"),
        ("model,throughput\n", "no benchmark rows"),
        ("", "not a benchmark table"),
    ],
)
def test_tables_that_are_none(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputRefused, match=what):
        read_tables([tmp_path / "t.csv"])


def test_a_row_without_a_speed_is_counted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,throughput\na,10\nb,\n")
    assert read_tables([tmp_path / "t.csv"]).skipped == 1
