"""Which way of scaling pictures, and which class as OK, fits labelled parts: log-loss decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from appliance.engines.cpu import CpuSpec
from appliance.engines.machine import cores
from appliance.engines.types import EngineSpec
from appliance.errors import InputRefused
from appliance.parts.decode import Decoded, decode
from appliance.parts.types import Part, Verdict
from appliance.tasks import TASKS
from models.card import Ranked, best_normalisation
from models.preprocess import preprocess_batch
from models.types import Card, Family, Member, Output

EACH = 32  # labelled parts of each verdict that are tried
LIGHT_MACS = 50_000_000  # members up to this size are tried; a larger one only where there is no lighter
MEMBERS = 2
CHUNK = 16
COIN = float(np.log(2.0))  # log-loss of a coin

Fields = dict[str, object]
Losses = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Decoded labelled parts: `ng` (n,) bool."""

    pictures: tuple[Decoded, ...]
    ng: NDArray[np.bool_]


@dataclass(frozen=True)
class Fit:
    """The cards that fit best, what was found in sentences, and what a person should look at."""

    family: Family
    taken: tuple[str, ...]
    cautions: tuple[str, ...] = ()


def fit_cards(
    family: Family,
    parts: Sequence[Part],
    trials: Sequence[tuple[str, Fields]],
    *,
    bits: int | None = None,
    spec: EngineSpec | None = None,
    swap: bool = True,
) -> Fit:
    """The family with the trial (fields of a Card) under which its members agree best with the parts' labels.

    The loss is the mean log-loss (natural logarithm) over up to 32 OK and 32 NG parts and up to 2 members; for an
    anomaly family 1 - AUROC. `swap` False keeps the order of the classes. Raises InputRefused where no part can be
    decoded or a member cannot run.
    """
    sample = draw_sample(parts, bits)
    judge = _Judge(tried_members(family), sample, spec or CpuSpec(threads=cores()))
    ranked = [one for one in best_normalisation(family.members[0].card, trials, judge.loss) if swap or not one.swapped]
    members = tuple(replace(member, card=like(member.card, ranked[0].card)) for member in family.members)
    taken, cautions = _said(ranked, judge, len(sample.ng))
    return Fit(replace(family, members=members), taken, cautions)


def like(card: Card, other: Card) -> Card:
    """`card` with its pixels scaled and its classes ordered as in `other`."""
    return replace(
        card,
        resize=other.resize,
        pad=other.pad,
        colour=other.colour,
        scale=other.scale,
        mean=other.mean,
        std=other.std,
        classes=other.classes,
    )


def tried_members(family: Family) -> tuple[Member, ...]:
    """The largest members that are still light: a larger one tells right from wrong more clearly."""
    light = [member for member in family.members if member.macs <= LIGHT_MACS]
    return tuple(light[-MEMBERS:] or family.members[:1])


def draw_sample(parts: Sequence[Part], bits: int | None) -> Sample:
    """Up to 32 OK and 32 NG parts spread over the set, those that decode. Raises InputRefused where none does."""
    pictures, ng = [], []
    for verdict in Verdict:
        of_verdict = [part for part in parts if part.label.verdict is verdict]
        for part in of_verdict[:: max(-(-len(of_verdict) // EACH), 1)]:
            try:
                pictures.append(decode(part.path, bits))
            except InputRefused:  # the audit names it
                continue
            ng.append(verdict is Verdict.NG)
    if len(set(ng)) < 2:
        raise InputRefused("the OK parts or the NG parts cannot be decoded", mend="run `inspect-eval check`")
    return Sample(tuple(pictures), np.array(ng))


class _Judge:
    """Runs the tried members on the sample; a card that differs only in its classes is not run again."""

    def __init__(self, members: Sequence[Member], sample: Sample, spec: EngineSpec) -> None:
        self._members, self._sample, self._spec = members, sample, spec
        self._outputs: dict[tuple[str, Card], NDArray[np.float32]] = {}
        self._engines = {member.name: spec.open(member) for member in members}

    def loss(self, card: Card) -> float:
        """The mean loss of a card (smaller fits better)."""
        return float(self.losses(card).mean())

    def losses(self, card: Card) -> Losses:
        """The loss of each part, (n,), mean over members; 1 - AUROC for every part of an anomaly family."""
        return np.asarray(np.mean([self._of(member, like(member.card, card)) for member in self._members], axis=0))

    def right(self, card: Card) -> float:
        """Balanced share of parts that the tried members decide as labelled."""
        ng = self._sample.ng
        right = [(self._decided(member, like(member.card, card)) == ng) for member in self._members]
        return float(np.mean([[hit[ng].mean(), hit[~ng].mean()] for hit in right]))

    def _of(self, member: Member, card: Card) -> Losses:
        task = "anomaly" if card.output is Output.ANOMALY else "classification"
        score = TASKS[task].outcomes(self._raw(member, card), card).score.astype(np.float64)
        if task == "anomaly":
            return np.full(len(score), 1.0 - auroc(score, self._sample.ng))
        return np.asarray(np.logaddexp(0.0, np.where(self._sample.ng, -score, score)))

    def _decided(self, member: Member, card: Card) -> NDArray[np.bool_]:
        task = "anomaly" if card.output is Output.ANOMALY else "classification"
        return TASKS[task].outcomes(self._raw(member, card), card).ng

    def _raw(self, member: Member, card: Card) -> NDArray[np.float32]:
        key = (member.name, replace(card, classes=()))
        if key not in self._outputs:
            self._outputs[key] = self._run(member, card)
        return self._outputs[key]

    def _run(self, member: Member, card: Card) -> NDArray[np.float32]:
        size = card.batch or CHUNK
        chunks = []
        for start in range(0, len(self._sample.pictures), size):
            pictures = self._sample.pictures[start : start + size]
            fed = [*pictures, *[pictures[-1]] * (size - len(pictures))] if card.batch else pictures
            batch = np.concatenate([preprocess_batch([picture.pixels], picture.bits, card) for picture in fed])
            chunks.append(self._engines[member.name].run(batch)[: len(pictures)])
        return np.concatenate(chunks)


def auroc(score: NDArray[np.float64], ng: NDArray[np.bool_]) -> float:
    """Share of (NG, OK) pairs of parts in which NG scores higher, ties at half; NaN where a score is not finite."""
    if not np.isfinite(score).all():
        return float("nan")
    difference = score[ng][:, None] - score[~ng][None, :]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())


def _said(ranked: Sequence[Ranked], judge: _Judge, parts: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was found, and what speaks against it."""
    best = ranked[0]
    kind = "1 - AUROC" if best.card.output is Output.ANOMALY else "log-loss"
    others = [one for one in ranked[1:] if one.name != best.name]
    next_best = f", next best {others[0].name} {others[0].loss:.3f}" if others else ""
    taken = [f"pictures are scaled as {best.name}: {kind} {best.loss:.3f} on {parts} labelled parts{next_best}"]
    if best.card.output is not Output.ANOMALY:
        taken.append(f"classes in the order of the output: {', '.join(best.card.classes)}")
    rivals = [one.name for one in others if _alike(judge.losses(best.card), judge.losses(one.card))]
    cautions = [f"{', '.join(rivals)} fit as well: make sure with --normalisation"] if rivals else []
    if best.loss > (0.5 if best.card.output is Output.ANOMALY else COIN):
        cautions.append("no usual scaling agrees with the labels better than a coin: correct family.toml by hand")
    elif best.card.output is not Output.ANOMALY and judge.right(best.card) < 0.7:
        cautions.append(f"the members agree with only {100 * judge.right(best.card):.0f} % of the labels")
    return tuple(taken), tuple(cautions)


def _alike(best: Losses, other: Losses) -> bool:
    """Whether the paired difference of two losses is within two standard errors of zero."""
    difference = other - best
    if not np.isfinite(difference).all():
        return False
    return bool(difference.mean() <= 2.0 * difference.std(ddof=1) / np.sqrt(len(difference)))
