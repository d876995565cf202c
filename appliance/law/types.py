"""The nouns of a law. Rates are fractions 0..1; slopes, tau and delta are in percentage points (pp) of accuracy."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.90
"""Confidence of every interval printed by a law."""

DELTA = 0.5
"""Smallest gain that matters, pp of accuracy per doubling; the site sets its own before it looks at the data."""

TAU_CLEAN, TAU_PERTURBED = 0.2, 0.8
"""Default scatter of one training about its design, pp: public families show 0.17 clean and 0.7 to 1.9 shifted."""


class Regime(StrEnum):
    """What one more doubling brings."""

    IMPROVING = "improving"
    PLATEAU = "plateau"
    REGRESSING = "regressing"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Span:
    """An estimate with the two-sided interval of a law (90 %); NaN bounds where no interval can be given."""

    estimate: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether `value` lies inside."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Measured:
    """What is known of one quantity over the sizes, smallest size first.

    sizes: (m,) float64, strictly rising, in the axis's unit. errors: (m,) float64 rates 0..1 (lower is better).
    parts: (m,) float64 parts behind each rate, NaN where unknown. draws: (B, m) float64 resampled rates, or None.
    paired: whether the draws share their parts over the sizes. names: (m,) member names.
    """

    sizes: Floats
    errors: Floats
    parts: Floats
    names: tuple[str, ...]
    draws: Floats | None = None
    paired: bool = False

    @property
    def octaves(self) -> Floats:
        """Doublings above the smallest size, (m,) float64."""
        return np.asarray(np.log2(self.sizes / self.sizes[0]), dtype=np.float64)

    @property
    def variance(self) -> Floats:
        """Sampling variance of each rate, (m,): that of its draws, 0 where there are none."""
        return np.zeros_like(self.errors) if self.draws is None else np.asarray(self.draws.var(axis=0))

    def keep(self, index: NDArray[np.int_]) -> "Measured":
        """The same for the sizes in `index` (rising)."""
        draws = None if self.draws is None else self.draws[:, index]
        names = tuple(self.names[i] for i in index)
        return Measured(self.sizes[index], self.errors[index], self.parts[index], names, draws, self.paired)


@dataclass(frozen=True)
class Needs:
    """What would settle an undetermined verdict if the estimate stays where it is; None where it cannot help."""

    parts: int | None
    trainings: int | None
    sentence: str


@dataclass(frozen=True)
class Slope:
    """pp of accuracy per doubling over the named sizes, and what the rule says of it."""

    over: tuple[str, ...]
    span: Span
    state: Regime


@dataclass(frozen=True)
class Verdict:
    """Regime of one quantity at one tau (0 = of these exported models; else of the design, that is the next training).

    `slope` is the one that decided; `three` is over the top three sizes and `last` over the last step. They differ
    where the largest size falls significantly below the one before it. isotonic: (m,) non-decreasing accuracy 0..1.
    """

    state: Regime
    tau: float
    delta: float
    slope: Slope
    three: Slope
    last: Slope
    isotonic: tuple[float, ...]
    sentence: str
    needs: Needs | None = None


@dataclass(frozen=True)
class FormFit:
    """One form fitted to all sizes. `ranges` are jackknife ranges; a parameter in `undetermined` is not identified."""

    name: str
    weight: float
    parameters: dict[str, float]
    ranges: dict[str, tuple[float, float]]
    undetermined: tuple[str, ...]
    loss: float
    left_out_rms: float
    curve: tuple[float, ...] = ()  # error 0..1 on the grid of the Band


@dataclass(frozen=True)
class Band:
    """Error rate 0..1 over a grid of sizes: the forms' weighted average, with the 90 % band for one more training."""

    sizes: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Predicted:
    """Error rate 0..1 foretold for one size, with its 90 % band; `actual` where that size was measured but left out."""

    name: str
    size: float
    span: Span
    actual: float | None = None


@dataclass(frozen=True)
class Onset:
    """Where the gain ends: per size the probability of being the onset, and of having < delta left to the best.

    `sizes` is the smallest set holding the onset with 95 %; `certain` the smallest size with < delta left at 95 %.
    """

    names: tuple[str, ...]
    probability: tuple[float, ...]
    within: tuple[float, ...]
    sizes: tuple[str, ...]
    certain: str | None


@dataclass(frozen=True)
class Value:
    """Which sizes can be the best buy. acceptability: rows follow `prices` (pp per doubling), columns `names`."""

    names: tuple[str, ...]
    hull: tuple[str, ...]
    dominated: tuple[str, ...]
    prices: tuple[float, ...]
    acceptability: tuple[tuple[float, ...], ...]
    sizes: tuple[str, ...]  # at least 5 % likely to be best at the site's own delta


@dataclass(frozen=True)
class Law:
    """Everything said of one quantity over one axis."""

    quantity: str  # error, drop, flip, escape
    condition: str  # clean, a condition key, or `mean`
    axis: str
    measured: Measured
    verdict: Verdict  # of the design (tau)
    models: Verdict | None  # of these exported models (tau 0); None where the sampling error is unknown
    forms: tuple[FormFit, ...] = ()
    band: Band | None = None
    left_out: Predicted | None = None
    onset: Onset | None = None
    value: Value | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effective:
    """Effective robustness in pp: above (+) or below (-) what the other members' clean accuracy foretells."""

    condition: str
    r_squared: float
    names: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    suppressed: str = ""  # why nothing is said


@dataclass(frozen=True)
class Disagreement:
    """A condition whose verdict differs from the clean one."""

    condition: str
    whom: str  # these models, or the next training
    clean: Regime
    perturbed: Regime
    clean_slope: Slope
    perturbed_slope: Slope


@dataclass(frozen=True)
class LawReport:
    """All laws of one run over one axis."""

    axis: str
    unit: str
    delta: float
    laws: tuple[Law, ...]
    disagreements: tuple[Disagreement, ...] = ()
    effective: tuple[Effective, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def find(self, quantity: str, condition: str) -> Law | None:
        """The law of one quantity under one condition, or None."""
        return next((x for x in self.laws if (x.quantity, x.condition) == (quantity, condition)), None)
