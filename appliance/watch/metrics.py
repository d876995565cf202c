"""Figures for Prometheus: a text file that node_exporter's textfile collector picks up, replaced in one step."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.errors import MachineFailed
from appliance.log.log import Log
from appliance.score.grid import ALL, CLEAN
from appliance.score.summary_types import Summary
from appliance.site import Site
from appliance.watch.alert_types import DeliveryState
from appliance.watch.alerts import alerts
from appliance.watch.charts import Chart
from appliance.watch.deliveries import deliveries
from appliance.watch.health import free_mb
from appliance.watch.nights import nights
from appliance.watch.status import READABLE

PREFIX = "inspect_eval_"


class Gauges:
    """Gauges of one site, each with its own meaning."""

    def __init__(self, site: str) -> None:
        try:
            from prometheus_client import CollectorRegistry
        except ModuleNotFoundError as error:
            raise MachineFailed(
                "figures for Prometheus need prometheus-client, which is not installed",
                mend='install "inspect-eval[alerts]", or set nightly.metrics = "none"',
            ) from error
        self.registry = CollectorRegistry()
        self._site = site

    def add(self, name: str, meaning: str, values: Mapping[Any, float], labels: tuple[str, ...] = ()) -> None:
        """Add one gauge; values by a tuple of its labels' values."""
        from prometheus_client import Gauge

        gauge = Gauge(f"{PREFIX}{name}", meaning, ("site", *labels), registry=self.registry)
        for key, value in values.items():
            gauge.labels(self._site, *key).set(value)


def write_failure(path: Path, site: Site, code: int, now: datetime) -> None:
    """The figures of a night that could not be done: when, and its exit code."""
    gauges = Gauges(site.name)
    _night_figures(gauges, code, now)
    _write(gauges, path)


def write_metrics(
    path: Path, site: Site, log: Log, *, code: int, now: datetime, summary: Summary, charts: list[Chart]
) -> None:
    """The figures of a night. Raises MachineFailed without the library, OSError where the file cannot be written."""
    gauges = Gauges(site.name)
    _night_figures(gauges, code, now)
    _coverage(gauges, log)
    _alerts(gauges, log)
    _members(gauges, summary)
    _drift(gauges, charts)
    size = {(): float(log.path.stat().st_size)}
    gauges.add("log_bytes", "size of the log", size)
    gauges.add("disk_free_bytes", "free space beside the log", {(): float(free_mb(site.folder) << 20)})
    _write(gauges, path)


def _night_figures(gauges: Gauges, code: int, now: datetime) -> None:
    gauges.add("night_end_timestamp_seconds", "when the last night ended, Unix time", {(): now.timestamp()})
    meaning = "exit code of the last night: 0 holds, 1 a limit or alert is breached, 5 warnings, else no result"
    gauges.add("night_exit_code", meaning, {(): float(code)})


def _coverage(gauges: Gauges, log: Log) -> None:
    for night in nights(log, 1):
        gauges.add("night_seconds", "seconds the last night took", {(): night.seconds or 0.0})
        gauges.add("night_covered_cells", "cells the last night covered", {(): float(night.covered_cells)})
        gauges.add("grid_cells", "cells of the site's whole grid", {(): float(night.grid_cells)})


def _alerts(gauges: Gauges, log: Log) -> None:
    counted = Counter((alert.severity.value, alert.state.value) for alert in alerts(log))
    every = {(s, t): float(counted[s, t]) for s in ("info", "warning", "critical") for t in ("open", "acked")}
    gauges.add("alerts", "alerts not closed", every, ("severity", "state"))
    stuck = Counter(delivery.state.value for delivery in deliveries(log))
    found = {(state.value,): float(stuck[state.value]) for state in (DeliveryState.WAITING, DeliveryState.GIVEN_UP)}
    gauges.add("deliveries", "alerts on their way, or given up", found, ("state",))


def _members(gauges: Gauges, summary: Summary) -> None:
    scores = {member.name: member for member in summary.members}
    gauges.add(
        "accuracy",
        "share of right decisions, 0 to 1",
        {
            **{(name, CLEAN): score.clean.accuracy.estimate for name, score in scores.items()},
            **{(name, ALL): score.mean_accuracy.estimate for name, score in scores.items()},
        },
        ("member", "condition"),
    )
    for rate in ("escape", "overkill"):
        bounds = {(n,): getattr(s.clean, rate).upper for n, s in scores.items()}
        meaning = f"one-sided 95 % upper bound of the {rate} rate on clean parts, 0 to 1"
        gauges.add(f"{rate}_rate_upper", meaning, bounds, ("member",))
    latency = {(row.member, row.load, row.provider, row.precision): row.p50 / 1000 for row in summary.costs}
    labels = ("member", "load", "provider", "precision")
    gauges.add("latency_p50_seconds", "median time from file to verdict", latency, labels)


def _drift(gauges: Gauges, charts: list[Chart]) -> None:
    shown = [chart for chart in charts if chart.condition in (CLEAN, ALL) and chart.points]
    key = ("member", "condition", "quantity")
    ewma = {(chart.member, chart.condition, chart.quantity): chart.points[-1].ewma for chart in shown}
    gauges.add("drift_ewma", "EWMA of the drift chart in standard errors, positive is worse", ewma, key)
    alarm = {(chart.member, chart.condition, chart.quantity): float(bool(chart.alarm)) for chart in shown}
    gauges.add("drift_alarm", "1 where a drift chart alarms", alarm, key)


def _write(gauges: Gauges, path: Path) -> None:
    from prometheus_client import write_to_textfile

    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), gauges.registry)
    path.chmod(READABLE)
