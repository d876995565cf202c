"""Two audits of one site held against each other, cell by cell, and what each run's log says of itself."""

from pathlib import Path
from typing import Any

from appliance.equivalence import equivalence
from appliance.log.log import Log
from appliance.log.types import RunRecord


def told(log_path: Path, run: str) -> dict[str, Any]:
    """What the log keeps of one run: environment, digest, warnings, cost."""
    with Log.open_read(log_path) as log:
        record = log.read_run(run)
    kept = ("provider", "precision", "runtime", "device", "driver", "placement", "workers", "equivalence")
    costs = [
        {"member": c.member, "provider": c.provider, "n": c.n, "p50_ms": c.p50, "p99_ms": c.p99, "state": c.state}
        for c in record.costs
    ]
    return {
        "run": record.head.run,
        "digest": record.tail.digest if record.tail else "",
        "seconds": record.tail.seconds if record.tail else None,
        "parts": len(record.parts),
        "conditions": len(record.conditions),
        "environment": {name: record.head.environment.get(name) for name in kept},
        "warnings": [warn.what for warn in record.warnings],
        "costs": costs,
    }


def compared(log_path: Path, reference: str, candidate: str) -> list[dict[str, Any]]:
    """Per member, over all conditions: decisions changed, the largest score shift and where it was."""
    with Log.open_read(log_path) as log:
        before, after = log.read_run(reference), log.read_run(candidate)
        return [_member(log, before, after, member.name) for member in before.members]


def _member(log: Log, before: RunRecord, after: RunRecord, member: str) -> dict[str, Any]:
    names = [record.head.environment["provider"] for record in (before, after)]
    cells = {
        condition.key: equivalence(
            member,
            names[0],
            names[1],
            log.outcomes(before.head.run, member, condition.key),
            log.outcomes(after.head.run, member, condition.key),
        )
        for condition in before.conditions
    }
    worst = max(cells, key=lambda key: cells[key].largest)
    return {
        "member": member,
        "against": " -> ".join(names),
        "decisions": sum(cell.changed.n for cell in cells.values()),
        "changed": sum(cell.changed.k for cell in cells.values()),
        "changed_clean": cells["clean"].changed.k,
        "largest_shift": cells[worst].largest,
        "largest_shift_at": worst,
        "line_clean": cells["clean"].line(),
    }
