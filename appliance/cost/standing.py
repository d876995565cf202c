"""What the rounds of a search say of each setting, and who leads at which goal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from appliance.cost.candidates import Candidate, fair
from appliance.cost.rows import spread
from appliance.cost.trial import Tried

LATENCY, THROUGHPUT = "latency", "throughput"
GOALS = (LATENCY, THROUGHPUT)
TRIMMED = 1 / 8  # of the passes at either end
BLOCK, CLEAR, PART = 8, 0.05, 1 / 4
"""Ahead by this much (a logarithm) and by two standard errors in this share of the blocks of passes, and behind as
clearly as often: no clear winner. A block of passes, since a single turn strays by itself.
"""


@dataclass(frozen=True)
class Result:
    """A candidate's rounds. Its figures are the median of those that no other work disturbed; where they are fewer than
    half those of the best: what else the machine did can only slow one.
    """

    candidate: Candidate
    rounds: tuple[Tried, ...]

    @property
    def answer_ms(self) -> float:
        """Time of a call in ms (see `Tried.answer_ms`)."""
        return min(t.answer_ms for t in self.rounds) if self.busy else median(t.answer_ms for t in self._quiet)

    @property
    def rate(self) -> float:
        """Pictures per second (see `Tried.pictures_per_s`)."""
        found = [t.pictures_per_s(self._threads) for t in (self.rounds if self.busy else self._quiet)]
        return max(found) if self.busy else median(found)

    @property
    def _threads(self) -> int:
        return self.candidate.callers * max(self.candidate.setting.threads, 1)

    @property
    def _quiet(self) -> list[Tried]:
        return [tried for tried in self.rounds if not tried.busy]

    @property
    def noise(self) -> float | None:
        """How far the rounds lie apart, the farthest left out; None with one."""
        return spread([float(ms) for ms in trimmed([tried.answer_ms for tried in self.rounds])])

    @property
    def busy(self) -> bool:
        """True where other work took a share of the cores in most rounds."""
        return 2 * len(self._quiet) < len(self.rounds)

    def merit(self, goal: str) -> float:
        """The larger, the better."""
        return self.rate if goal == THROUGHPUT else -self.answer_ms

    def figure(self, tried: Tried, goal: str) -> float:
        """What one of the rounds says for a goal: pictures per second, or answers; the larger, the better."""
        return tried.pictures_per_s(self._threads) if goal == THROUGHPUT else 1.0 / tried.answer_ms


@dataclass(frozen=True)
class Rival:
    """A setting that was clearly ahead of the best in some passes and clearly behind in others: which of the two is the
    better one depends on the machine. led: passes in the blocks it led. share: by how much, the median of these blocks.
    """

    result: Result
    led: int
    passes: int
    share: float


def best_of(final: Sequence[Result], goal: str) -> Result:
    """The one that leads."""
    found = leads(final, goal)
    return final[found.index(max(found))]


def leads(final: Sequence[Result], goal: str) -> list[float]:
    """By how much each is better than the mean one of its pass, a logarithm: the mean over the passes that no other
    work disturbed, the farthest left out; by its figures alone where those are fewer than half of them (see `Result`).
    """
    passes = list(zip(*(result.rounds for result in final), strict=True))
    quiet = [one for one in passes if not any(tried.busy for tried in one)]
    if 2 * len(quiet) < len(passes):
        return [math.log(result.rate if goal == THROUGHPUT else 1.0 / result.answer_ms) for result in final]
    figures = np.log([[r.figure(t, goal) for r, t in zip(final, one, strict=True)] for one in quiet])
    return [trimmed_mean(own) for own in (figures - figures.mean(axis=1, keepdims=True)).T]


def eligible(candidate: Candidate, among: Sequence[Candidate], goal: str) -> bool:
    """For latency one caller, one picture (or the model's fixed batch); for throughput all that are fair."""
    if not fair(candidate) or goal == THROUGHPUT:
        return fair(candidate)
    return candidate.callers == 1 and candidate.batch == min(c.batch for c in among if fair(c))


def rival_of(best: Result, final: Sequence[Result], goal: str) -> Rival | None:
    """The one that most often led the best, of those whose lead came and went; None where there is none."""
    found = [rival for other in final if (rival := _rival(best, other, goal)) is not None]
    return max(found, key=lambda rival: rival.led, default=None)


def _rival(best: Result, other: Result, goal: str) -> Rival | None:
    pairs = zip(best.rounds, other.rounds, strict=True)
    quiet = [(a, b) for a, b in pairs if not a.busy and not b.busy]
    gains = np.array([math.log(other.figure(b, goal) / best.figure(a, goal)) for a, b in quiet])
    blocks = gains[: len(gains) // BLOCK * BLOCK].reshape(-1, BLOCK)
    mean, error = blocks.mean(axis=1), blocks.std(axis=1, ddof=1) / math.sqrt(BLOCK)
    led, fell = mean > np.maximum(CLEAR, 2 * error), mean < -np.maximum(CLEAR, 2 * error)
    if not len(blocks) or min(led.sum(), fell.sum()) < PART * len(blocks):
        return None
    return Rival(other, BLOCK * int(led.sum()), blocks.size, math.expm1(float(np.median(mean[led]))))


def trimmed(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """In their order, without an eighth of them at either end."""
    cut = int(TRIMMED * len(values))
    return np.sort(np.asarray(values, np.float64))[cut : len(values) - cut]


def trimmed_mean(values: Sequence[float] | NDArray[np.float64]) -> float:
    """The mean of what stays."""
    return float(trimmed(values).mean())
