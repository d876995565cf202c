"""Server time of every page of the dashboard on a year of nights: 365 runs, 1e6 cells, pages of random nights.

`python -m tests.bench.bench_dashboard [nights] [conditions]`. Every page is asked for in turn, of other nights each
time, so that nothing is warm but the program. Processor time beside the clock tells a slow page from a busy machine.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np

from appliance.cost.kept import keep_record
from appliance.law.kept import keep_laws
from appliance.law.types import LawReport
from appliance.log.log import Log
from appliance.log.types import Cell, RunRecord
from appliance.score.kept import KIND, VERSION, keep_summary
from appliance.score.summary import summarise
from appliance.serve.server import settle
from appliance.site_file import write_site
from appliance.watch.alert_types import Found, Severity
from appliance.watch.alerts import record as record_alerts
from appliance.watch.baselines import set_baseline
from tests.cost.build import record, row
from tests.score.build import drawn, sweep
from tests.serve.asking import Client
from tests.soak.year import fill

MEMBERS = ("xs", "s", "m", "l", "xl", "xxl")
LEVELS = (1, 2, 3, 4, 5)
LOADS = ("closed", "paced", "saturate")
ROUNDS = 40
GOAL_MS = 50.0
FIRST = "night00000"


@dataclass(frozen=True)
class Times:
    """Milliseconds of one page over many nights: 50th and 95th percentile by the clock, 95th by the processor."""

    page: str
    p50: float
    p95: float
    p95_cpu: float
    kb: float


def year(folder: Path, nights: int, conditions: int) -> None:
    """A site whose log holds `nights` runs of 6 members under `conditions` conditions, as audits leave them."""
    folder.mkdir(parents=True)
    site = write_site(folder, {"dashboard": {"member": "m"}, "limits": {"escape_rate": 0.02}})
    clean = drawn(parts=2)[0].conditions[0]
    sweeps = [row for i in range(conditions // len(LEVELS)) for row in sweep(f"blur-{i}", LEVELS)]
    made, read = drawn(MEMBERS, (clean, *sweeps), parts=400, run=FIRST)
    with Log.open(site.log_path) as log:
        log.start_run(made.head, made.parts, made.members, made.conditions)
        log.add_cells(FIRST, [Cell(m, c, read(m, c)) for m, c in made.cells])
        assert made.tail is not None
        log.finish_run(FIRST, made.tail)
        keep_summary(log, summarise(log.read_run(FIRST), read))
        fill(log, nights)
        _as_an_audit_leaves_it(log, nights)
        set_baseline(log, FIRST, at="2026-01-01T03:00:00+00:00", who="qa")
        _readings(log)
        _costs(log, made)
        found = [Found("drift", m, "all", Severity.WARNING, f"{m} drifts") for m in MEMBERS]
        record_alerts(log, found, [], at="2026-12-31T03:00:00+00:00")
        keep_laws(log, f"night{nights - 1:05d}", LawReport("macs", "MACs", 0.5, ()))


def _as_an_audit_leaves_it(log: Log, nights: int) -> None:
    """What the copies lack: outcomes of their cells, summaries, rows for trends, dates that follow each other."""
    conn = log.connection
    conn.execute("BEGIN IMMEDIATE")
    conn.execute(
        """INSERT INTO outcomes SELECT c.id, o.packed FROM cells c JOIN cells f ON f.run = ?1 AND f.member = c.member
        AND f.condition = c.condition JOIN outcomes o ON o.cell = f.id WHERE c.run IN (?2, ?3)""",
        (FIRST, f"night{nights - 1:05d}", f"night{nights // 2:05d}"),
    )
    for number in range(1, nights):
        run, day = f"night{number:05d}", f"+{number} days"
        conn.execute("INSERT INTO documents SELECT ?, kind, version, packed FROM documents WHERE run = ?", (run, FIRST))
        columns = [row[1] for row in conn.execute("PRAGMA table_info(member_scores)")][1:]
        conn.execute(
            f"INSERT INTO member_scores SELECT ?, {', '.join(columns)} FROM member_scores WHERE run = ?", (run, FIRST)
        )
        moved = "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-01-01T02:00:00', ?)"
        conn.execute(f"UPDATE runs SET started = {moved}, digest = ? WHERE run = ?", (day, run, run))
    conn.execute("COMMIT")


READINGS = """
INSERT INTO readings SELECT r.run, ?1, m.name, k.key, 400, 0.1, 0.1, 0, 0, 0, drawn(), 0, 1
FROM runs r JOIN members m ON m.run = ?1 JOIN (SELECT key FROM conditions WHERE run = ?1 UNION SELECT 'all') k"""
NIGHTS = """
INSERT INTO nights (run, started, ended, state, seconds, budget_s, plan, grid_cells, planned_cells, covered_cells)
SELECT run, started, ended, 'done', 500, 600, '{}', ?1, ?1, ?1 FROM runs ORDER BY number"""


def _readings(log: Log) -> None:
    """Readings of every member under every condition on every night, and the nights themselves."""
    chance = random.Random(5)
    log.connection.create_function("drawn", 0, lambda: chance.gauss(0, 0.3))
    cells = log.connection.execute("SELECT count(*) FROM cells WHERE run = ?", (FIRST,)).fetchone()[0]
    log.connection.execute("BEGIN IMMEDIATE")
    log.connection.execute(READINGS, (FIRST,))
    log.connection.execute(NIGHTS, (cells,))
    log.connection.execute("COMMIT")


def _costs(log: Log, made: RunRecord) -> None:
    """A cost record a month."""
    rows = tuple(row(member.name, sha256=member.sha256, load=load) for member in made.members for load in LOADS)
    for month in range(1, 13):
        keep_record(log, replace(record(*rows), made=f"2026-{month:02d}-01T10:00:00+00:00"))


def pages(nights: int, conditions: int) -> dict[str, Iterator[str]]:
    """Addresses of each page, of another night (condition, member) at every turn."""
    chosen, oldest = random.Random(7), min(60, nights - 1)

    def each(form: str) -> Iterator[str]:
        while True:
            run = f"night{chosen.randrange(nights):05d}"
            key = f"blur-{chosen.randrange(conditions // len(LEVELS))}@{chosen.choice(LEVELS)}"
            yield form.format(
                run=run, key=quote(key), member=chosen.choice(MEMBERS), before=chosen.randrange(oldest, nights)
            )

    whole = f"night{nights - 1:05d}"
    forms = {
        "now": "/", "trends, 365 nights": "/trends?nights=365", "night": "/night?run={run}",
        "member": "/member?name={member}&run={run}", "condition": f"/condition?run={whole}&key={{key}}",
        "part": f"/part?run={whole}&id=p0007.png&condition={{key}}", "alerts": "/alerts", "laws": "/laws",
        "sizing": "/sizing", "decision": "/decision", "log health": "/health?before={before}",
        "measured": "/measured?run={run}",
    }  # fmt: skip
    return {name: each(form) for name, form in forms.items()}


def timed(client: Client, name: str, addresses: Iterator[str], rounds: int) -> Times:
    """One page asked for `rounds` times."""
    wall, cpu, size = [], [], 0
    client.get(next(addresses))
    for _ in range(rounds):
        address = next(addresses)
        start, spent = time.perf_counter(), time.process_time()
        answer = client.get(address)
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - spent))
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        size = max(size, len(answer.content))
    return Times(
        name, float(np.median(wall)), float(np.quantile(wall, 0.95)), float(np.quantile(cpu, 0.95)), size / 1000
    )


def main(nights: int, conditions: int) -> int:
    """Print the times; 1 where a page misses the goal by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        year(site, nights, conditions)
        with Log.open_read(site / "log.db") as log:
            cells = log.connection.execute("SELECT count(*) FROM cells").fetchone()[0]
        size = (site / "log.db").stat().st_size / 1e6
        print(f"{nights} runs, {cells:,} cells, log {size:,.0f} MB, load {os.getloadavg()[0]:.1f}, {KIND} {VERSION}")
        client = Client(site)
        settle()
        found = [timed(client, name, addresses, ROUNDS) for name, addresses in pages(nights, conditions).items()]
    print("| page | p50 ms | p95 ms | p95 ms of processor | kB |\n| --- | --- | --- | --- | --- |")
    for t in found:
        print(f"| {t.page} | {t.p50:.0f} | {t.p95:.0f} | {t.p95_cpu:.0f} | {t.kb:.0f} |")
    slow = [t.page for t in found if t.p95 > GOAL_MS]
    print(f"goal: {GOAL_MS:g} ms at the 95th percentile; over it by the clock: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(given or (365, 455))))
