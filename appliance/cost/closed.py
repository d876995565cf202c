"""The cost that every audit measures beside its scores: the `closed` load, from file to verdict at batch 1.

`inspect-eval cost` measures the same way, for longer, in several rounds and under the line's own load.
"""

import math
from collections.abc import Sequence

from appliance.audit.plan import Plan
from appliance.cost.engine import gpu_of
from appliance.cost.fresh import Run, in_fresh_process
from appliance.cost.job import Job
from appliance.cost.loads import Line
from appliance.cost.parts import spread_parts
from appliance.cost.percentiles import SMALLEST_N
from appliance.cost.record import MemberCost
from appliance.cost.rows import member_rows
from appliance.engines.select import alone
from appliance.errors import MachineFailed
from appliance.log.types import CostRow

NAN = float("nan")


def closed_costs(plan: Plan, seconds: float, run: Run = in_fresh_process) -> list[CostRow]:
    """`closed_rows` as rows of a run's `costs`."""
    return [cost_row(row) for row in closed_rows(plan, seconds, run)]


def closed_rows(plan: Plan, seconds: float, run: Run = in_fresh_process) -> list[MemberCost]:
    """One row a member, about `seconds` each (longer until 459 samples are in, at most four times).

    Raises MachineFailed where a member cannot be measured.
    """
    parts = spread_parts(plan.parts, plan.bits)
    rows = []
    for member in plan.members:
        job = Job(
            member, alone(plan.spec), parts, plan.task, plan.bits, Line(1.0), ("closed",), seconds,
            least=SMALLEST_N[0.99], gpu=gpu_of(plan.spec),
        )  # fmt: skip
        measured = member_rows(job, [run(job)])[0]
        if measured.mean_ms is None:
            raise MachineFailed(
                f"the cost of {member.name} cannot be measured: {measured.reason}", file=str(member.file)
            )
        rows.append(measured)
    return rows


def cost_row(row: MemberCost) -> CostRow:
    """A row of a record as a row of a run's `costs`: a figure that was not measured is NaN or None."""
    return CostRow(
        member=row.member,
        load=row.load,
        provider=row.provider,
        precision=row.precision,
        batch=row.batch,
        threads=row.threads,
        n=row.n,
        p50=_number(row.median_ms),
        p90=row.p90_ms,
        p99=row.p99_ms,
        mean=_number(row.mean_ms),
        throughput=_number(row.throughput),
        first_ms=_number(row.first_ms),
        load_ms=_number(row.load_ms),
        peak_rss_mb=_number(row.peak_rss_mb),
        stages=row.stages_ms,
        state=row.state,
        reason=row.reason,
    )


def _number(value: float | None) -> float:
    return NAN if value is None or not math.isfinite(value) else value


def members_cost(rows: Sequence[CostRow]) -> dict[str, CostRow]:
    """Rows by member; the closed model's where there are several."""
    return {row.member: row for row in rows if row.load == "closed"}
