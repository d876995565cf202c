"""Curves that the log keeps give the same laws to the bit, and are not used where anything that made them has moved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.language.tongue import speaking
from appliance.law import curves, quantity
from appliance.law.curves import Basis, basis_of, keep_curves, kept_curves
from appliance.law.quantity import Setting
from appliance.law.summary import laws
from appliance.law.types import LawReport
from appliance.log.log import Log
from appliance.log.types import Outcomes, RunRecord
from tests.log.build import audit

SETTING = Setting(seed=7)
Read = Callable[[str, str], Outcomes]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A log of one run of five sizes under seven conditions."""
    log = Log.open(tmp_path_factory.mktemp("curves") / "log.db")
    audit(parts=90, members=5, cells=7).fill(log)
    return log


def _record(log: Log) -> tuple[RunRecord, Read]:
    record = log.read_run("last")
    return record, lambda member, condition: log.outcomes(record.head.run, member, condition)


def _basis(record: RunRecord) -> Basis:
    return basis_of(record, {member.name: float(member.macs) for member in record.members}, SETTING)


def _same(one: object, other: object) -> bool:
    """Equal to the bit, arrays and NaN included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list):
        return isinstance(other, tuple | list) and len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and _same([*one.values()], [*other.values()])
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and _same(vars(one), vars(other))
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


def _whole(log: Log) -> LawReport:
    record, read = _record(log)
    return laws(record, read, setting=SETTING, resamples=200)


def test_the_same_laws_to_the_bit(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    record, read = _record(log)
    fresh = _whole(log)
    keep_curves(log, record.head.run, fresh, _basis(record))
    known = kept_curves(log, record.head.run, "macs", _basis(record))
    assert known is not None
    assert len(known) == sum(law.band is not None for law in fresh.laws) > 5
    monkeypatch.setattr(quantity, "_fitted", None)  # nothing is fitted again
    again = laws(record, read, setting=SETTING, resamples=200, known=known)
    assert _same(fresh, again)
    with speaking("ja"):
        other = laws(record, read, setting=SETTING, resamples=200, known=known)
    assert other.laws[0].verdict.sentence != fresh.laws[0].verdict.sentence
    assert _same(other.laws[0].band, fresh.laws[0].band)


def test_curves_on_another_basis_are_not_used(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    record, _ = _record(log)
    run, basis = record.head.run, _basis(record)
    keep_curves(log, run, _whole(log), basis)
    assert kept_curves(log, run, "macs", basis) is not None
    assert kept_curves(log, run, "macs", replace(basis, setting=replace(SETTING, delta=3.0))) is not None
    others = [
        replace(basis, setting=replace(SETTING, seed=8)),
        replace(basis, setting=replace(SETTING, tau_perturbed=0.1)),
        replace(basis, sizes={**basis.sizes, "m0": 1.0}),
        replace(basis, cells=basis.cells[:-1]),
    ]
    assert [kept_curves(log, run, "macs", other) for other in others] == [None] * len(others)
    assert kept_curves(log, run, "params", basis) is None
    monkeypatch.setattr(curves, "_code", lambda: "of another version")
    assert kept_curves(log, run, "macs", basis) is None


@pytest.mark.parametrize("document", [b"", b"[]", b'{"basis": 1}', b"\xff"])
def test_a_damaged_document_is_worked_out_again(tmp_path: Path, document: bytes) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit().fill(log)
        record, _ = _record(log)
        curves.kept.keep(log, record.head.run, "curves/macs", curves.VERSION, document)
        assert kept_curves(log, record.head.run, "macs", _basis(record)) is None
