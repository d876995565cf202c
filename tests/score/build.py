"""Runs made by hand: a record and its outcomes, with scores drawn so that larger members are better."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from appliance.log.types import (
    ConditionRow,
    MemberRow,
    Outcomes,
    PartRow,
    RunHead,
    RunRecord,
    RunState,
    RunTail,
)

Reader = Callable[[str, str], Outcomes]
CLEAN = ConditionRow("clean", "clean", "", "", 0.0, 0.0, None, 0)
LIMITS = {"escape_rate": 0.02, "overkill_rate": 0.05}


def head(run: str = "r1", **changed: Any) -> RunHead:
    """A run's head; every field can be changed."""
    known = RunHead(
        run=run,
        started="2026-01-02T03:04:05Z",
        seed=1,
        task="classification",
        family="demo",
        suite="default",
        config={"audit": {"suite": "default"}},
        config_digest="c",
        limits=dict(LIMITS),
        limits_digest="l",
        plan_digest="p",
        environment={"python": "3.11.9", "packages": {"numpy": "2.4.6"}, "load": 0.3},
    )
    return replace(known, **changed)


def part_rows(truth: Sequence[bool], groups: Sequence[str] = (), classes: Sequence[str] = ()) -> tuple[PartRow, ...]:
    """Parts p000, p001 ... with the given labels."""
    return tuple(
        PartRow(
            id=f"p{i:04d}.png",
            sha256=f"{i:064x}",
            ng=bool(ng),
            cls=classes[i] if classes else "",
            group=groups[i] if groups else "",
        )
        for i, ng in enumerate(truth)
    )


def member_rows(names: Sequence[str], classes: Sequence[str] = ("OK", "NG")) -> tuple[MemberRow, ...]:
    """Members of doubling size."""
    return tuple(
        MemberRow(name, f"{i:064x}", 1000 * 2**i, 10_000 * 2**i, 500, {"classes": list(classes)})
        for i, name in enumerate(names)
    )


def sweep(name: str, severities: Sequence[float], neutral: float = 0.0, unit: str = "px") -> tuple[ConditionRow, ...]:
    """One perturbation at several severities, levels 1, 2, 3 ... in their order."""
    return tuple(
        ConditionRow(f"{name}@{s:g}", name, "optics", unit, float(s), neutral, level, 0)
        for level, s in enumerate(severities, start=1)
    )


def outcomes(score: Sequence[float] | np.ndarray) -> Outcomes:
    """Outcomes of NG logits, decided at 0."""
    values = np.asarray(score, np.float32)
    return Outcomes(values, values > 0)


def decided(right: Sequence[bool] | np.ndarray, truth: Sequence[bool] | np.ndarray) -> Outcomes:
    """Outcomes that are right where `right` says so, with scores of +-1."""
    ng = np.asarray(truth, bool) == np.asarray(right, bool)
    return outcomes(np.where(ng, 1.0, -1.0))


def failed(n: int) -> Outcomes:
    """A cell that gave nothing."""
    return Outcomes(np.full(n, np.nan, np.float32), np.zeros(n, bool))


def record(
    cells: dict[tuple[str, str], Outcomes],
    parts: tuple[PartRow, ...],
    members: tuple[MemberRow, ...],
    conditions: tuple[ConditionRow, ...],
    **changed: Any,
) -> tuple[RunRecord, Reader]:
    """A finished run that holds exactly `cells`, and the reader of their outcomes."""
    tail = RunTail(RunState.DONE, "2026-01-02T03:05:05Z", 60.0, "d" * 64)
    made = RunRecord(head(**changed), tail, parts, members, conditions, tuple(cells), (), ())
    return made, lambda member, condition: cells[member, condition]


def drawn(
    members: Sequence[str] = ("XS", "S", "M"),
    conditions: Sequence[ConditionRow] = (CLEAN, *sweep("blur", (1, 2, 3)), *sweep("dark", (0.8, 0.5), 1.0, "ratio")),
    parts: int = 200,
    seed: int = 0,
    groups: Sequence[str] = (),
    **changed: Any,
) -> tuple[RunRecord, Reader]:
    """A run of random scores: a part's own difficulty is shared by all members, size helps, severity harms."""
    rng = np.random.default_rng(seed)
    truth = rng.random(parts) < 0.5
    own = rng.normal(0, 1, parts)
    cells = {}
    for m, name in enumerate(members):
        for row in conditions:
            harm = 0.0 if row.key == "clean" else 0.5 * (row.level or 1)
            margin = 3.0 + 0.6 * m - harm + own + rng.normal(0, 0.6, parts)
            cells[name, row.key] = outcomes(np.where(truth, margin, -margin))
    return record(cells, part_rows(truth, groups), member_rows(members), tuple(conditions), **changed)
