"""One part from file to verdict, as an inspection program does it, with the time of every stage."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from appliance.cost.drive import Clock, Stages
from appliance.engines.types import Engine
from appliance.log.types import Outcomes
from appliance.parts.decode import decode
from appliance.parts.types import Part
from appliance.tasks.types import Task
from models.preprocess import preprocess
from models.types import Member


@runtime_checkable
class Staged(Protocol):
    """An engine on a device of its own memory: it tells how long the copies of its last run took."""

    def copies(self) -> tuple[float, float]:
        """Seconds of the last run's copy in and copy out."""


@dataclass(frozen=True)
class Pipeline:
    """Serves part after part, round and round. `batch` pictures at once; its stages are for one of them."""

    parts: Sequence[Part]
    bits: int | None
    member: Member
    engine: Engine
    task: Task
    clock: Clock
    batch: int = 1

    def serve(self) -> Iterator[Stages]:
        """Seconds by drive.STAGES of one batch, for ever."""
        order = cycle(self.parts)
        while True:
            yield self._serve([next(order) for _ in range(self.batch)])

    def _serve(self, parts: Sequence[Part]) -> Stages:
        now = self.clock.now
        start = now()
        decoded = [decode(part.path, bits=self.bits) for part in parts]
        at_pixels = now()
        tensor = self._tensor([preprocess(d.pixels, d.bits, self.member.card) for d in decoded])
        at_tensor = now()
        raw = self.engine.run(tensor)
        at_output = now()
        outcomes = self.task.outcomes(raw[: len(parts)], self.member.card)
        at_outcome = now()
        reject(outcomes)
        at_verdict = now()
        copy_in, copy_out = self._copies()
        infer = at_output - at_tensor - copy_in - copy_out
        after = (at_outcome - at_output, at_verdict - at_outcome)
        return (at_pixels - start, at_tensor - at_pixels, copy_in, infer, copy_out, *after)

    @cached_property
    def _copies(self) -> Callable[[], tuple[float, float]]:
        """Asked once: whether the engine has a memory of its own."""
        return self.engine.copies if isinstance(self.engine, Staged) else lambda: (0.0, 0.0)

    def _tensor(self, rows: list[NDArray[np.generic]]) -> NDArray[np.generic]:
        """(n, ...) as the engine takes it; a model of a fixed batch gets its last row again and again."""
        missing = (self.member.card.batch or 0) - len(rows)
        return np.stack(rows + rows[-1:] * max(missing, 0))


def reject(outcomes: Outcomes) -> bool:
    """The verdict at the gate: reject a part if any of its pictures is NG or could not be scored."""
    return bool((outcomes.ng | np.isnan(outcomes.score)).any())
