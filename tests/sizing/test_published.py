"""The figures promised on published tables: errors, and bands that hold."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from appliance.sizing.backtest import backtest
from appliance.sizing.catalogue import load_catalogue
from appliance.sizing.fits import Fit
from appliance.sizing.shipped import shipped
from appliance.sizing.speed import Supported, band_of
from appliance.sizing.table import Table, read_tables

TIMM = Path(__file__).parents[3] / "shared/tables/timm"


def test_shipped_bands_cover_what_they_promise() -> None:
    assert {fit.target for fit in shipped()} >= {
        "rtx3090",
        "rtx4090",
        "Intel Core i9-13900K",
        "NVIDIA GeForce RTX 5090",
    }
    assert [fit for fit in shipped() if not 0.85 <= fit.errors.coverage <= 0.95] == []
    assert all(fit.origin for fit in shipped())


@pytest.mark.parametrize(
    ("source", "target", "median", "p90"),
    [
        ("rtx3090", "rtx4090", 0.06, 0.14),
        ("rtx4090", "rtx3090", 0.06, 0.14),
        ("", "rtx3090", 0.17, 0.55),
        ("", "rtx4090", 0.17, 0.55),
    ],
)
def test_shipped_errors_are_within_what_is_asked(source: str, target: str, median: float, p90: float) -> None:
    errors = next(fit for fit in shipped() if (fit.source, fit.target) == (source, target)).errors
    assert errors.median <= median
    assert errors.p90 <= p90


def test_the_band_from_throughput_holds_for_single_pictures() -> None:
    """int8 is published both ways: ratios of throughput, with the band used for single pictures, against the truth."""
    known = Supported(shipped(), load_catalogue())
    single = read_tables([Path(str(files("appliance.sizing") / "published/openvino-int8-latency.csv"))])
    pairs = {(f.source, f.target): f for f in shipped() if (f.measure, f.precision) == ("throughput", "int8")}
    inside = []
    for (a, b), fit in pairs.items():
        low, high = band_of(fit, known)
        inside += [low <= np.log(y.rate / x.rate) - fit.level <= high for x, y in single.shared(a, b)]
    assert len(inside) > 1000
    assert 0.85 <= np.mean(inside) <= 0.95


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    if not TIMM.is_dir():
        pytest.skip("the published tables (shared/tables/timm) are not beside the repository")
    table = read_tables([TIMM])
    eager = {name: rows for name, rows in table.devices.items() if "dynamo" not in name}
    return backtest(Table(eager, table.skipped))


def test_the_shipped_coefficients_are_those_of_the_published_tables(fits: list[Fit]) -> None:
    """Fitted again here: the same errors, and the same predictions."""
    for again in fits:
        kept = next(fit for fit in shipped() if (fit.source, fit.target) == (again.source, again.target))
        assert again.errors.median == pytest.approx(kept.errors.median, rel=0.02)
        assert again.errors.p90 == pytest.approx(kept.errors.p90, rel=0.02)
        assert again.errors.coverage == pytest.approx(kept.errors.coverage, abs=0.01)
        assert again.smooth is not None
        assert kept.smooth is not None
        assert kept.smooth.weights == pytest.approx(again.smooth.weights, rel=1e-2, abs=1e-3)


def test_errors_by_architecture_add_up(fits: list[Fit]) -> None:
    for fit in fits:
        assert sum(n for n, _, _ in fit.errors.families.values()) == fit.errors.n > 1400
        assert len(fit.errors.families) == fit.errors.groups > 100
