"""Views of log.db with plain names and rates, for Datasette or any SQL tool. Fractions are 0..1, drops are pp.

They show what was counted. Intervals, drift and envelopes are `inspect-eval report`'s.
"""

RUNS = """
SELECT r.run, r.number, r.started, r.ended, r.state, r.family, r.task, r.suite, r.parts_root, r.seed,
    s.parts,
    (SELECT count(*) FROM members m WHERE m.run = r.run) AS members,
    (SELECT count(*) FROM conditions k WHERE k.run = r.run) AS conditions,
    (SELECT count(*) FROM cells c WHERE c.run = r.run) AS cells,
    (SELECT count(*) FROM warnings w WHERE w.run = r.run) AS warnings,
    r.seconds, r.config_digest, r.limits_digest, r.plan_digest, r.digest
FROM runs r JOIN part_sets s ON s.id = r.part_set
ORDER BY r.number DESC"""

CELLS = """
SELECT c.run, r.started, c.member, m.params, m.macs,
    c.condition, k.name AS perturbation, k.perturbation_group, k.severity, k.unit, k.level, k.repeat,
    c.n, c.ok, c.ng, c.escapes, c.overkills,
    CAST(c.escapes AS REAL) / nullif(c.ng, 0) AS escape_rate,
    CAST(c.overkills AS REAL) / nullif(c.ok, 0) AS overkill_rate,
    c.accuracy,
    CASE WHEN clean.n = c.n THEN 100 * (clean.accuracy - c.accuracy) END AS drop_pp,
    c.seconds, c.failure
FROM cells c
JOIN runs r ON r.run = c.run
JOIN members m ON m.run = c.run AND m.name = c.member
JOIN conditions k ON k.run = c.run AND k.key = c.condition
LEFT JOIN cells clean ON clean.run = c.run AND clean.member = c.member AND clean.condition = 'clean'
ORDER BY r.number DESC, m.position, k.position"""

MEMBERS = """
SELECT m.run, r.started, m.name AS member, m.params, m.macs, m.activations, m.sha256,
    clean.accuracy AS clean_accuracy, clean.escapes AS clean_escapes, clean.overkills AS clean_overkills,
    (SELECT avg(c.accuracy) FROM cells c
        WHERE c.run = m.run AND c.member = m.name AND c.condition <> 'clean') AS mean_accuracy,
    (SELECT min(c.accuracy) FROM cells c WHERE c.run = m.run AND c.member = m.name) AS worst_accuracy,
    (SELECT c.condition FROM cells c WHERE c.run = m.run AND c.member = m.name AND c.accuracy IS NOT NULL
        ORDER BY c.accuracy, c.condition LIMIT 1) AS worst_condition,
    (SELECT count(*) FROM cells c WHERE c.run = m.run AND c.member = m.name) AS cells,
    (SELECT count(*) FROM cells c WHERE c.run = m.run AND c.member = m.name AND c.failure <> '') AS failed_cells
FROM members m
JOIN runs r ON r.run = m.run
LEFT JOIN cells clean ON clean.run = m.run AND clean.member = m.name AND clean.condition = 'clean'
ORDER BY r.number DESC, m.position"""

PARTS = """
SELECT r.run, p.position, p.id AS part, CASE WHEN p.ng THEN 'NG' ELSE 'OK' END AS label, p.class, p.part_group,
    p.width, p.height, p.channels, p.bits, p.sha256
FROM runs r JOIN parts p ON p.part_set = r.part_set
ORDER BY r.number DESC, p.position"""

COSTS = """
SELECT c.run, r.started, c.member, m.params, m.macs, c.load, c.provider, c.precision, c.batch, c.threads, c.n,
    c.p50 AS p50_ms, c.p90 AS p90_ms, c.p99 AS p99_ms, c.mean AS mean_ms, c.throughput AS parts_per_second,
    c.first_ms, c.load_ms, c.peak_rss_mb, c.stages AS stages_ms, c.state, c.reason
FROM costs c JOIN runs r ON r.run = c.run LEFT JOIN members m ON m.run = c.run AND m.name = c.member
ORDER BY r.number DESC, m.position, c.id"""

WARNINGS = """
SELECT w.run, r.started, w.kind, w.what, w.file, w.mend
FROM warnings w JOIN runs r ON r.run = w.run
ORDER BY r.number DESC, w.id"""

VIEWS = {
    "v_runs": RUNS,
    "v_members": MEMBERS,
    "v_cells": CELLS,
    "v_parts": PARTS,
    "v_costs": COSTS,
    "v_warnings": WARNINGS,
}
