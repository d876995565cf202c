"""What a log keeps of nights, baselines, readings and alerts: tables as SQL, one migration of their own.

`run` is a run's name without a reference where the row must outlive the run: an alert is never lost to pruning.
"""

TABLES = (
    """CREATE TABLE baselines (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL,
        set_at TEXT NOT NULL,
        who TEXT NOT NULL,
        note TEXT NOT NULL)""",
    """CREATE TABLE nights (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL DEFAULT '',
        started TEXT NOT NULL,
        ended TEXT,
        state TEXT NOT NULL,
        seconds REAL,
        budget_s REAL NOT NULL,
        plan TEXT NOT NULL,
        grid_cells INTEGER NOT NULL,
        planned_cells INTEGER NOT NULL,
        covered_cells INTEGER NOT NULL DEFAULT 0,
        parts INTEGER NOT NULL DEFAULT 0,
        all_parts INTEGER NOT NULL DEFAULT 0,
        exit_code INTEGER,
        message TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE readings (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        baseline TEXT NOT NULL,
        member TEXT NOT NULL,
        condition TEXT NOT NULL,
        n INTEGER NOT NULL,
        wrong REAL NOT NULL,
        wrong_before REAL NOT NULL,
        flips REAL NOT NULL,
        shift REAL NOT NULL,
        margin REAL NOT NULL,
        errors_z REAL NOT NULL,
        margin_z REAL NOT NULL,
        moved INTEGER NOT NULL,
        PRIMARY KEY (run, baseline, member, condition)) WITHOUT ROWID""",
    """CREATE TABLE alerts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        rule TEXT NOT NULL,
        member TEXT NOT NULL,
        condition TEXT NOT NULL,
        severity TEXT NOT NULL,
        owner TEXT NOT NULL,
        state TEXT NOT NULL,
        opened TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        nights INTEGER NOT NULL,
        missed INTEGER NOT NULL DEFAULT 0,
        what TEXT NOT NULL,
        details TEXT NOT NULL)""",
    """CREATE TABLE alert_notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        alert INTEGER NOT NULL REFERENCES alerts (id),
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL,
        note TEXT NOT NULL)""",
    """CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        alert INTEGER NOT NULL REFERENCES alerts (id),
        channel TEXT NOT NULL,
        event TEXT NOT NULL,
        created TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_tried TEXT NOT NULL DEFAULT '',
        next_try TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE incoming (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        night INTEGER NOT NULL,
        at TEXT NOT NULL,
        member TEXT NOT NULL,
        images INTEGER NOT NULL,
        rejects INTEGER NOT NULL,
        reading TEXT NOT NULL)""",
)

INDEXES = (
    # One alert at a time for one thing: a second night of it is the same alert.
    """CREATE UNIQUE INDEX alerts_unclosed ON alerts (rule, member, condition) WHERE state <> 'closed'""",
    """CREATE INDEX alert_notes_by_alert ON alert_notes (alert, id)""",
    """CREATE INDEX deliveries_waiting ON deliveries (state, next_try)""",
    """CREATE UNIQUE INDEX deliveries_once ON deliveries (alert, channel, event)""",
    """CREATE INDEX readings_by_chart ON readings (baseline, member, condition)""",
    """CREATE INDEX nights_by_run ON nights (run)""",
)

CHART_INDEX = "CREATE INDEX readings_charted ON readings (baseline, member, run, errors_z) WHERE condition = 'all'"

VIEWS = {
    "v_nights": """
SELECT n.run, n.number AS night, n.started, n.ended, n.state, n.seconds, n.budget_s, n.grid_cells, n.planned_cells,
    n.covered_cells, n.parts, n.all_parts, n.exit_code, n.message
FROM nights n ORDER BY n.number DESC""",
    "v_readings": """
SELECT x.run, r.started, x.baseline, x.member, x.condition, x.n, x.wrong, x.wrong_before, x.flips, x.shift, x.margin,
    x.errors_z, x.margin_z, x.moved
FROM readings x JOIN runs r ON r.run = x.run ORDER BY r.number DESC, x.member, x.condition""",
    "v_alerts": """
SELECT a.id AS alert, a.rule, a.member, a.condition, a.severity, a.owner, a.state, a.opened, a.last_seen, a.nights,
    a.missed, a.what,
    (SELECT n.at FROM alert_notes n WHERE n.alert = a.id AND n.action = 'acked' ORDER BY n.id LIMIT 1) AS acked,
    (SELECT n.at FROM alert_notes n WHERE n.alert = a.id AND n.action = 'closed' ORDER BY n.id LIMIT 1) AS closed,
    (SELECT n.note FROM alert_notes n WHERE n.alert = a.id AND n.action = 'closed' ORDER BY n.id LIMIT 1) AS closed_note
FROM alerts a WHERE a.state <> 'pending' ORDER BY a.id DESC""",
}
