"""The nouns of a decision. Money is in the site's currency, rates and shares 0..1, years count from the purchase."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from appliance.score.types import Interval, LimitState

Floats = NDArray[np.float64]

TODAY = "today"
"""The name of the way of inspecting that there is now, where it is no member."""


class Origin(StrEnum):
    """Where the shares of the conditions come from."""

    CALIBRATED = "calibrated"
    STATED = "stated"
    ASSUMED = "assumed"


class Verdict(StrEnum):
    """What is advised."""

    INVEST = "invest"
    HOLD_OFF = "hold off"
    TEST_FIRST = "test first"


@dataclass(frozen=True)
class Mix:
    """The site's conditions: `shares` of the year by condition key of the run, summing to 1.

    `days` of watching stand behind the shares: they are drawn from a Dirichlet distribution of that many
    observations. `untested` is the share of the year under disturbances that the run has not shown.
    """

    shares: Mapping[str, float]
    days: float
    untested: float
    origin: Origin

    @property
    def keys(self) -> tuple[str, ...]:
        """The conditions, in the run's order."""
        return tuple(self.shares)


@dataclass(frozen=True, eq=False)
class World:
    """What is uncertain, as draws that belong together row by row; one row where something is held at its mean.

    escape, overkill: (B, W, C) rates of each way under each condition of the mix; a way that does not depend on the
    condition has the same in every column. shares: (B, C) of the year. strange: (B, C) weights with which an untested
    disturbance resembles the tested conditions. prices: (B,) by name; years: what they do over the years (years.py).
    """

    escape: Floats
    overkill: Floats
    shares: Floats
    strange: Floats
    prices: Mapping[str, Floats]
    untested: float
    years: Mapping[str, Floats] = field(default_factory=dict)

    def at_means(self, *free: str) -> "World":
        """The same with every group at its mean but `free`: measurement, mix, untested or prices."""

        def held(values: Floats, group: str) -> Floats:
            return values if group in free else values.mean(axis=0, keepdims=True)

        def priced(known: Mapping[str, Floats]) -> dict[str, Floats]:
            return {name: held(values, PRICES) for name, values in known.items()}

        return replace(
            self,
            escape=held(self.escape, MEASUREMENT),
            overkill=held(self.overkill, MEASUREMENT),
            shares=held(self.shares, MIX),
            strange=held(self.strange, UNTESTED),
            prices=priced(self.prices),
            years=priced(self.years),
        )

    def rates(self) -> tuple[Floats, Floats]:
        """(B, W) escape and overkill rate of each way over the site's year."""
        weights = (1.0 - self.untested) * self.shares + self.untested * self.strange
        found = (np.einsum("bwc,bc->bw", *_aligned(rate, weights)) for rate in (self.escape, self.overkill))
        escape, overkill = found
        return np.asarray(escape), np.asarray(overkill)


def _aligned(rates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    rows = max(len(rates), len(weights))
    return np.broadcast_to(rates, (rows, *rates.shape[1:])), np.broadcast_to(weights, (rows, *weights.shape[1:]))


MEASUREMENT, MIX, UNTESTED, PRICES = "measurement", "mix", "untested", "prices"
GROUPS = (MEASUREMENT, MIX, UNTESTED, PRICES)
"""What is uncertain, in groups that are independent of each other."""


@dataclass(frozen=True)
class Way:
    """One way of inspecting, a size or today's; None where the figure is not known.

    busy_ms: mean time from file to verdict; p99_ms its upper bound. `prices` outrank those of the site for it.
    new: whether it has to be bought.
    """

    name: str
    busy_ms: float | None = None
    p99_ms: float | None = None
    prices: Mapping[str, float | None] = field(default_factory=dict)
    new: bool = True
    per_1000: bool = False  # its running cost is the price `reference_per_1000`


@dataclass(frozen=True)
class Money:
    """What one way costs and brings, each with its 95 % interval; None where a price is missing.

    Escapes and overkills are of one year. `per_1000` is all that 1000 parts cost, wrong decisions included,
    `machine_per_1000` without them. `tco` is the present value of machine, integration, running and retraining over
    the horizon; `npv` that of what is saved against today's way; `payback` years until the outlay is back, infinite
    where it is not within the horizon. `pays` is the probability that npv is over 0, `best` that no other way, today's
    included, is better.
    """

    name: str
    escapes: Interval | None
    overkills: Interval | None
    escape_rate: Interval
    overkill_rate: Interval
    per_1000: Interval | None = None
    machine_per_1000: Interval | None = None
    tco: Interval | None = None
    npv: Interval | None = None
    payback: Interval | None = None
    pays: float | None = None
    best: float | None = None
    in_takt: bool | None = None
    limits: LimitState | None = None


@dataclass(frozen=True)
class Swing:
    """One bar of the tornado: the expected value at one input's low and high, all else at its mean.

    `assumed` marks an input without a range: it was moved by 20 % either way.
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    assumed: bool = False

    @property
    def reach(self) -> float:
        """How far the value moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Worth:
    """What knowing more is worth: the expected gain of the decision, and what the knowing costs (None: not known).

    `what`: everything, a group of GROUPS, day, size or perturbation. `detail` names the size, or the days' parts.
    """

    what: str
    value: float
    cost: float | None = None
    detail: str = ""

    @property
    def net(self) -> float:
        """Value less cost, where the cost is known."""
        return self.value - (self.cost or 0.0)


@dataclass(frozen=True)
class Turn:
    """The value of one input at which the verdict would turn, all else at its mean; `now` is its mean."""

    name: str
    now: float
    at: float

    @property
    def distance(self) -> float:
        """How far away, as a factor's logarithm; infinite where a factor says nothing."""
        if self.now <= 0 or self.at <= 0:
            return float("inf")
        return float(abs(np.log(self.at / self.now)))


class Because(StrEnum):
    """Why a verdict is what it is."""

    NO_TAKT = "no size follows the takt"
    LIMITS = "every size breaches a limit on clean parts"
    PRICES = "prices are missing"
    NO_REFERENCE = "nothing to compare with"
    LOSES = "it does not pay"
    PAYS = "it pays"
    UNSURE = "it may pay"
    UNPROVEN = "a limit is not shown to hold"
    BREACHED = "a limit is breached under a condition of the site"
    TEST_PAYS = "a test is worth more than it costs"


@dataclass(frozen=True)
class Decision:
    """The verdict with its reasons and what would turn it. `size` is the one to buy or to test, None where none is."""

    verdict: Verdict
    size: str | None
    because: tuple[Because, ...]
    turns: tuple[Turn, ...] = ()
    safe_escape_rate: float | None = None  # up to which the size pays, all else at its mean
    safe_overkill_rate: float | None = None
    pays_from: tuple[str, float, bool] | None = None  # the one missing price, where it begins to pay, whether above


@dataclass(frozen=True)
class Demand:
    """A gate of a stage on a rate: passed once it is shown to be at most `limit`, sequentially, with at most `most`.

    `expected` parts are enough half of the time at the rate seen so far; None where that rate does not pass.
    """

    rate: str  # escape or overkill
    limit: float
    most: int
    expected: int | None


@dataclass(frozen=True)
class Stage:
    """One stage of the plan: what is tested, on how many parts, what it costs and takes, and its gate."""

    number: int
    sizes: tuple[str, ...]
    conditions: tuple[str, ...]
    demands: tuple[Demand, ...]
    ng_parts: int
    ok_parts: int
    cost: float | None
    line_hours: float | None
    pays: float | None = None  # the probability that npv is over 0 which the gate asks for
    per_1000: float | None = None  # the cost per 1000 parts that the gate allows
    p99_ms: float | None = None
    payback: float | None = None


@dataclass(frozen=True)
class Advice:
    """The whole answer. Ways: sizes smallest first, today's way last where there is one."""

    run: str
    seed: int
    draws: int
    currency: str
    parts_per_year: float
    horizon: int
    mix: Mix
    ways: tuple[Money, ...]
    reference: str | None
    decision: Decision
    tornado: tuple[Swing, ...]
    worth: tuple[Worth, ...]
    stages: tuple[Stage, ...]
    missing: tuple[str, ...]  # prices that something above needs
    left_out: tuple[str, ...]  # prices that are missing and count as nothing
    inputs: Mapping[str, object] = field(default_factory=dict)
    clean_accuracy: Mapping[str, Interval] = field(default_factory=dict)
    site: str = ""
    family: str = ""
    confidence: float = 0.9
    units: Mapping[str, str] = field(default_factory=dict)  # unit of each condition of the mix
    limits: Mapping[str, float | None] = field(default_factory=dict)  # escape_rate and overkill_rate; None: no limit
    open_at: tuple[str, ...] = ()  # conditions under which a limit of the advised size stands worst; none: all hold

    def way(self, name: str | None) -> Money | None:
        """A way by name."""
        return next((way for way in self.ways if way.name == name), None)
