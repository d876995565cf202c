"""Tables of what was worked out of runs: documents, and a row a member for trends, filled where runs are there."""

BACKFILL = """
INSERT INTO member_scores (run, member, n, accuracy, escape_rate, overkill_rate, mean_accuracy, worst_accuracy,
    worst_condition, clean_state, state)
SELECT m.run, m.name, coalesce(c.n, 0), c.accuracy, CAST(c.escapes AS REAL) / nullif(c.ng, 0),
    CAST(c.overkills AS REAL) / nullif(c.ok, 0), v.mean_accuracy, v.worst_accuracy, coalesce(v.worst_condition, ''),
    '', ''
FROM members m JOIN runs r ON r.run = m.run JOIN v_members v ON v.run = m.run AND v.member = m.name
LEFT JOIN cells c ON c.run = m.run AND c.member = m.name AND c.condition = 'clean'
WHERE r.state = 'done'"""
"""Rows of runs older than the table: what was counted; their bounds and states stay unknown."""

SCORES = (
    """CREATE TABLE documents (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        packed BLOB NOT NULL,
        PRIMARY KEY (run, kind))""",
    """CREATE TABLE member_scores (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        member TEXT NOT NULL,
        n INTEGER NOT NULL,
        accuracy REAL,
        escape_rate REAL,
        escape_upper REAL,
        overkill_rate REAL,
        overkill_upper REAL,
        mean_accuracy REAL,
        mean_low REAL,
        mean_high REAL,
        flip_rate REAL,
        worst_accuracy REAL,
        worst_condition TEXT NOT NULL,
        clean_state TEXT NOT NULL,
        state TEXT NOT NULL,
        p99_ms REAL,
        PRIMARY KEY (run, member)) WITHOUT ROWID""",
    BACKFILL,
)

COST_STATE = "ALTER TABLE member_scores ADD COLUMN p99_state TEXT NOT NULL DEFAULT ''"
