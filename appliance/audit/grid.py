"""From jobs' results to finished cells: holds only the conditions that are under way."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.audit.plan import Job, Plan
from appliance.audit.pool import Death
from appliance.audit.worker import Phase, Refusal, Result
from appliance.errors import MachineFailed
from appliance.language.tongue import filled, mark
from appliance.log.types import Cell, Outcomes, Warn

SILENT = mark("{member} gave no finite answer for {silent} parts under {key}")

DEATHS = 64  # of one chunk: more than its parts and the members of any family


@dataclass
class _Open:
    """A condition under way."""

    outcomes: dict[str, Outcomes]
    sight: NDArray[np.float32]
    seconds: dict[str, float] = field(default_factory=dict)
    chunks: int = 0


@dataclass(frozen=True)
class Finished:
    """A condition whose last chunk came in: its cells, and what was seen of the defects (None: no part has a mask).

    `draw` is the number of a repeated shot, whose cells belong to no grid; None for a condition.
    """

    cells: list[Cell]
    key: str
    draw: int | None = None
    sight: NDArray[np.float32] | None = None


class Grid:
    """Turns results into cells, remembers what was refused, and says what is still to do."""

    def __init__(self, plan: Plan, finished: set[tuple[str, str]]) -> None:
        self._plan, self._finished = plan, finished
        self._chunks = plan.chunks()
        self._open: dict[int, _Open] = {}
        self.skip: set[int] = set()
        self.dead: dict[str, Refusal] = {}
        self.refused: dict[int, Refusal] = {}
        self.warnings: list[Warn] = []
        self.seconds: dict[str, float] = {}
        self.peak_rss_mb = 0.0
        self._said: set[str] = set()
        self._deaths: Counter[tuple[int, int]] = Counter()

    def jobs(self) -> Iterator[Job]:
        """Every job still to do, condition by condition, so that cells finish as early as they can."""
        for number, condition in enumerate(self._plan.shown):
            if all((member.name, condition.key) in self._finished for member in self._plan.members):
                continue
            for chunk in range(len(self._chunks)):
                yield self.job(number, chunk)

    def job(self, condition: int, chunk: int) -> Job:
        """One job, leaving out what has already cost a process its life."""
        return Job(condition, chunk, self._chunks[chunk], frozenset(self.skip), frozenset(self.dead))

    def jobs_left(self) -> int:
        """How many jobs `jobs` yields."""
        return sum(1 for _ in self.jobs())

    def take(self, result: Result) -> Finished | None:
        """Add one result; returns its condition when that was the last chunk, else nothing."""
        number = result.job.condition
        held = self._open.setdefault(number, self._opened())
        for index, found in result.sight.items():
            held.sight[index] = found
        for name, outcomes in result.outcomes.items():
            _copy(held.outcomes[name], result.job.parts, outcomes)
        self._note(result, held)
        held.chunks += 1
        if held.chunks < len(self._chunks):
            return None
        return self._finish(number, self._open.pop(number))

    def _opened(self) -> _Open:
        sight = np.full((len(self._plan.parts), 2), np.nan, np.float32)
        return _Open({m.name: self._blank(len(m.card.classes)) for m in self._plan.members}, sight)

    def bury(self, job: Job, death: Death) -> Job:
        """Blame the part or the member that ended a worker; returns the job to do again without it.

        Raises MachineFailed where the same job keeps dying with nothing to blame (memory, the device).
        """
        self._deaths[job.condition, job.chunk] += 1
        if self._deaths[job.condition, job.chunk] > DEATHS:
            raise MachineFailed(
                f"workers keep dying ({death.how}) with no part or member to blame",
                mend="look for an out-of-memory message of the kernel; fewer workers need less memory",
            )
        what = f"ended its process ({death.how})"
        if death.phase is Phase.PART and death.which not in self.skip:
            part = self._plan.parts[death.which]
            self.skip.add(death.which)
            self._refuse_part(death.which, Refusal(what, part.id, "look at the picture; it is left out from here on"))
        elif death.phase is Phase.MEMBER:
            member = self._plan.members[death.which]
            self._refuse_member(member.name, Refusal(what, str(member.file), "its remaining cells are marked failed"))
        return self.job(job.condition, job.chunk)

    def _note(self, result: Result, held: _Open) -> None:
        for stage, seconds in result.seconds.items():
            held.seconds[stage] = held.seconds.get(stage, 0.0) + seconds
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        self.peak_rss_mb = max(self.peak_rss_mb, result.peak_rss_mb)
        for note in result.notes:
            if note not in self._said:
                self._said.add(note)
                self.warnings.append(Warn("machine", note))
        for index, refusal in result.parts_refused.items():
            self._refuse_part(index, refusal)
        for name, refusal in result.members_refused.items():
            self._refuse_member(name, refusal)

    def _refuse_part(self, index: int, refusal: Refusal) -> None:
        if index not in self.refused:
            self.refused[index] = refusal
            self.warnings.append(Warn("part", refusal.what, self._plan.parts[index].id, refusal.mend))

    def _refuse_member(self, name: str, refusal: Refusal) -> None:
        if name not in self.dead:
            self.dead[name] = refusal
            self.warnings.append(Warn("member", f"{name}: {refusal.what}", refusal.file, refusal.mend))

    def _finish(self, number: int, held: _Open) -> Finished:
        key = self._plan.shown[number].key
        cells = [self._cell(member.name, key, held) for member in self._plan.members]
        new = [cell for cell in cells if (cell.member, cell.condition) not in self._finished]
        return Finished(new, key, self._plan.draw(number), held.sight if np.isfinite(held.sight).any() else None)

    def _cell(self, member: str, key: str, held: _Open) -> Cell:
        seconds = held.seconds.get(member, 0.0)
        if member in self.dead:
            classes = 3 if held.outcomes[member].cls is not None else 2
            return Cell(member, key, self._blank(classes), seconds, self.dead[member].what)
        outcomes = held.outcomes[member]
        silent = int(np.isnan(outcomes.score).sum()) - len(self.refused)
        if silent > 0:
            self.warnings.append(Warn("member", filled(SILENT, member=member, silent=silent, key=key)))
        return Cell(member, key, outcomes, seconds)

    def _blank(self, classes: int) -> Outcomes:
        count = len(self._plan.parts)
        cls = np.full(count, -1, np.int16) if classes > 2 else None
        return Outcomes(np.full(count, np.nan, np.float32), np.zeros(count, np.bool_), cls)


def _copy(into: Outcomes, parts: range, chunk: Outcomes) -> None:
    where = slice(parts.start, parts.stop)
    into.score[where], into.ng[where] = chunk.score, chunk.ng
    if into.cls is not None and chunk.cls is not None:
        into.cls[where] = chunk.cls
