"""Cost records in a site's log: kept as they are, and taken up by the runs of the same models."""

from dataclasses import replace
from functools import lru_cache

from appliance.cost.closed import cost_row
from appliance.cost.record import CostRecord, cost_record_json, parse_cost_record
from appliance.log.costs import add_document, documents
from appliance.log.log import Log
from appliance.log.types import CostRow, RunRecord


def keep_record(log: Log, record: CostRecord) -> int:
    """Keep `record` in the log; returns its number."""
    return add_document(
        log,
        made=record.made,
        family=record.family,
        machine=record.machine.digest(),
        document=cost_record_json(record),
    )


def kept_records(log: Log, most: int = 20) -> list[CostRecord]:
    """The records made last, the latest first. Raises InputRefused where one is damaged."""
    return [_parsed(text, str(log.path)) for text in documents(log, most)]


@lru_cache(maxsize=40)
def _parsed(text: str, path: str) -> CostRecord:
    """Kept by the text itself: every page of the dashboard that tells costs asks for the same records."""
    return parse_cost_record(text, path)


def record_of_run(log: Log, run: RunRecord) -> CostRecord | None:
    """The latest record that holds every model of the run, by sha256; None where there is none."""
    wanted = {member.sha256 for member in run.members}
    return next((r for r in kept_records(log) if wanted <= {row.sha256 for row in r.rows if row.mean_ms}), None)


def with_costs(run: RunRecord, record: CostRecord | None) -> RunRecord:
    """The run with the rows of `record` in place of those measured in passing during the audit."""
    if record is None:
        return run
    names = {member.sha256: member.name for member in run.members}
    rows: list[CostRow] = [
        replace(cost_row(row), member=names[row.sha256])
        for row in record.rows
        if row.sha256 in names and row.mean_ms is not None
    ]
    return replace(run, costs=tuple(rows))
