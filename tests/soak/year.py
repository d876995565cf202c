"""A year of nightly audits, and a million cells: how large the log is and how long its pages take."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.log.check import check
from appliance.log.log import Log
from appliance.log.maintain import Retention, backup, prune
from appliance.report.html import write_report
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
from appliance.watch.alert_types import Found, Severity
from appliance.watch.alerts import alerts, notes, record
from appliance.watch.charts import charts
from appliance.watch.nights import NightState, begin_night, update_night
from appliance.watch.readings import keep_readings, kept_readings, take_readings
from tests.log.build import audit

FIRST = datetime(2026, 1, 1, 2, tzinfo=UTC)
PARTS, MEMBERS, CONDITIONS = 1000, 6, 60

TOTALS = "SELECT member, condition, sum(n), sum(escapes), sum(overkills), avg(accuracy) FROM cells GROUP BY 1, 2"
PAGE = "SELECT * FROM v_cells WHERE run = ?"


@dataclass(frozen=True)
class Year:
    """Bytes and seconds of a log of `nights` nights of 1,000 parts x 60 conditions x 6 members."""

    nights: int
    bytes_: int
    write_s_per_night: float
    runs_page_s: float
    run_page_s: float
    totals_s: float
    read_night_s: float
    backup_s: float
    check_s: float
    full_check_s: float
    readings_s: float  # of one night against the baseline
    charts_s: float  # of every member and condition over the year
    alerts_s: float
    judge_s: float  # one night scored, as report and dashboard do
    report_s: float
    prune_30_nights_s: float


def night(log: Log, number: int) -> None:
    """One night, as an audit writes it: a commit a condition; scores differ from cell to cell and night to night."""
    given = audit(f"night{number:05d}", parts=PARTS, members=MEMBERS, cells=CONDITIONS)
    started = (FIRST + timedelta(days=number)).isoformat()
    replace(given, head=replace(given.head, started=started)).fill(log)


def year(folder: Path, nights: int) -> Year:
    """Write the nights, then time what is asked of such a log."""
    path = folder / "log.db"
    with Log.open(path) as log:
        start = time.monotonic()
        for number in range(nights):
            night(log, number)
        wrote = time.monotonic() - start
    last = f"night{nights - 1:05d}"
    with Log.open(path) as log:
        conn = log.connection
        read = seconds(lambda: fill_watch(log, nights))
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        size = path.stat().st_size
        scored: list[Summary] = []
        return Year(
            nights,
            size,
            wrote / nights,
            seconds(log.runs),
            seconds(lambda: conn.execute(PAGE, (last,)).fetchall()),
            seconds(lambda: conn.execute(TOTALS).fetchall()),
            seconds(lambda: list(log.all_outcomes(last))),
            seconds(lambda: backup(path, folder / "copy.db")),
            seconds(lambda: check(path)),
            seconds(lambda: check(path, full=True)),
            read,
            seconds(lambda: charts(kept_readings(log, "night00000"))),
            seconds(lambda: [notes(log, alert.id) for alert in alerts(log)]),
            seconds(lambda: scored.append(summary_of(log, last))),
            seconds(lambda: write_report(scored[0], folder / "report.html")),
            seconds(lambda: prune(log, Retention(nights - 30, 0), now=FIRST + timedelta(days=nights))),
        )


def fill_watch(log: Log, nights: int) -> None:
    """What a year of nights leaves beside its runs: the last night's readings under every night, rows, 100 alerts."""
    readings = take_readings(log, f"night{nights - 1:05d}", "night00000")
    for number in range(1, nights):
        run = f"night{number:05d}"
        keep_readings(log, [replace(reading, run=run) for reading in readings])
        plan = {"grid": "g", "folds": 1, "fold": 0, "nights": 1, "conditions": [f"c{i}" for i in range(CONDITIONS)]}
        begun = begin_night(log, started=f"2026-{number}", budget_s=600.0, plan=plan, cells=(360, 360))
        update_night(log, begun, run=run, state=NightState.DONE)
    for number in range(100):
        found = Found("drift", f"m{number % MEMBERS}", f"c{number}", Severity.WARNING, "errors rose from 1 % to 3 %")
        record(log, [found], (), at="2026-11-24T02:00:00+00:00")


def summary_of(log: Log, run: str) -> Summary:
    """One night, scored."""
    return summarise(log.read_run(run), lambda member, condition: log.outcomes(run, member, condition))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


@dataclass(frozen=True)
class Million:
    """Seconds in a log of `cells` cells: pages of one run (95th percentile of 100), totals over all, list of runs."""

    cells: int
    bytes_: int
    run_page_p95_s: float
    member_page_p95_s: float
    totals_s: float
    totals_cpu_s: float  # beside the wall time, to tell a slow query from a crowded machine
    runs_page_s: float
    load: float  # processes waiting, mean over the last minute


def million(folder: Path, cells: int) -> Million:
    """Fill the tables by SQL (outcomes left out: no page reads them) and time the pages."""
    path, runs = folder / "million.db", cells // (MEMBERS * CONDITIONS)
    with Log.open(path) as log:
        audit("night00000", parts=20, members=MEMBERS, cells=CONDITIONS).fill(log)
        fill(log, runs)
        conn = log.connection
        names = [f"night{number * runs // 100:05d}" for number in range(100)]
        pages = [seconds(lambda name=name: conn.execute(PAGE, (name,)).fetchall()) for name in names]  # type: ignore[misc]  # a default
        members = "SELECT * FROM v_members WHERE run = ?"
        heads = [seconds(lambda name=name: conn.execute(members, (name,)).fetchall()) for name in names]  # type: ignore[misc]  # as above
        total = conn.execute("SELECT count(*) FROM cells").fetchone()[0]
        wall, cpu = time.monotonic(), time.process_time()
        conn.execute(TOTALS).fetchall()
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        return Million(
            total,
            path.stat().st_size,
            statistics.quantiles(pages, n=20)[-1],
            statistics.quantiles(heads, n=20)[-1],
            wall,
            cpu,
            seconds(log.runs),
            os.getloadavg()[0],
        )


def fill(log: Log, runs: int) -> None:
    """Repeat the first run until there are `runs`, each with numbers of its own."""
    conn = log.connection
    copies = {
        "runs": "run, state, started, ended, seconds, seed, task, family, suite, parts_root, part_set, config,"
        " environment, config_digest, limits_digest, plan_digest, digest",
        "members": "run, position, name, sha256, params, macs, activations, card",
        "conditions": "run, position, key, name, perturbation_group, unit, severity, neutral, level, repeat",
        "cells": "run, member, condition, n, ok, ng, escapes, overkills, accuracy, seconds, failure",
    }
    conn.execute("BEGIN IMMEDIATE")
    for number in range(1, runs):
        for table, columns in copies.items():
            taken = columns.replace("run,", "?,", 1).replace("accuracy", "abs(random()) / 9.3e18")
            first = f"SELECT {taken} FROM {table} WHERE run = 'night00000'"
            conn.execute(f"INSERT INTO {table} ({columns}) {first}", (f"night{number:05d}",))
    conn.execute("COMMIT")
