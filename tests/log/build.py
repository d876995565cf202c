"""Runs made up for the log's tests: as large as asked for, the same for the same arguments."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.log.log import Log
from appliance.log.types import Cell, ConditionRow, CostRow, MemberRow, Outcomes, PartRow, RunHead, RunState, RunTail

DONE = RunTail(RunState.DONE, "2026-11-24T02:14:00+00:00", 840.0, "d" * 64)


@dataclass(frozen=True)
class Audit:
    """Everything of one run, before the log has seen it."""

    head: RunHead
    parts: list[PartRow]
    members: list[MemberRow]
    conditions: list[ConditionRow]

    @property
    def ng(self) -> NDArray[np.bool_]:
        return np.array([p.ng for p in self.parts])

    def start(self, log: Log) -> None:
        log.start_run(self.head, self.parts, self.members, self.conditions)

    def cell(self, member: str, condition: str) -> Cell:
        return Cell(member, condition, outcomes_of(self.head.run, member, condition, self.ng), 0.25)

    def cells(self, condition: str) -> list[Cell]:
        return [self.cell(m.name, condition) for m in self.members]

    def fill(self, log: Log) -> None:
        """The whole audit as the audit writes it: one call a finished condition."""
        self.start(log)
        for condition in self.conditions:
            log.add_cells(self.head.run, self.cells(condition.key))
        log.finish_run(self.head.run, DONE)


def outcomes_of(run: str, member: str, condition: str, ng: NDArray[np.bool_]) -> Outcomes:
    """What a cell's outcomes are: logits about -3 and +3, drawn from the cell's own name."""
    seed = int.from_bytes(hashlib.sha256(f"{run}/{member}/{condition}".encode()).digest()[:8], "little")
    draw = np.random.default_rng(seed)
    score = (np.where(ng, 3.0, -3.0) + 1.8 * draw.standard_normal(len(ng))).astype(np.float32)
    return Outcomes(score, score > 0)


def conditions(count: int) -> list[ConditionRow]:
    """`clean` and count - 1 levels of made-up blurs."""
    clean = ConditionRow("clean", "clean", "", "", 0.0, 0.0, None, 0)
    return [clean] + [
        ConditionRow(f"blur-{i // 5}@{i % 5 + 1}", f"blur-{i // 5}", "optics", "px", i % 5 + 1.0, 0.0, i % 5 + 1, 0)
        for i in range(count - 1)
    ]


def audit(run: str = "20261124-020000-0001", *, parts: int = 20, members: int = 2, cells: int = 6) -> Audit:
    """An audit of `members` members under `cells` conditions."""
    return Audit(
        RunHead(
            run=run,
            started="2026-11-24T02:00:00+00:00",
            seed=7,
            task="classification",
            family="piped",
            suite="default",
            config={"parts": "parts", "takt": 1.0, "note": "Prüfung"},
            config_digest="c" * 64,
            limits={"escape": 0.02, "overkill": 0.1},
            limits_digest="l" * 64,
            plan_digest="p" * 64,
            environment={"cpu": "2 cores", "python": "3.11"},
            parts_root="parts",
        ),
        [
            PartRow(
                f"{'NG' if i % 3 == 0 else 'OK'}/{i:05d}.png",
                f"{i:064x}",
                i % 3 == 0,
                "",
                f"lot{i // 10}",
                640,
                480,
                1,
                8,
            )
            for i in range(parts)
        ],
        [
            MemberRow(
                f"m{i}",
                f"{i:064x}",
                10_000 * 4**i,
                1_000_000 * 4**i,
                5_000,
                {"classes": ["OK", "NG"], "threshold": 0.5},
            )
            for i in range(members)
        ],
        conditions(cells),
    )


COST = CostRow(
    member="m0",
    load="closed",
    provider="cpu",
    precision="fp32",
    batch=1,
    threads=2,
    n=300,
    p50=3.5,
    p90=3.9,
    p99=None,
    mean=3.6,
    throughput=277.0,
    first_ms=9.0,
    load_ms=40.0,
    peak_rss_mb=120.5,
    stages={"decode": 1.0, "infer": 2.5},
    state="too few",
    reason="300 of 459 for p99",
)
