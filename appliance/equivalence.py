"""Does a member on another runtime or in another precision still decide as it did? Asked before any speed is quoted."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.audit.plan import batch_parts
from appliance.engines.cpu import CpuSpec
from appliance.engines.machine import cores
from appliance.engines.select import ChosenEngine
from appliance.engines.types import Engine, EngineSpec
from appliance.errors import InputRefused, MachineFailed
from appliance.language.tongue import filled
from appliance.log.types import Outcomes
from appliance.parts.decode import Decoded, decode
from appliance.parts.types import Part
from appliance.score.intervals import rate, upper_bound
from appliance.score.types import Interval, Rate
from appliance.tasks import TASKS
from models.preprocess import preprocess_batch
from models.types import Member

MOST_PARTS = 256
LEVEL = 0.95
RESAMPLES = 2000
SEED = 20261126

Pair = tuple[Member, Member]


@dataclass(frozen=True)
class Equivalence:
    """One member twice on the same clean parts.

    `changed`: decisions that differ, with their 95 % bounds. `largest`: the largest shift of the NG score (in logits
    where a logit exists). `beyond`: the share of parts that may shift by more than that, upper 95 % bound. `mean`: the
    mean absolute shift with its 95 % interval. `silent`: parts for which one of the two gave no finite score.
    """

    member: str
    reference: str
    candidate: str
    changed: Rate
    largest: float
    beyond: float
    mean: Interval
    silent: int = 0

    @property
    def holds(self) -> bool:
        """Whether no decision changed and every part was scored."""
        return self.changed.k == 0 and self.silent == 0

    def line(self) -> str:
        """One sentence for a terminal."""
        return filled(
            "{member} on {candidate} against {reference}: {told}",
            member=self.member,
            candidate=self.candidate,
            reference=self.reference,
            told=self.told(),
        )

    def told(self) -> str:
        """What changed, in figures."""
        changed, mean = self.changed, self.mean
        said = filled(
            "{k} of {n} decisions changed (95 % interval {low} to {high}), largest score shift {largest} (at most "
            "{beyond} of parts shift more), mean {mean} ({mean_low} to {mean_high})",
            k=changed.k,
            n=changed.n,
            low=f"{changed.low:.1%}",
            high=f"{changed.high:.1%}",
            largest=f"{self.largest:.2g}",
            beyond=f"{self.beyond:.1%}",
            mean=f"{mean.estimate:.2g}",
            mean_low=f"{mean.low:.2g}",
            mean_high=f"{mean.high:.2g}",
        )
        if not self.silent:
            return said
        if self.silent == 1:
            return filled("{said}; 1 part without a score", said=said)
        return filled("{said}; {silent} parts without a score", said=said, silent=self.silent)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self) | {"holds": self.holds}


def equivalence(member: str, reference: str, candidate: str, before: Outcomes, after: Outcomes) -> Equivalence:
    """Hold two outcomes of the same parts against each other.

    Raises InputRefused where no part was scored by both.
    """
    scored = np.isfinite(before.score) & np.isfinite(after.score)
    n = int(scored.sum())
    if n == 0:
        raise InputRefused(f"{member} gave no finite score on {reference} and {candidate} together")
    shift = np.abs(after.score[scored].astype(np.float64) - before.score[scored])
    changed = before.ng[scored] != after.ng[scored]
    if before.cls is not None and after.cls is not None:
        changed |= before.cls[scored] != after.cls[scored]
    return Equivalence(
        member,
        reference,
        candidate,
        rate(int(changed.sum()), n),
        float(shift.max()),
        upper_bound(0, n, 1.0 - LEVEL),
        _mean(shift),
        len(scored) - n,
    )


def _mean(shift: NDArray[np.float64]) -> Interval:
    """Mean with its percentile bootstrap interval over parts."""
    draws = np.random.default_rng(SEED).integers(0, len(shift), (RESAMPLES, len(shift)))
    low, high = np.quantile(shift[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(shift.mean()), float(low), float(high))


def clean_pictures(parts: Sequence[Part], bits: int | None, most: int = MOST_PARTS) -> list[Decoded]:
    """Up to `most` parts spread over the set, decoded; those that do not decode are passed over."""
    step = max(-(-len(parts) // most), 1)
    pictures = []
    for part in parts[::step]:
        try:
            pictures.append(decode(part.path, bits=bits))
        except InputRefused:  # the audit names it
            continue
    if not pictures:
        raise InputRefused("none of the parts can be decoded", mend="see `inspect-eval check`")
    return pictures


def outcomes_on(engine: Engine, member: Member, pictures: Sequence[Decoded], task: str) -> Outcomes:
    """What `member` says of clean pictures, in their order."""
    size = batch_parts(member)
    raw = [_answers(engine, member, pictures[start : start + size]) for start in range(0, len(pictures), size)]
    return TASKS[task].outcomes(np.concatenate(raw), member.card)


def _answers(engine: Engine, member: Member, pictures: Sequence[Decoded]) -> NDArray[np.float32]:
    rows = [preprocess_batch([picture.pixels], picture.bits, member.card) for picture in pictures]
    missing = (member.card.batch or len(rows)) - len(rows)
    return engine.run(np.concatenate([*rows, *rows[-1:] * missing]))[: len(rows)]


def gated(members: Sequence[Member], family: Sequence[Member], spec: EngineSpec) -> list[Pair]:
    """(exported member, member as it is computed) of those that are not computed as they were exported, on the CPU."""
    if not isinstance(spec, ChosenEngine):
        return []
    exported = {member.name: member for member in family}
    elsewhere = spec.setting.provider != "cpu"
    return [
        (exported.get(member.made_from, replace(member, precision="")), member)
        for member in members
        if elsewhere or member.made_from
    ]


def compare_apart(pairs: Sequence[Pair], spec: EngineSpec, pictures: Sequence[Decoded], task: str) -> list[Equivalence]:
    """Each pair on ONNX Runtime's CPU in fp32 and on `spec`, in a process of its own: the device is left free.

    Raises what the engines raise, and MachineFailed where the process ends.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(_compare, pairs, CpuSpec(cores()), spec, pictures, task).result()
        except BrokenProcessPool as error:
            raise MachineFailed("the process that tries the engines ended", mend="see `inspect-eval check`") from error


def _compare(
    pairs: Sequence[Pair], reference: EngineSpec, candidate: EngineSpec, pictures: Sequence[Decoded], task: str
) -> list[Equivalence]:
    return [compare_members(before, after, reference, candidate, pictures, task) for before, after in pairs]


def compare_members(
    before: Member,
    after: Member,
    reference: EngineSpec,
    candidate: EngineSpec,
    pictures: Sequence[Decoded],
    task: str,
) -> Equivalence:
    """`before` on the reference against `after` on the candidate, on the same pictures."""
    one, other = reference.open(before), candidate.open(after)
    outcomes = [outcomes_on(engine, member, pictures, task) for engine, member in ((one, before), (other, after))]
    names = [f"{facts.provider} {facts.precision}" for facts in (one.facts(), other.facts())]
    return equivalence(after.name, names[0], names[1], *outcomes)
