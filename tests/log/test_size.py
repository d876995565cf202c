from pathlib import Path

from appliance.log.log import Log
from tests.log.build import audit
from tests.soak.year import PAGE, TOTALS, night


def test_a_year_of_nights_stays_under_two_gigabytes(ram: Path) -> None:
    path = ram / "log.db"
    sizes = []
    for number in range(2):
        with Log.open(path) as log:
            night(log, number)
        sizes.append(path.stat().st_size)
    assert sizes[0] + 364 * (sizes[1] - sizes[0]) < 2_000_000_000


def test_pages_go_by_indexes(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit().fill(log)
        for sql, values in ((TOTALS, ()), (PAGE, ("x",)), ("SELECT * FROM v_members WHERE run = ?", ("x",))):
            plan = [row[3] for row in log.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            scans = [step for step in plan if step.startswith("SCAN") and "COVERING INDEX" not in step]
            assert not scans, plan
