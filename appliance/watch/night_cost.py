"""A night's cost: rows of its run, and a whole record with energy, clocks and machine beside it."""

from collections.abc import Callable, Sequence

from appliance.audit.environment import package_version
from appliance.audit.plan import Plan
from appliance.audit.run import now
from appliance.cost.closed import closed_rows, cost_row
from appliance.cost.machine import machine
from appliance.cost.record import CostRecord, cost_record_json
from appliance.log.costs import add_document
from appliance.log.log import Log
from appliance.log.types import CostRow

NIGHTLY = "nightly"
"""The note by which a night's records are known."""


def night_costs(log: Log, family: str, seconds: float) -> Callable[[Plan], Sequence[CostRow]]:
    """What `run_audit` measures with: about `seconds` a member; the record is kept in the log."""

    def measure(plan: Plan) -> Sequence[CostRow]:
        rows, here = tuple(closed_rows(plan, seconds)), machine()
        tool = f"inspect-eval {package_version('inspect-eval')}"
        record = CostRecord(now(), family, here, rows, tool=tool, notes=(NIGHTLY,))
        add_document(log, made=record.made, family=family, machine=here.digest(), document=cost_record_json(record))
        return [cost_row(row) for row in rows]

    return measure
