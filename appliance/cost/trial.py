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
from appliance.cost.watch import Seen, between, snapshot
from appliance.engines.select import ChosenEngine
from appliance.engines.setting import EngineSetting
from appliance.engines.types import Engine, EngineFacts
from models.preprocess import DTYPES, input_shape
from models.types import Card, Member

WARM_CALLS, WARM_S = 3, 0.2
LEAST_CALLS = 5
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
    """calls (n,): seconds of every call of every caller, by its end. rate: pictures per second, all callers."""

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


def run_trial(trial: Trial) -> Tried:
    """Try it in this process. Raises InspectError where the setting or the member will not do."""
    engines = _engines(trial)
    batch = a_batch(trial.member.card, trial.batch)
    for engine in engines:
        _warm(engine, batch)
    before = snapshot(time.perf_counter())
    calls = _all_callers(engines, batch, trial.seconds)
    seen = between(before, snapshot(time.perf_counter()), watched_cores())
    ends, took = calls[:, 0], calls[:, 1]
    wall = float(ends.max() - (ends - took).min())
    return Tried(engines[0].facts(), took[np.argsort(ends)], len(took) * trial.batch / wall, seen, trial.batch)


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


def _warm(engine: Engine, batch: NDArray[np.generic]) -> None:
    start, calls = time.perf_counter(), 0
    while calls < WARM_CALLS or time.perf_counter() - start < WARM_S:
        engine.run(batch)
        calls += 1


def _all_callers(engines: list[Engine], batch: NDArray[np.generic], seconds: float) -> NDArray[np.float64]:
    """(n, 2): end and length of every call, s; callers begin together."""
    if len(engines) == 1:
        return _calls(engines[0], batch, seconds, lambda: None)
    gate = threading.Barrier(len(engines))
    with ThreadPoolExecutor(len(engines)) as pool:
        return np.concatenate(list(pool.map(lambda engine: _calls(engine, batch, seconds, gate.wait), engines)))


def _calls(
    engine: Engine, batch: NDArray[np.generic], seconds: float, gate: Callable[[], object]
) -> NDArray[np.float64]:
    gate()
    start, rows = time.perf_counter(), list[tuple[float, float]]()
    while time.perf_counter() - start < seconds or len(rows) < LEAST_CALLS:
        begun = time.perf_counter()
        engine.run(batch)
        end = time.perf_counter()
        rows.append((end, end - begun))
    return np.array(rows, np.float64)
