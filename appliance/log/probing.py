"""Probes in the log: one row a probe, one a part and member with the mildest flip that was found."""

TABLES = (
    """CREATE TABLE probes (
        probe TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        started TEXT NOT NULL,
        seconds REAL NOT NULL DEFAULT 0,
        family TEXT NOT NULL,
        seed INTEGER NOT NULL,
        looks INTEGER NOT NULL,
        levels REAL NOT NULL,
        members TEXT NOT NULL,
        box TEXT NOT NULL,
        calibrated INTEGER NOT NULL,
        parts INTEGER NOT NULL,
        provider TEXT NOT NULL,
        plan_digest TEXT NOT NULL,
        reach REAL NOT NULL,
        digest TEXT NOT NULL DEFAULT '') STRICT""",
    """CREATE TABLE probe_flips (
        probe TEXT NOT NULL REFERENCES probes (probe) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        part TEXT NOT NULL,
        member TEXT NOT NULL,
        ng INTEGER NOT NULL,
        part_group TEXT NOT NULL,
        right INTEGER NOT NULL,
        distance REAL,
        severities TEXT NOT NULL,
        shares TEXT NOT NULL,
        looks INTEGER NOT NULL,
        PRIMARY KEY (probe, position, member)) STRICT, WITHOUT ROWID""",
)
"""distance: empty where no flip was found; severities and shares of the box: JSON by perturbation."""
