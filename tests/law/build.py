"""A run as the log would give it, with known accuracy per member and condition."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from appliance.log.types import (
    ConditionRow,
    CostRow,
    MemberRow,
    Outcomes,
    PartRow,
    RunHead,
    RunRecord,
    RunState,
    RunTail,
)

MACS = (1e5, 4e5, 2e6, 1e7, 4e7, 1.5e8)
NAMES = ("xs", "s", "m", "l", "xl", "xxl")


def record(
    conditions: int = 3, parts: int = 480, members: int = 6, *, ng: bool = True, groups: int = 0, costs: bool = False
) -> RunRecord:
    """Half of the parts NG (none with ng False); `groups` parts share a group in turn."""
    keys = ["clean", *(f"defocus@{i}" for i in range(1, conditions + 1))]
    return RunRecord(
        RunHead("r1", "2026-01-01T00:00:00Z", 1, "classification", "fam", "quick", {}, "", {}, "", "", {}),
        RunTail(RunState.DONE, "", 1.0),
        tuple(PartRow(f"p{i}", "", ng and i % 2 == 1, group=f"g{i % groups}" if groups else "") for i in range(parts)),
        tuple(MemberRow(NAMES[i], "", int(MACS[i] / 100), int(MACS[i]), int(MACS[i] / 10)) for i in range(members)),
        tuple(ConditionRow(k, k.split("@")[0], "optics", "mm", i, 0.0, i or None, 0) for i, k in enumerate(keys)),
        tuple((NAMES[i], k) for i in range(members) for k in keys),
        tuple(_cost(NAMES[i], 0.5 * 2.0**i) for i in range(members)) if costs else (),
        (),
    )


def _cost(member: str, p99: float) -> CostRow:
    return CostRow(member, "closed", "cpu", "fp32", 1, 2, 500, p99, p99, p99, p99, 1.0, 1.0, 1.0, 1.0, {}, "valid")


def outcomes(
    run: RunRecord, accuracy: Callable[[int, int], float], seed: int = 0, correlation: float = 0.9
) -> Callable[[str, str], Outcomes]:
    """Outcomes whose accuracy for member i under condition j is accuracy(i, j); parts share their difficulty."""
    rng = np.random.default_rng(seed)
    truth = np.array([p.ng for p in run.parts])
    shared = rng.standard_normal(len(truth))
    cells: dict[tuple[str, str], Outcomes] = {}
    for i, member in enumerate(run.members):
        for j, condition in enumerate(run.conditions):
            own = rng.standard_normal(len(truth))
            latent = shared * np.sqrt(correlation) + own * np.sqrt(1 - correlation)
            wrong: NDArray[np.bool_] = latent > ndtri(accuracy(i, j))
            ng = truth ^ wrong
            cells[member.name, condition.key] = Outcomes(np.where(ng, 1.0, -1.0).astype(np.float32), ng)
    return lambda m, c: cells[m, c]
