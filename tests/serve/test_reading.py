"""How pages read a year of nights: by index, a piece at a time, and without the collector in their way."""

import gc
import weakref
from pathlib import Path

import anyio
import pytest

from appliance.log.log import Log
from appliance.serve.drift import READINGS, read_drift
from appliance.serve.guard import Tidied
from appliance.serve.member_tables import CELLS
from appliance.serve.pages.condition import TREND
from appliance.site import Site
from appliance.watch.charts import ChartSetting

SETTING = ChartSetting()


def test_drift_of_one_size_is_its_part_of_the_whole(own: Site) -> None:
    with Log.open(own.log_path) as log:
        whole, one = read_drift(log, SETTING), read_drift(log, SETTING, "m")
        assert whole is not None
        assert one is not None
        assert set(whole.points) == {"s", "m", "l"}
        assert one.points == {"m": whole.points["m"]}
        assert one.nights == whole.nights
        assert read_drift(log, SETTING, "nobody") is None
        log.connection.execute("DELETE FROM runs WHERE run = ?", (whole.baseline,))  # pruned: its readings stay
        again = read_drift(log, SETTING)
        assert again is not None
        assert again.nights == whole.nights[-1:]


@pytest.mark.parametrize(
    ("sql", "asked", "index"),
    [
        (READINGS, ("r", ""), "COVERING INDEX readings_charted"),
        (TREND, ("[]", "[]", "clean"), "(run=? AND member=? AND condition=?)"),
        (CELLS, ("[]", "[]", "m"), "(run=? AND member=? AND condition=?)"),
    ],
)
def test_a_page_never_reads_all_nights(tmp_path: Path, sql: str, asked: tuple[str, ...], index: str) -> None:
    with Log.open(tmp_path / "log.db") as log:
        plan = [row[3] for row in log.connection.execute(f"EXPLAIN QUERY PLAN {sql}", asked)]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith(("SCAN x", "SCAN c ", "SCAN cells")) for step in plan), plan


class Cycle:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.parametrize("settled", [True, False])
def test_what_an_answer_leaves_is_collected_after_it(settled: bool) -> None:
    left: list[weakref.ref[Cycle]] = []

    async def app(*_: object) -> None:
        left.append(weakref.ref(Cycle()))

    gc.collect()
    gc.disable()
    try:
        if not settled:
            gc.enable()
            gc.set_threshold(10**6)
        anyio.run(Tidied(app), {"type": "http"}, None, None)  # type: ignore[arg-type]
        assert (left[0]() is None) is settled
    finally:
        gc.set_threshold(700, 10, 10)
        gc.enable()
