"""Money per 1000 parts against sums worked out by hand."""

from dataclasses import replace

import pytest

from appliance.cost.price import prices_of
from appliance.report.terminal_cost import print_prices
from appliance.sections.prices import PricesSection
from tests.cost.build import ENERGY, record, row

GIVEN = PricesSection(
    purchase=2000.0, life_years=5.0, electricity_per_kwh=0.25, power_w=60.0, idle_w=20.0, maintenance_per_year=100.0,
    spares=0.1, hours_per_year=4000.0,
)  # fmt: skip


def test_stated_power_at_the_takts_use() -> None:
    """A quarter of the takt at work: 30 W; 440 + 4000 h x 0.03 kW x 0.25 + 100 = 570 a year, 14.4 million parts."""
    flat = row(service_q=(250.0,) * 101)
    found = prices_of(record(flat), GIVEN, 1.0)[0]
    assert (found.use, found.watts, found.counted) == (0.25, 30.0, False)
    assert found.per_1000 == pytest.approx(1000 * 570 / 14.4e6)


def test_a_counter_under_the_paced_load_of_this_takt_outranks_the_stated_power() -> None:
    paced = row(load="paced", takt_s=0.5, deadline_ms=500.0, energy=replace(ENERGY, mj=5000.0))
    found = prices_of(record(row(), paced), GIVEN, 0.5)[0]
    assert found.counted
    assert found.watts == pytest.approx(10.0)
    assert not prices_of(record(row(), paced), GIVEN, 1.0)[0].counted


def test_what_is_not_given_is_named_and_not_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    found = prices_of(record(), PricesSection(), 1.0)
    assert found[0].per_1000 is None
    assert found[0].missing == (
        "purchase", "electricity_per_kwh", "maintenance_per_year", "power_w and idle_w"
    )  # fmt: skip
    print_prices(found, "EUR", 1.0)
    assert "needs purchase, electricity_per_kwh" in capsys.readouterr().out


def test_the_row_of_a_cheaper_size_says_what_accuracy_it_loses(capsys: pytest.CaptureFixture[str]) -> None:
    small, large = row("s", service_q=(10.0,) * 101), row("l", sha256="1" * 64, service_q=(800.0,) * 101)
    accuracy = {small.sha256: 0.95, large.sha256: 0.97}
    found = prices_of(record(small, large), GIVEN, 1.0, accuracy)
    assert [price.accuracy_pp for price in found] == pytest.approx([-2.0, 0.0])
    assert found[0].per_1000 < found[1].per_1000  # type: ignore[operator]
    print_prices(found, "EUR", 1.0)
    told = capsys.readouterr().out
    assert "EUR per" in told
    assert "\u22122.0" in told


def test_a_size_that_needs_another_machine_has_its_own_price() -> None:
    given = PricesSection.model_validate({**GIVEN.model_dump(), "sizes": {"s": {"purchase": 4000.0}}})
    dear, usual = prices_of(record(row("s")), given, 1.0)[0], prices_of(record(row("s")), GIVEN, 1.0)[0]
    assert dear.per_1000 is not None
    assert usual.per_1000 is not None
    assert dear.per_1000 - usual.per_1000 == pytest.approx(1000 * 440 / 14.4e6)
