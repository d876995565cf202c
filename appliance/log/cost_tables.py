"""The table of cost records and the view that opens them into rows, one a member and load."""

from sqlite_utils import Database

TABLE = """CREATE TABLE cost_records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL,
    family TEXT NOT NULL,
    machine TEXT NOT NULL,
    document TEXT NOT NULL)"""

_ROW = (
    "member", "sha256", "params", "macs", "load", "provider", "precision", "batch", "threads", "n", "n_effective",
    "mean_ms", "median_ms", "p50_ms", "p90_ms", "p99_ms", "throughput", "takt_s", "cameras", "deadline_ms", "late",
    "first_ms", "load_ms", "build_ms", "peak_rss_mb", "device_mb", "noise", "state", "reason",
)  # fmt: skip

VIEW = f"""
SELECT r.number, r.made, r.family, r.machine,
    {", ".join(f"json_extract(row.value, '$.{name}') AS {name}" for name in _ROW)},
    json_extract(row.value, '$.energy.mj') AS energy_mj, json_extract(row.value, '$.energy.source') AS energy_source
FROM cost_records r, json_each(r.document, '$.rows') row
ORDER BY r.number DESC, row.key"""  # noqa: S608 - our own column names


def create(db: Database) -> None:
    """The table and its view; called by the migration."""
    db.execute(TABLE)
    db.create_view("v_cost_records", VIEW)
