import numpy as np
import pytest

from appliance.watch.charts import ChartSetting, charts, points
from appliance.watch.readings import Reading


def reading(run: str, z: float, *, member: str = "m0", condition: str = "clean") -> Reading:
    return Reading(run, "base", member, condition, 100, 0.1, 0.1, 0.0, 0.0, 0.0, z, -z, z != 0)


def test_series_by_hand() -> None:
    found = points([("a", 2.0), ("b", 1.0), ("c", -3.0)], ChartSetting())
    assert [p.ewma for p in found] == pytest.approx([0.4, 0.52, -0.184])
    assert [p.cusum_up for p in found] == pytest.approx([1.5, 2.0, 0.0])
    assert [p.cusum_down for p in found] == pytest.approx([0.0, 0.0, 2.5])


def test_the_stated_false_alarm_run_length_is_what_happens() -> None:
    draw, setting, lengths = np.random.default_rng(3), ChartSetting(), []
    for _ in range(60):
        series = points([("", float(z)) for z in draw.standard_normal(4000)], setting)
        lengths.append(next((i + 1 for i, p in enumerate(series) if "cusum" in p.alarm), 4000))
    stated = charts([reading("a", 0.0)])[0].cusum_false_alarm
    assert np.mean(lengths) == pytest.approx(stated, abs=4 * np.std(lengths) / len(lengths) ** 0.5)


def test_a_lasting_shift_is_found_in_about_the_stated_delay() -> None:
    draw, lengths = np.random.default_rng(4), []
    for _ in range(300):
        series = points([("", float(z)) for z in 1.0 + draw.standard_normal(200)], ChartSetting())
        lengths.append(next(i + 1 for i, p in enumerate(series) if "ewma" in p.alarm))
    stated = charts([reading("a", 0.0)])[0].ewma_delay
    assert np.mean(lengths) == pytest.approx(stated, abs=4 * np.std(lengths) / len(lengths) ** 0.5)


def test_one_chart_a_cell_and_quantity() -> None:
    found = charts([reading("a", 0.0), reading("a", 0.0, member="m1"), reading("b", 9.0)])
    assert [(c.member, c.quantity, len(c.points)) for c in found] == [
        ("m0", "errors", 2),
        ("m0", "margin", 2),
        ("m1", "errors", 1),
        ("m1", "margin", 1),
    ]
    assert found[0].alarm == ("ewma", "cusum")
    assert found[0].worse
    assert not found[1].worse  # the margin moved the other way


def test_a_chart_comes_back_once_its_cause_is_gone() -> None:
    values = [("", 10.0)] * 30 + [("", 0.0)] * 25
    assert points(values, ChartSetting())[29].alarm
    assert not points(values, ChartSetting())[-1].alarm
