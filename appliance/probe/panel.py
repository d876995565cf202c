"""Every member on the same pictures, through the engine seam: scores, decisions, and the margin that is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.audit.plan import batch_parts, pixel_card
from appliance.engines.types import EngineSpec
from appliance.log.types import Outcomes
from appliance.tasks import TASKS
from appliance.tasks.classification import threshold_logit
from models.preprocess import preprocess
from models.types import Member
from perturb.types import Scene

SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Stand:
    """How one member stands to some pictures: decisions (n,) True = NG, and scores less the threshold (n,)."""

    ng: NDArray[np.bool_]
    over: NDArray[np.float64]


class Panel:
    """All members of a family, opened once."""

    def __init__(self, members: Sequence[Member], task: str, spec: EngineSpec) -> None:
        self._members, self._task = members, TASKS[task]
        self._cuts = [_cut(member, task) for member in members]
        self._engines = [spec.open(member) for member in members]

    def look(self, scenes: Sequence[Scene]) -> list[Stand]:
        """Every member on every picture, in batches; members that preprocess alike share their tensors."""
        tensors: dict[object, NDArray[np.generic]] = {}
        stands = []
        for which, member in enumerate(self._members):
            card = pixel_card(member.card)
            if card not in tensors:
                tensors[card] = np.stack([preprocess(scene.pixels, scene.bits, card) for scene in scenes])
            stands.append(self._stand(which, tensors[card]))
        return stands

    def stand(self, which: int, scenes: Sequence[Scene]) -> Stand:
        """One member on every picture."""
        card = pixel_card(self._members[which].card)
        return self._stand(which, np.stack([preprocess(scene.pixels, scene.bits, card) for scene in scenes]))

    def _stand(self, which: int, tensor: NDArray[np.generic]) -> Stand:
        size = batch_parts(self._members[which])
        found = [self._outcomes(which, tensor[start : start + size]) for start in range(0, len(tensor), size)]
        score = np.concatenate([outcome.score for outcome in found]).astype(np.float64)
        return Stand(np.concatenate([outcome.ng for outcome in found]), score - self._cuts[which])

    def _outcomes(self, which: int, batch: NDArray[np.generic]) -> Outcomes:
        """One batch; a fixed-size model gets it filled up with copies, which are dropped again."""
        fixed, count = self._members[which].card.batch, len(batch)
        if fixed is not None and count < fixed:
            batch = np.concatenate([batch, np.repeat(batch[-1:], fixed - count, axis=0)])
        raw = self._engines[which].run(batch)[:count]
        return self._task.outcomes(raw, self._members[which].card)


def _cut(member: Member, task: str) -> float:
    """The score above which a part is NG."""
    return float(member.card.threshold) if task == "anomaly" else threshold_logit(member.card.threshold)


def against_clean(clean: Stand, part: Sequence[int], now: Stand) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(flips, margins), (n,) both: against the clean decision of the part each picture shows.

    A margin is 1 where the score stands as on the clean picture and 0 at the threshold; infinite where it is not
    finite.
    """
    index = np.asarray(part, np.intp)
    away = np.where(clean.ng[index], 1.0, -1.0)
    usual = np.maximum(np.abs(clean.over[index]), SMALLEST)
    margin = away * now.over / usual
    seen = np.isfinite(margin)
    return seen & (now.ng != clean.ng[index]), np.where(seen, margin, np.inf)
