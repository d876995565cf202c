"""From a measurement on one machine to a verdict on another: bands, refusals, and what is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.cost.record import Energy
from appliance.errors import InputRefused
from appliance.sections.prices import PricesSection
from appliance.sections.sizing import SizingSection
from appliance.sizing.answer import answer, line_of
from appliance.sizing.backtest import backtest
from appliance.sizing.catalogue import Catalogue, Machine, load_catalogue
from appliance.sizing.decide import Asked, Case, row
from appliance.sizing.money import money, power_of
from appliance.sizing.queueing import Arrivals
from appliance.sizing.run import with_measured, work_of
from appliance.sizing.samples import Sample, by_member, samples_of
from appliance.sizing.shipped import shipped
from appliance.sizing.speed import Supported, speed
from appliance.sizing.table import read_tables
from appliance.sizing.types import Answer, Meets
from appliance.sizing.work import Work
from tests.sizing.build import cost, family, member, record, sample, write_table

RESNET = Work(1.8e9, 2.5e6, 11.7e6, 224.0**2)
PRICES = PricesSection(electricity_per_kwh=0.3, maintenance_per_year=100.0)


@pytest.fixture(scope="module")
def known() -> Supported:
    return Supported(shipped(), load_catalogue())


def machine(known: Supported, name: str) -> Machine:
    found = known.catalogue.find(name)
    assert found is not None
    return found


def asked(line: Arrivals | None = None, **sizing: float) -> Asked:
    return Asked(line or Arrivals(1.0, 1.0), SizingSection(**sizing), PRICES)


def case(*samples: Sample, work: Work = RESNET) -> Case:
    return Case("m", work, samples)


def test_what_was_measured_there_is_taken_with_its_own_error(known: Supported) -> None:
    found = speed(
        RESNET,
        [replace(sample(), service=tuple(np.linspace(10, 30, 101)))],
        machine(known, "Intel Core i7-1185G7"),
        known,
    )
    assert found.basis == "measured"
    assert found.band is not None
    estimate, low, high = found.band
    assert low < estimate == 15.0 < high
    assert high - low == pytest.approx(2 * 1.645 * np.std(np.linspace(10, 30, 101)) / np.sqrt(1000))


def test_a_cpu_is_carried_over_to_another_with_a_band(known: Supported) -> None:
    """The published ratio of fp32 throughput of an i7-1185G7 and an i9-13900K is 3.7 to 4.2."""
    found = speed(RESNET, [sample()], machine(known, "Intel Core i9-13900K"), known)
    assert found.basis == "carried over"
    assert found.band is not None
    estimate, low, high = found.band
    assert 15.0 / 4.5 < estimate < 15.0 / 3.4
    assert low < estimate < high
    assert "missed by" in found.why


def test_an_own_table_at_batch_one_carries_a_measurement_over(known: Supported, tmp_path: Path) -> None:
    """The fast machine of the made table has 3 times the compute and 1.6 times the memory of the slow one."""
    folder = write_table(tmp_path)
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text().replace(",256,", ",1,"))
    names = ("slow", "fast")
    machines = tuple(Machine(name=name, kind="cpu", source="ours", aliases=(f"{name} one",)) for name in names)
    own = Supported(tuple(backtest(read_tables([folder]))), Catalogue(machines))
    truth = [
        1000 * (RESNET.macs / 1e9 / (2000 * c) + RESNET.activations / 1e6 / (9000 * m)) for c, m in ((1, 1), (3, 1.6))
    ]
    found = speed(RESNET, [sample(machine="slow", infer=truth[0], precision="")], machines[1], own)
    assert found.basis == "carried over"
    assert found.band is not None
    estimate, low, high = found.band
    assert estimate == pytest.approx(truth[1], rel=0.1)
    assert low < truth[1] < high


def test_a_card_is_bounded_by_a_whole_batch(known: Supported) -> None:
    found = speed(RESNET, [sample()], machine(known, "NVIDIA GeForce RTX 3090"), known)
    assert found.basis == "bounds"
    assert found.band is not None
    _, low, high = found.band
    assert 0 < low < 1.0 < high


def test_one_picture_of_a_batch_is_no_ceiling(known: Supported) -> None:
    """Throughput of many streams says nothing of the time of one: an Intel card has no figure."""
    found = speed(RESNET, [sample()], machine(known, "Intel Arc A770M"), known)
    assert (found.basis, found.band) == ("none", None)


@pytest.mark.parametrize(
    ("name", "why"),
    [("NVIDIA L4", "no table holds both"), ("Intel Core i9-13900K", "beyond the back-test")],
)
def test_refusals_say_why(known: Supported, name: str, why: str) -> None:
    tiny = Work(1e6, 1e5, 1e3, 224.0**2)
    found = speed(tiny, [sample()], machine(known, name), known)
    assert found.band is None
    assert why in found.why


def test_a_machine_that_keeps_up_does(known: Supported) -> None:
    found = row(case(sample()), machine(known, "Intel Core i7-1185G7"), asked(), known)
    assert found.meets is Meets.YES
    assert found.latency_ms is not None
    assert found.latency_ms.estimate == pytest.approx(20.0)
    assert found.headroom == pytest.approx(0.98, abs=0.001)


@pytest.mark.parametrize(
    ("line", "sizing", "meets", "why"),
    [
        (Arrivals(0.022, 0.022), {}, Meets.NO, "too slow for the takt"),
        (Arrivals(1.0, 0.01), {}, Meets.NO, "the deadline of 10 ms is shorter than one part takes"),
        (Arrivals(1.0, 0.05, burst=4), {}, Meets.NO, "parts are late"),
        (Arrivals(1.0, 1.0), {"late_ppm": 100.0}, Meets.OPEN, "1000 measured pictures cannot prove"),
    ],
)
def test_what_fails_says_by_what(
    known: Supported, line: Arrivals, sizing: dict[str, float], meets: Meets, why: str
) -> None:
    found = row(case(sample()), machine(known, "Intel Core i7-1185G7"), asked(line, **sizing), known)
    assert (found.meets, why in found.why) == (meets, True), found.why


def test_a_band_across_the_takt_is_open(known: Supported) -> None:
    """On the i9 the part takes 5 ms give or take a fifth: a takt of 6.3 ms with a fifth free is within the band."""
    found = row(case(sample()), machine(known, "Intel Core i9-13900K"), asked(Arrivals(0.0063, 1.0)), known)
    assert found.meets is Meets.OPEN
    assert found.mend == "measure on a demo unit"


def test_without_a_measurement_reading_is_unknown(known: Supported) -> None:
    found = row(case(), machine(known, "NVIDIA GeForce RTX 3090"), asked(), known)
    assert found.meets is Meets.OPEN
    assert "read and prepare" in found.why
    slow = row(case(), machine(known, "NVIDIA GeForce RTX 3090"), asked(Arrivals(2e-5, 2e-5)), known)
    assert slow.meets is Meets.NO


def test_larger_pictures_take_longer_to_prepare(known: Supported) -> None:
    here = machine(known, "Intel Core i7-1185G7")
    small, large = (row(case(sample(picture_px=1_000_000)), here, asked(picture_mpx=mpx), known) for mpx in (0.0, 4.0))
    assert small.latency_ms is not None
    assert large.latency_ms is not None
    assert large.latency_ms.estimate - small.latency_ms.estimate == pytest.approx(3 * 5.0)


def test_cost_by_hand() -> None:
    """1,000 EUR over 5 years, 10 W at 0.3 EUR, 100 EUR a year; 4,000 h at 1 s are 14.4 million parts."""
    one = Machine(name="x", kind="cpu", source="s", price=1000.0, power_w=10.0)
    power = power_of(one, None, 0.5, 1.0, SizingSection())
    assert power is not None
    found = money(one, power, 1.0, PRICES, SizingSection())
    assert (power.watts, found.energy_ceiling) == (10.0, True)
    assert found.energy_j == pytest.approx(10.0)
    assert found.per_1000 == pytest.approx(1000 * (200 + 10 * 4000 / 1000 * 0.3 + 100) / 14.4e6)
    worth = sum(1 / 1.05**year for year in range(1, 6))
    assert found.total == pytest.approx(1000 + (12 + 100) * worth)


def test_idle_power_counts_where_it_is_known() -> None:
    one = Machine(name="x", kind="cpu", source="s", power_w=100.0, idle_w=20.0)
    power = power_of(one, None, 0.25, 1.0, SizingSection(computer_w=5.0))
    assert power is not None
    assert (power.watts, power.ceiling) == (pytest.approx(0.25 * 105 + 0.75 * 25), False)


def test_power_that_was_read_moves_with_the_takt() -> None:
    """30 W at a part a second over 20 W at rest: 10 J a part, so 25 W at a part every two seconds."""
    m = member()
    read = Energy(30_000.0, 29_000.0, 31_000.0, 30.0, 20.0, "rapl")
    found, _ = samples_of(record(cost(m, energy=read, takt_s=1.0)), family(m), "r.json")
    one = Machine(name="x", kind="cpu", source="s", power_w=500.0)
    power = power_of(one, found[0], 0.1, 2.0, SizingSection())
    assert power is not None
    assert (power.watts, power.ceiling) == (pytest.approx(25.0), False)


def test_a_machine_is_bought_again_when_its_life_is_over() -> None:
    one = Machine(name="x", kind="cpu", source="s", price=1000.0, power_w=10.0)
    prices = PricesSection(
        electricity_per_kwh=0.0,
        maintenance_per_year=0.0,
        life_years=4.0,
        horizon_years=10,
        discount_rate=0.0,
        spares=0.5,
    )
    assert money(one, power_of(one, None, 1.0, 1.0, SizingSection()), 1.0, prices, SizingSection()).total == 3 * 1500.0


def test_missing_prices_are_named() -> None:
    one = Machine(name="x", kind="cpu", source="s")
    found = money(one, None, 1.0, PricesSection(), SizingSection())
    assert found.per_1000 is None
    assert set(found.missing) == {
        "price of x (in hardware.toml)", "power of x", "prices.electricity_per_kwh", "prices.maintenance_per_year",
    }  # fmt: skip


def test_a_record_of_another_family_is_refused() -> None:
    theirs = record(cost(member("other")))
    with pytest.raises(InputRefused, match=r"another family \(bolts\)"):
        samples_of(theirs, family(member("m")), "demo.json")


def test_a_record_gives_the_best_valid_row_of_each_model() -> None:
    m = member()
    rows = (
        cost(m, load="closed", mean=10.0, infer=5.0),
        cost(m, load="paced", mean=20.0),
        cost(m, load="paced", mean=15.0, state="contended", reason="busy"),
        cost(m, load="saturate", mean=9.0, infer=5.0),
        cost(member("other")),
    )
    found, aside = samples_of(record(*rows), family(m), "r.json")
    assert [(s.load, round(s.mean_ms)) for s in found] == [("paced", 20)]
    assert any("contended" in line for line in aside)
    assert any("not one of this family" in line for line in aside)


def test_a_row_of_a_gpu_belongs_to_the_gpu() -> None:
    m = member()
    rows = (cost(m, provider="CUDAExecutionProvider", device="NVIDIA L4"), cost(m))
    found, _ = samples_of(record(*rows, gpu="NVIDIA L4"), family(m), "r.json")
    assert {s.machine for s in found} == {"NVIDIA L4", "Intel(R) Core(TM) i7-1185G7 @ 3.00GHz"}


def whole(known: Supported, line: Arrivals, *names: str, cpu: str = "Intel Core i7-1185G7", **offers: float) -> Answer:
    samples = [sample(machine=cpu)]
    priced = [
        m.model_copy(update={"price": offers.get(m.name.split()[-1].replace("-", "_"))})
        for m in known.catalogue.machines
    ]
    found = replace(known, catalogue=with_measured(Catalogue(tuple(priced)), samples))
    one = Case("m", work_of(member()), by_member(samples)["m"])
    ask = Asked(line, SizingSection(), PRICES)
    machines = found.catalogue.chosen(names)
    return answer([one], machines, ask, found, family="bolts", limits={"m": "hold"})


def test_the_cheapest_by_cost_wins(known: Supported) -> None:
    found = whole(known, line_of(0.5, 0, 1, 0, 1), "Intel Core i*", i7_1185G7=900.0, i9_13900K=1400.0, i5_8500=1200.0)
    best = found.sizes[0].cheapest
    assert best is not None
    assert best.machine.name == "Intel Core i7-1185G7"
    assert found.sizes[0].ranked_by == "cost over the horizon"
    assert found.verdict.startswith("The cheapest machine shown to meet 0.5 s a part: Intel Core i7-1185G7 for m.")
    assert any("is cheaper" in line for line in found.changes)
    assert any("is shown to meet down to" in line for line in found.changes)


def test_without_offers_the_class_and_the_power_decide_and_it_is_said(known: Supported) -> None:
    found = whole(known, line_of(0.5, 0, 1, 0, 1), "Intel Core i7-1185G7", "Intel Core i5-8500")
    best = found.sizes[0].cheapest
    assert best is not None
    assert best.machine.name == "Intel Core i5-8500"
    assert "offers are missing" in found.sizes[0].ranked_by


def test_a_takt_that_none_meets_says_by_how_much(known: Supported) -> None:
    found = whole(known, line_of(0.001, 0, 1, 0, 1), "Intel Core i*")
    assert not found.met
    assert "None" not in found.verdict
    assert "times as long" in found.verdict
    assert any("would be shown to do" in line for line in found.changes)


def test_a_deadline_shorter_than_one_part_is_said(known: Supported) -> None:
    found = whole(known, line_of(1.0, 2.0, 1, 0, 1), "Intel Core i7-1185G7")
    assert "the deadline of 2 ms" in found.verdict
    assert "10 times as long" in found.verdict


def test_a_machine_nobody_knows_stands_in_the_table_as_measured(known: Supported) -> None:
    found = whole(known, line_of(0.5, 0, 1, 0, 1), "Panel computer 7", cpu="Panel computer 7")
    assert found.sizes[0].rows[0].meets is Meets.YES
    assert found.measured_on == ("Panel computer 7",)
