"""The digest of a run: the same for the same models, parts, seed, conditions and outputs, in any order of work."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from appliance.log import seen
from appliance.log.log import Log
from appliance.log.rows import canonical
from appliance.log.types import Outcomes, RunRecord

CellOutcomes = Iterable[tuple[str, str, Outcomes]]


def run_digest(log: Log, run: str) -> str:
    """The digest of a run in the log, hex; see `digest_of`."""
    record = log.read_run(run)
    return digest_of(record, chain(log.all_outcomes(record.head.run), _shots(log, record.head.run)))


def _shots(log: Log, run: str) -> CellOutcomes:
    """Repeated shots as cells of conditions of their own: what they are named in the plan does not matter here."""
    for member, shots in seen.shots(log, run).items():
        for draw, outcomes in enumerate(shots):
            yield member, f"shot {draw}", outcomes


def digest_of(record: RunRecord, outcomes: CellOutcomes) -> str:
    """sha256 (hex) over task, seed, members (name, file hash, card), parts (id, hash, label), conditions and outputs.

    Members, parts, conditions and cells are taken in the order of their names, so it does not matter in which order
    they were listed or finished, nor in how many processes. No times and no machine are in it. Scores count to the
    bit, but every NaN is one NaN.
    """
    order = np.array(sorted(range(len(record.parts)), key=lambda i: record.parts[i].id), np.intp)
    plan = {
        "task": record.head.task,
        "seed": record.head.seed,
        "members": sorted([m.name, m.sha256, canonical(m.card)] for m in record.members),
        "parts": [[p.id, p.sha256, p.ng, p.cls] for p in (record.parts[i] for i in order)],
        "conditions": sorted(canonical(asdict(c)) for c in record.conditions),
        "cells": sorted([member, condition, _hash(o, order)] for member, condition, o in outcomes),
    }
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def _hash(outcomes: Outcomes, order: NDArray[np.intp]) -> str:
    score = np.where(np.isnan(outcomes.score), np.float32(np.nan), outcomes.score).astype("<f4")
    total = hashlib.sha256(score[order].tobytes())
    total.update(outcomes.ng[order].tobytes())
    total.update(b"" if outcomes.cls is None else outcomes.cls.astype("<i2")[order].tobytes())
    return total.hexdigest()
