"""Is a family what it says it is? Every finding, not only the first: hashes, harm, counts, reference scores."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from models.errors import ModelError
from models.facts import inspect
from models.family import check_member
from models.preprocess import preprocess_batch
from models.types import Family, Member

REFERENCE_FILE = "reference.json"
MOST_BYTES = 16 << 20
MOST_PICTURES = 256

Run = Callable[[Member, NDArray[np.generic]], NDArray[Any]]
"""Infers one batch (n, ...) laid out as the member's card says, and returns its output (n, ...)."""


@dataclass(frozen=True)
class Finding:
    """`level` is error (do not use it), warning (look at it) or ok (held)."""

    level: Literal["error", "warning", "ok"]
    member: str  # empty where it concerns the family
    what: str
    file: str = ""
    mend: str = ""


class _Reference(BaseModel):
    """`reference.json`: scores that every member gave for pictures anybody can make again.

    `pictures`: `rendered`, the parts 0.. of `models.render` by `seed`, or `noise`, uniform 8-bit numbers by `seed`.
    """

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    logits: dict[str, Annotated[list[list[float]], Field(min_length=1, max_length=MOST_PICTURES)]]
    pictures: Literal["rendered", "noise"] = "rendered"
    tolerance: Annotated[float, Field(gt=0, le=0.1)] = 1e-3  # absolute, and relative to the score


def verify(family: Family, run: Run | None = None) -> list[Finding]:
    """Look at every member: sha256, intake, card against model, counts; and with `run` the family's reference scores.

    A bad member becomes a finding and raises nothing. A family need not have a `reference.json`. What `run` raises
    passes through.
    """
    findings: list[Finding] = []
    sound = []
    for member in family.members:
        found = _checked(member)
        findings.append(found)
        if found.level != "error":
            sound.append(member)
    if run is not None:
        findings.extend(_parity(family, sound, run))
    return findings


def _checked(member: Member) -> Finding:
    try:
        check_member(member)
        facts = inspect(member.file, size=(member.card.height, member.card.width))
    except ModelError as error:
        return Finding("error", member.name, error.what, error.file, error.mend)
    counted, said = (facts.params, facts.macs), (member.params, member.macs)
    if counted != said:
        what = f"family.toml says {said} parameters and MACs, the file has {counted}"
        return Finding("warning", member.name, what, str(member.file), "write it anew with `inspect-eval models card`")
    return Finding("ok", member.name, "sha256, structure, card and counts hold", str(member.file))


def _parity(family: Family, members: list[Member], run: Run) -> list[Finding]:
    path = family.folder / REFERENCE_FILE
    if not path.is_file():
        return []
    try:
        reference = _read(path)
    except ModelError as error:
        return [Finding("error", "", error.what, error.file, error.mend)]
    strangers = sorted(set(reference.logits) - {member.name for member in family.members})
    findings = [Finding("warning", name, "has reference scores but is no member", str(path)) for name in strangers]
    return findings + [_compared(member, reference, run, path) for member in members if member.name in reference.logits]


def _read(path: Path) -> _Reference:
    mend = "take the file away, or write it again with the export"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError("too large for reference scores", file=str(path), mend=mend)
        return _Reference.model_validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise ModelError(f"cannot read it: {error.strerror}", file=str(path)) from error
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(step) for step in found["loc"]) or "file"
        raise ModelError(f"{where}: {found['msg']}", file=str(path), mend=mend) from error


def _compared(member: Member, reference: _Reference, run: Run, path: Path) -> Finding:
    """The member's scores against those it is said to give."""
    said = reference.logits[member.name]
    if len({len(row) for row in said}) != 1:
        return Finding("error", member.name, "its reference scores are rows of different lengths", str(path))
    wanted = np.array(said)
    batch = preprocess_batch(_pictures(reference, len(wanted), member), 8, member.card)
    given = np.concatenate([_one(member, row, run) for row in batch]).reshape(len(wanted), -1)
    if given.shape != wanted.shape:
        what = f"gives {given.shape[1]} scores a picture, the reference has {wanted.shape[1]}"
        return Finding("error", member.name, what, str(path))
    off = np.nan_to_num(np.abs(given - wanted), nan=np.inf)
    if not np.allclose(given, wanted, rtol=reference.tolerance, atol=reference.tolerance):
        what = f"scores differ from the reference by up to {off.max():.3g}"
        return Finding("error", member.name, what, str(path), "check the runtime, or export the family again")
    return Finding("ok", member.name, f"{len(wanted)} reference scores come back within {off.max():.1g}", str(path))


def _one(member: Member, row: NDArray[np.generic], run: Run) -> NDArray[np.float64]:
    """One picture's score; a member with a fixed batch gets it filled with the same picture."""
    batch = np.repeat(row[None], member.card.batch or 1, axis=0)
    return np.asarray(run(member, batch), np.float64)[:1].reshape(1, -1)


def _pictures(reference: _Reference, count: int, member: Member) -> list[NDArray[np.uint8]]:
    if reference.pictures == "noise":
        shape = (count, member.card.height, member.card.width, 3)
        return list(np.random.default_rng(reference.seed).integers(0, 256, shape, np.uint8))
    from models.render import render_part

    return [render_part(reference.seed, index).pixels for index in range(count)]
