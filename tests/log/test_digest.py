import random
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.log.digest import digest_of, run_digest
from appliance.log.log import Log
from appliance.log.types import Outcomes, RunRecord
from tests.log.build import DONE, Audit, audit


def _record(a: Audit) -> RunRecord:
    return RunRecord(a.head, None, tuple(a.parts), tuple(a.members), tuple(a.conditions), (), (), ())


def _cells(a: Audit) -> list[tuple[str, str, Outcomes]]:
    return [(m.name, c.key, a.cell(m.name, c.key).outcomes) for m in a.members for c in a.conditions]


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_order_of_work_changes_it(draw: random.Random) -> None:
    a = audit()
    cells, order = _cells(a), list(range(len(a.parts)))
    draw.shuffle(cells)
    draw.shuffle(order)
    moved = [(m, c, Outcomes(o.score[order], o.ng[order])) for m, c, o in cells]
    members, conditions = list(a.members), list(a.conditions)
    draw.shuffle(members)
    draw.shuffle(conditions)
    other = replace(a, parts=[a.parts[i] for i in order], members=members, conditions=conditions)
    assert digest_of(_record(other), moved) == digest_of(_record(a), _cells(a))


def test_no_time_and_no_machine_is_in_it() -> None:
    a = audit()
    head = replace(a.head, run="other", started="1970", environment={"cpu": "another"}, parts_root="moved")
    other = replace(_record(a), head=head, tail=DONE)
    assert digest_of(other, _cells(a)) == digest_of(_record(a), _cells(a))


def test_everything_else_is_in_it() -> None:
    a = audit()
    record, cells = _record(a), _cells(a)
    member, condition, outcomes = cells[0]
    score = outcomes.score.copy()
    score.view(np.uint32)[0] ^= 1
    changed = [
        digest_of(replace(record, head=replace(a.head, seed=8)), cells),
        digest_of(replace(record, head=replace(a.head, task="anomaly")), cells),
        digest_of(replace(record, parts=(replace(a.parts[0], sha256="0"), *a.parts[1:])), cells),
        digest_of(replace(record, parts=(replace(a.parts[0], ng=False), *a.parts[1:])), cells),
        digest_of(replace(record, members=(replace(a.members[0], sha256="0"), *a.members[1:])), cells),
        digest_of(replace(record, members=(replace(a.members[0], card={"threshold": 0.4}), *a.members[1:])), cells),
        digest_of(replace(record, conditions=(replace(a.conditions[0], severity=0.1), *a.conditions[1:])), cells),
        digest_of(record, cells[1:]),
        digest_of(record, [(member, condition, replace(outcomes, score=score)), *cells[1:]]),
        digest_of(record, [(member, condition, replace(outcomes, ng=~outcomes.ng)), *cells[1:]]),
        digest_of(record, cells),
    ]
    assert len(set(changed)) == len(changed)


def test_every_nan_is_one_nan_and_minus_zero_is_not_zero() -> None:
    a = audit(parts=2, members=1, cells=1)
    nans = [np.array([bits, 0], np.uint32).view(np.float32) for bits in (0x7FC00000, 0xFFC00001)]
    ng = np.zeros(2, np.bool_)
    digests = {digest_of(_record(a), [("m0", "clean", Outcomes(score, ng))]) for score in nans}
    assert len(digests) == 1
    zeros = (np.array([0.0, 0.0], np.float32), np.array([-0.0, 0.0], np.float32))
    assert len({digest_of(_record(a), [("m0", "clean", Outcomes(score, ng))]) for score in zeros}) == 2


def test_chunks_and_a_resume_give_the_same_digest(tmp_path: Path) -> None:
    a = audit()
    with Log.open(tmp_path / "one.db") as log:
        a.fill(log)
        whole = run_digest(log, "last")
    with Log.open(tmp_path / "two.db") as log:
        a.start(log)
        for member in reversed(a.members):
            for condition in reversed(a.conditions):
                log.add_cells(a.head.run, [a.cell(member.name, condition.key)])
    with Log.open(tmp_path / "two.db") as log:
        assert run_digest(log, a.head.run) == whole == digest_of(_record(a), _cells(a))
