"""What scoring produces: small frozen values that the terminal, the report, JSON and the log all read.

Fractions are 0..1; drops and differences are in percentage points (pp), positive = worse, unless a name says otherwise.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided interval (95 % unless `level` says otherwise)."""

    estimate: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True)
class Rate:
    """`k` of `n` with two-sided 95 % Clopper-Pearson bounds and the one-sided 95 % upper bound.

    Where parts come in groups the bounds are Clopper-Pearson's at the `n_eff` independent parts that they are worth.
    With n = 0 the estimate is NaN and the bounds are 0 and 1.
    """

    k: int
    n: int
    low: float
    high: float
    upper: float
    n_eff: float

    @property
    def estimate(self) -> float:
        """k / n."""
        return self.k / self.n if self.n else float("nan")


@dataclass(frozen=True)
class Drift:
    """How a cell moved against its member's clean cell on the same parts (METHODS section 2).

    Shifts are of the NG score, in logits where a logit exists: `mean_shift` and `p95_shift` of its absolute value,
    `signed_shift` its mean, positive towards NG. `drop` in pp; `relative_drop` is the drop over the clean accuracy.
    """

    flip_rate: Rate
    ok_to_ng: int
    ng_to_ok: int
    mean_shift: float
    p95_shift: float
    wasserstein: float
    drop: Interval
    relative_drop: float
    mcnemar_p: float
    holm_p: float | None = None
    signed_shift: float = float("nan")


@dataclass(frozen=True)
class CellScore:
    """Decision metrics of one (member, condition) on the parts that were scored."""

    member: str
    condition: str
    ok: int
    ng: int
    accuracy: Rate
    balanced_accuracy: float
    escape: Rate
    overkill: Rate
    auroc: float
    average_precision: float
    f1: float
    ece: float
    drift: Drift | None = None
    per_class_recall: dict[str, Rate] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()


class LimitState(StrEnum):
    """How a limit stands: its bound within it (holds), its rate over it (breached), or only its bound over it.

    The last is no breach that anybody saw, but the limit is not shown to hold either.
    """

    HOLDS = "holds"
    BREACHED = "breached"
    NOT_PROVABLE = "not provable"


@dataclass(frozen=True)
class LimitVerdict:
    """One limit on one cell, judged on the one-sided 95 % upper bound; `observed` is the rate itself."""

    member: str
    condition: str
    limit: str
    allowed: float
    upper: float
    state: LimitState
    binding: bool
    parts_needed: int | None = None
    observed: float = float("nan")


class EnvelopeState(StrEnum):
    """Where the upper bound first crosses the limit."""

    REACHED = "reached"
    NOT_REACHED = "not reached within the tested range"
    ALREADY_AT_CLEAN = "limit already crossed at the neutral severity"
    NOT_PROVABLE = "too few parts to prove the limit"


@dataclass(frozen=True)
class Envelope:
    """The largest severity of one perturbation at which one limit still holds for one member."""

    member: str
    perturbation: str
    unit: str
    limit: str
    state: EnvelopeState
    severity: float | None
    neutral: float
    tested: tuple[float, ...]
    parts_needed: int | None = None


@dataclass(frozen=True)
class Pair:
    """Two members on the same parts under one condition; difference = accuracy(b) - accuracy(a) in pp.

    `condition` is `all` for the mean over every condition but clean: the counts are then sums over the conditions, and
    `mcnemar_p` is of random swaps of whole parts, since one part's conditions are not independent.
    """

    a: str
    b: str
    condition: str
    difference: Interval
    only_a_right: int
    only_b_right: int
    mcnemar_p: float
    holm_p: float


@dataclass(frozen=True)
class MemberScore:
    """One member over the whole audit. Drops in pp; mCE with the smallest member as reference (1.0 = equal)."""

    name: str
    params: int
    macs: int
    clean: CellScore
    mean_accuracy: Interval
    mean_drop: Interval
    worst_condition: str
    worst_accuracy: float
    flip_rate: Interval
    mce: float
    relative_mce: float
    area: dict[str, float] = field(default_factory=dict)
