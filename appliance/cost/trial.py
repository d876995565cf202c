"""One setting of the runtime tried on one member: how long a call takes, how many pictures a second all callers do.

Inference alone, on a tensor that is ready: decoding and preprocessing are the same under every setting.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.cost.measure import watched_cores
from appliance.cost.state import FOREIGN_LIMIT
from appliance.cost.watch import Seen, Snapshot, between, snapshot
from appliance.engines.select import ChosenEngine
from appliance.engines.setting import EngineSetting
from appliance.engines.types import Engine, EngineFacts
from models.preprocess import DTYPES, input_shape
from models.types import Card, Member

WARM_CALLS, WARM_S = 3, 0.2
REST_S = 0.06  # before a turn: ONNX Runtime's threads spin for 45 ms after a call where nobody tells them not to
AGAIN_S = 0.02  # of every caller before a turn: caches and cores have slept since the last
LEAST_CALLS, LEAST_AGAIN = 5, 1
"""Of every caller, in a trial and in one turn of many."""
BUSY_QUANTILE = 0.05
SHARED = ("cpu",)
"""Providers whose engine several threads may call at once: with a session each, two callers of ShuffleNet did 4 to 6 %
less, since each had weights of its own in the caches."""


@dataclass(frozen=True)
class Trial:
    """`callers` of one setting, each in a thread of its own, all asking for `batch` pictures again and again.

    Of ONNX Runtime they call one session, which holds the weights once; of OpenVINO each has an engine.
    """

    member: Member
    setting: EngineSetting
    callers: int
    batch: int
    seconds: float


@dataclass(frozen=True)
class Tried:
    """calls (n,): seconds of every call of every caller, by its end. rate: pictures per second, of all callers: the sum
    of theirs, each over its own time.
    """

    facts: EngineFacts
    calls: NDArray[np.float64]
    rate: float
    seen: Seen
    batch: int = 1

    @property
    def busy(self) -> bool:
        """True where other work took a share of the cores."""
        return self.seen.foreign > FOREIGN_LIMIT

    @property
    def answer_ms(self) -> float:
        """Median ms of a call; on a busy machine the 5 % quantile: other work only ever makes a call longer."""
        return 1000.0 * float(np.quantile(self.calls, BUSY_QUANTILE if self.busy else 0.5))

    def pictures_per_s(self, threads: int) -> float:
        """The rate of all callers on `threads` threads in all. On a busy machine what their CPU time would give if
        they had the cores to themselves: other work takes time from them, but hardly makes their own work more.
        """
        if not self.busy or self.seen.cpu_s <= 0.0:
            return self.rate
        return threads * len(self.calls) * self.batch / self.seen.cpu_s


class Ready:
    """A setting opened on a member and warm: turn after turn of it. Raises InspectError where either will not do."""

    def __init__(self, trial: Trial) -> None:
        self._engines = _engines(trial)
        self._batch = a_batch(trial.member.card, trial.batch)
        for engine in self._engines:
            _warm(engine, self._batch, WARM_CALLS, WARM_S)

    def turn(self, seconds: float) -> Tried:
        """All callers for `seconds`, one of many turns; another process had the one before."""
        time.sleep(REST_S)
        return self.trial(seconds, LEAST_AGAIN)

    def trial(self, seconds: float, least: int = LEAST_CALLS) -> Tried:
        """All callers for `seconds`, each `least` times or more, after what does not count (`AGAIN_S`)."""
        before: list[Snapshot] = []
        begin = threading.Barrier(len(self._engines), lambda: before.append(snapshot(time.perf_counter())))

        def calls(engine: Engine) -> NDArray[np.float64]:
            _warm(engine, self._batch, 1, AGAIN_S)
            begin.wait()
            return _calls(engine, self._batch, seconds, least)

        rows = _all_of(calls, self._engines)
        seen = between(before[0], snapshot(time.perf_counter()), watched_cores())
        rate = len(self._batch) * sum(len(own) / (own[-1, 0] - own[0, 0] + own[0, 1]) for own in rows)
        every = np.concatenate(rows)
        took = every[np.argsort(every[:, 0]), 1]
        return Tried(self._engines[0].facts(), took, float(rate), seen, len(self._batch))


def run_trial(trial: Trial) -> Tried:
    """Try it once in this process. Raises InspectError where the setting or the member will not do."""
    return Ready(trial).trial(trial.seconds)


def _engines(trial: Trial) -> list[Engine]:
    """What each caller calls: the very same engine where the runtime lets several threads do so."""
    count = 1 if trial.setting.provider in SHARED else trial.callers
    engines = [ChosenEngine(trial.setting).open(trial.member) for _ in range(count)]
    return engines * (trial.callers // count)


def a_batch(card: Card, count: int) -> NDArray[np.generic]:
    """(count, ...) noise as the card lays a picture out: a few grey levels would let sparse kernels shine."""
    draw = np.random.default_rng(1)
    shape = (count, *input_shape(card))
    if card.dtype == "uint8":
        return draw.integers(0, 256, shape, np.uint8)
    return draw.normal(0.0, 1.0, shape).astype(DTYPES[card.dtype])


def _warm(engine: Engine, batch: NDArray[np.generic], least: int, seconds: float) -> None:
    start, calls = time.perf_counter(), 0
    while calls < least or time.perf_counter() - start < seconds:
        engine.run(batch)
        calls += 1


def _all_of(calls: Callable[[Engine], NDArray[np.float64]], engines: list[Engine]) -> list[NDArray[np.float64]]:
    """What each caller gives, each in a thread of its own; one alone in this one."""
    if len(engines) == 1:
        return [calls(engines[0])]
    with ThreadPoolExecutor(len(engines)) as pool:
        return list(pool.map(calls, engines))


def _calls(engine: Engine, batch: NDArray[np.generic], seconds: float, least: int) -> NDArray[np.float64]:
    """(n, 2): end and length of every call, s."""
    start, rows = time.perf_counter(), list[tuple[float, float]]()
    while time.perf_counter() - start < seconds or len(rows) < least:
        begun = time.perf_counter()
        engine.run(batch)
        end = time.perf_counter()
        rows.append((end, end - begun))
    return np.array(rows, np.float64)
