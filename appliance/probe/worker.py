"""What one worker process does for a probe: a few parts at a time, every member, from clean picture to mildest flip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.parts.decode import decode
from appliance.parts.masks import read_mask
from appliance.probe.panel import Panel, Stand, against_clean
from appliance.probe.types import FlipRow, Kind, ProbePlan
from perturb.search.box import norm
from perturb.search.mildest import Flip, Question, mildest
from perturb.search.square import attack
from perturb.seeds import draw
from perturb.types import Pixels, Scene, Seed

INFINITE = float("inf")


@dataclass(frozen=True)
class PartRefused:
    """A part that could not be shown, and why."""

    what: str
    mend: str


Found = list[list[FlipRow] | PartRefused]
"""Per part of a job what was found for every member, or why the part was left out."""


class ProbeWorker:
    """Holds the plan and its engines; memory does not grow with the number of parts."""

    def __init__(self, plan: ProbePlan) -> None:
        self._plan = plan
        self._panel = Panel(plan.members, plan.task, plan.spec)

    def search(self, positions: Sequence[int]) -> Found:
        """What was found for the parts at `positions` of the plan."""
        scenes: dict[int, Scene] = {}
        refused: dict[int, PartRefused] = {}
        for position in positions:
            try:
                scenes[position] = self._scene(position)
            except InputRefused as error:
                refused[position] = PartRefused(error.what, error.mend)
        kept = list(scenes)
        rows = self._searched(kept, list(scenes.values())) if kept else []
        found = dict(zip(kept, rows, strict=True))
        return [found[position] if position in found else refused[position] for position in positions]

    def _searched(self, kept: Sequence[int], scenes: Sequence[Scene]) -> list[list[FlipRow]]:
        clean = self._panel.look(scenes)
        search = self._attacked if self._plan.kind is Kind.ADVERSARIAL else self._mildest
        flips = search(kept, scenes, clean)
        return [
            [self._row(position, which, bool(clean[which].ng[i]), flips[i][which]) for which in range(len(clean))]
            for i, position in enumerate(kept)
        ]

    def _right(self, position: int, ng: bool) -> bool:
        return ng == self._plan.rows[position].ng

    def _mildest(self, kept: Sequence[int], scenes: Sequence[Scene], clean: Sequence[Stand]) -> list[list[Flip]]:
        plan = self._plan

        def judge(questions: Sequence[Question]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
            shown = self._rendered(kept, scenes, questions)
            flips, margins = np.zeros(len(questions), np.bool_), np.full(len(questions), np.inf)
            for which, usual in enumerate(clean):
                mine = [n for n, question in enumerate(questions) if question.judge == which]
                if mine:
                    now = self._panel.stand(which, [shown[n] for n in mine])
                    flips[mine], margins[mine] = against_clean(usual, [questions[n].part for n in mine], now)
            return flips, margins

        wanted = [[self._right(position, bool(stand.ng[i])) for stand in clean] for i, position in enumerate(kept)]
        return mildest(judge, [self._rng(position) for position in kept], wanted, len(plan.box.axes), plan.looks)

    def _rendered(self, kept: Sequence[int], scenes: Sequence[Scene], questions: Sequence[Question]) -> list[Scene]:
        """A picture for every question; what several ask of one part is rendered once."""
        plan, done = self._plan, dict[tuple[int, bytes], Scene]()
        for question in questions:
            key = (question.part, question.shares.tobytes())
            if key not in done:
                seed = Seed(plan.seed, plan.parts[kept[question.part]].id)
                done[key] = plan.box.render(scenes[question.part], question.shares, seed, plan.camera)
        return [done[question.part, question.shares.tobytes()] for question in questions]

    def _attacked(self, kept: Sequence[int], scenes: Sequence[Scene], clean: Sequence[Stand]) -> list[list[Flip]]:
        """The attack of each member by itself: what fools one need not fool another."""
        found = [[Flip(INFINITE, (), 0) for _ in clean] for _ in kept]
        for which, stand in enumerate(clean):
            wanted = [i for i, position in enumerate(kept) if self._right(position, bool(stand.ng[i]))]
            for i, flip in zip(wanted, self._attack(which, stand, wanted, kept, scenes), strict=True):
                found[i][which] = flip
        return found

    def _attack(
        self, which: int, stand: Stand, wanted: Sequence[int], kept: Sequence[int], scenes: Sequence[Scene]
    ) -> list[Flip]:
        plan = self._plan

        def score(indices: Sequence[int], pictures: Sequence[Pixels]) -> NDArray[np.float64]:
            parts = [wanted[index] for index in indices]
            shown = [Scene(picture, scenes[part].bits) for picture, part in zip(pictures, parts, strict=True)]
            flips, margins = against_clean(stand, parts, self._panel.stand(which, shown))
            return np.where(flips, np.minimum(margins, 0.0), np.maximum(margins, 1e-9))

        rngs = [self._rng(kept[i], plan.members[which].name) for i in wanted]
        pictures, bits = [scenes[i].pixels for i in wanted], [scenes[i].bits for i in wanted]
        done = attack(pictures, bits, plan.levels, plan.looks, rngs, score)
        return [
            Flip(plan.levels if item.looks is not None else INFINITE, (), item.looks or plan.looks) for item in done
        ]

    def _rng(self, position: int, member: str = "") -> np.random.Generator:
        return draw(Seed(self._plan.seed, self._plan.parts[position].id), f"probe/{self._plan.kind}/{member}")

    def _row(self, position: int, which: int, ng: bool, flip: Flip) -> FlipRow:
        plan, part = self._plan, self._plan.rows[position]
        right = self._right(position, ng)
        shares = {axis.name: float(s) for axis, s in zip(plan.box.axes, flip.shares, strict=False) if s > 0.0}
        severities = {axis.name: axis.severity(shares[axis.name]) for axis in plan.box.axes if axis.name in shares}
        found = plan.reach * norm(list(shares.values())) if shares else flip.distance
        distance = found if right else 0.0
        return FlipRow(
            part.id, plan.members[which].name, part.ng, part.group, right, distance, severities, shares, flip.looked
        )

    def _scene(self, position: int) -> Scene:
        part = self._plan.parts[position]
        decoded = decode(part.path, self._plan.bits)
        mask = read_mask(part, decoded.pixels.shape[:2]) if part.mask else None
        return Scene(decoded.pixels, decoded.bits, mask)
