"""Money worked out by hand: failures of a year, machine, present value, payback."""

import numpy as np
import pytest

from appliance.advice.money import Terms, accounts, payback, present_value
from appliance.advice.types import Way, World
from appliance.advice.years import acting, replaced, worth

TERMS = Terms(
    horizon=3, spares=0.1, hours_per_year=1000.0, retrainings_per_year=2.0,
)  # fmt: skip
PRICES = {
    "purchase": 1000.0, "integration": 300.0, "electricity_per_kwh": 0.5, "power_w": 300.0, "idle_w": 100.0,
    "maintenance_per_year": 50.0, "labelling": 10.0, "retraining": 20.0, "escape": 100.0, "overkill": 2.0,
    "ng_prevalence": 0.1, "parts_per_year": 1000.0,
    "life_years": 2.0, "discount_rate": 0.1, "electricity_growth": 0.5,
}  # fmt: skip


def world(escape: float = 0.2, overkill: float = 0.05, **prices: float) -> World:
    one = np.ones((1, 1))
    arrays = {name: np.array([value]) for name, value in (PRICES | prices).items()}
    return World(np.full((1, 1, 1), escape), np.full((1, 1, 1), overkill), one, one, arrays, 0.0, acting(arrays, 3))


def test_a_years_wrong_decisions() -> None:
    books = accounts(world(), [Way("m")], TERMS)
    assert books.escapes is not None
    assert books.overkills is not None
    assert books.failures is not None
    assert books.escapes[0, 0] == pytest.approx(20.0)  # 1000 parts, 10 % NG, one in five passed
    assert books.overkills[0, 0] == pytest.approx(45.0)
    assert books.failures[0, 0] == pytest.approx(20 * 100 + 45 * 2)


def test_a_machine_year_by_year() -> None:
    books = accounts(world(), [Way("m", busy_ms=1800.0)], TERMS)
    # 1000 parts x 1.8 s are half an hour of 1000: 1000 h x (100 W + 200 W x 0.0005) = 100.1 kWh
    energy = 0.5 * (1000 * 0.1 + 0.5 * 0.2)
    steady = 50 + 2 * (10 + 20)
    assert books.machine is not None
    assert books.machine[0, 0].tolist() == pytest.approx(
        [1100 + 300, energy + steady, 1.5 * energy + steady + 1100, 2.25 * energy + steady]
    )
    assert books.first is not None
    assert books.first[0, 0] == pytest.approx(energy + steady + 1100 / 2 + 300 / 3)


def test_without_a_measured_time_it_infers_all_day() -> None:
    idle, busy = (accounts(world(), [Way("m", ms)], TERMS).machine for ms in (0.0, None))
    assert idle is not None
    assert busy is not None
    assert busy[0, 0, 1] - idle[0, 0, 1] == pytest.approx(0.5 * 200)


def test_todays_machine_is_there_already_and_is_replaced_at_its_end() -> None:
    machine = accounts(world(), [Way("m", busy_ms=0.0, new=False)], TERMS).machine
    assert machine is not None
    assert machine[0, 0, 0] == 0
    assert machine[0, 0, 2] - machine[0, 0, 1] == pytest.approx(1100 + 0.5 * 0.5 * 100)


def test_manual_inspection_costs_by_the_part() -> None:
    books = accounts(world(reference_per_1000=80.0), [Way("today", new=False, per_1000=True)], TERMS)
    assert books.machine is not None
    assert books.machine[0, 0].tolist() == [0.0, 80.0, 80.0, 80.0]


def test_without_a_price_there_is_no_sum() -> None:
    there = world()
    prices = {name: value for name, value in there.prices.items() if name not in ("purchase", "escape")}
    books = accounts(World(there.escape, there.overkill, there.shares, there.strange, prices, 0.0), [Way("m")], TERMS)
    assert (books.machine, books.failures, books.total()) == (None, None, None)
    assert books.escapes is not None


def test_present_value_by_hand() -> None:
    assert present_value(np.array([[[100.0, 110.0, 121.0]]]), worth(np.array([0.1]), 2))[0, 0] == pytest.approx(300.0)


@pytest.mark.parametrize(
    ("life", "years"),
    [
        (5.0, (0, 0, 0, 0, 0, 0)),  # it ends with the horizon
        (2.0, (0, 0, 1, 0, 1, 0)),
        (2.5, (0, 0, 0, 1, 0, 0)),
        (0.5, (0, 2, 2, 2, 2, 1)),
        (4.5, (0, 0, 0, 0, 0, 1)),
        (30.0, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_a_machine_is_bought_again_in_the_year_in_which_its_life_ends(life: float, years: tuple[int, ...]) -> None:
    assert replaced(np.array([life]), 5)[0].tolist() == list(years)


@pytest.mark.parametrize(
    ("saved", "years"),
    [
        ((-100.0, 50.0, 50.0, 50.0), 2.0),
        ((-100.0, 80.0, 80.0, 80.0), 1.25),
        ((-100.0, 30.0, 30.0, 30.0), np.inf),
        ((0.0, 30.0, 30.0, 30.0), 0.0),
        ((-100.0, 150.0, -100.0, 150.0), 2.0 + 50 / 150),  # a machine bought again must be earned again
        ((-100.0, 150.0, -100.0, 20.0), np.inf),
    ],
)
def test_payback_by_hand(saved: tuple[float, ...], years: float) -> None:
    assert payback(np.array([[saved]]))[0, 0] == pytest.approx(years)
