"""From one run in the log to its laws: paired over the parts, one law per condition, and where verdicts disagree."""

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.language.tongue import filled, mark, speaking, spoken
from appliance.law.axis import axis_values
from appliance.law.bootstrap import RESAMPLES, Counts, rate_draws, resample_counts, soften
from appliance.law.quantity import USUAL, Curves, Setting, law_of
from appliance.law.robustness import effective
from appliance.law.types import Disagreement, Effective, Floats, Law, LawReport, Measured, Regime, Verdict
from appliance.log.types import Outcomes, RunRecord
from appliance.workers import die_with_parent, handed_over, in_order, taken_over

CLEAN, MEAN = "clean", "mean"
_FEW_UNITS = 20
_WORTH_SHARING = 24  # conditions from which processes pay for their start
Wrong = NDArray[np.float32]
"""Failures of the parts at the members, (n, m) 0..1; NaN where a part was not scored."""


@dataclass(frozen=True)
class _Plan:
    axis: str
    setting: Setting
    resamples: int
    curves: bool
    known: Mapping[tuple[str, str], Curves]


@dataclass(frozen=True)
class _Run:
    """What every law of a run shares. decided: per condition (n, m) NG decisions 0..1, NaN where not scored."""

    names: tuple[str, ...]
    sizes: Floats
    truth: NDArray[np.bool_]  # (n,) NG parts
    counts: Counts  # (B, n)
    decided: dict[str, Wrong]
    plan: _Plan

    def wrong(self, condition: str) -> Wrong:
        """Wrong decisions under a condition."""
        return self.of(self.decided[condition], self.truth[:, None].astype(np.float32))

    @staticmethod
    def of(decided: Wrong, against: Wrong) -> Wrong:
        """1 where two decisions differ, NaN where either is missing."""
        return np.where(np.isnan(decided) | np.isnan(against), np.nan, decided != against).astype(np.float32)

    def mean(self, rows: Callable[[str], Wrong]) -> Wrong:
        """Mean over all conditions but clean, per part and member; a condition counts only where it was scored."""
        stack = np.stack([rows(c) for c in self.decided if c != CLEAN])
        scored = np.isfinite(stack).sum(axis=0)
        total = np.where(np.isfinite(stack), stack, 0.0).sum(axis=0)
        return np.where(scored > 0, total / np.maximum(scored, 1), np.nan).astype(np.float32)


def laws(  # noqa: PLR0913 - what is asked of a run, each with a usual answer
    record: RunRecord,
    outcomes: Callable[[str, str], Outcomes],
    axis: str = "macs",
    *,
    setting: Setting = USUAL,
    prices: Mapping[str, float] | None = None,
    resamples: int = RESAMPLES,
    curves: bool = True,
    known: Mapping[tuple[str, str], Curves] | None = None,
    workers: int = 1,
) -> LawReport:
    """All laws of one run: error clean, per condition and in the mean; mean drop, flips and escapes.

    outcomes(member, condition) reads one cell. The same parts (or groups) are resampled everywhere. Raises UsageError
    for an unknown axis or one without values, InputRefused where the run has no clean cell. `curves` False gives
    verdicts, onset and value alone; `known` are curves fitted before, by quantity and condition. `workers` processes
    share the conditions where none is known; the laws are the same for any number.
    """
    sizes, unit, left_out = axis_values(record, axis, prices)
    run = _gather(record, outcomes, sizes, _Plan(axis, setting, resamples, curves, known or {}))
    found = _laws(run, 1 if known else workers)
    notes = (*left_out, *_run_notes(run, record))
    return LawReport(axis, unit, setting.delta, found, disagreements(found), _robustness(run), notes)


def _gather(record: RunRecord, outcomes: Callable[[str, str], Outcomes], sizes: dict[str, float], plan: _Plan) -> _Run:
    done = set(record.cells)
    order = {m.name: sizes[m.name] for m in record.members if m.name in sizes and (m.name, CLEAN) in done}
    names = tuple(sorted(order, key=lambda n: order[n]))
    if not names:
        raise InputRefused("no member has a finished clean cell", mend="run inspect-eval audit")
    conditions = [CLEAN, *(c.key for c in record.conditions if c.key != CLEAN)]
    decided = {c: _decisions(c, names, done, outcomes, len(record.parts)) for c in conditions}
    decided = {c: d for c, d in decided.items() if np.isfinite(d).any()}
    if CLEAN not in decided:
        raise InputRefused("no part was scored on clean pictures", mend="look at the warnings of the run")
    units, index = _units(record)
    counts = resample_counts(units, plan.resamples, plan.setting.seed)
    counts = counts if units == len(index) else counts[:, index]
    truth = np.array([p.ng for p in record.parts], dtype=bool)
    return _Run(names, np.array([order[n] for n in names]), truth, counts, decided, plan)


def _decisions(
    condition: str,
    names: tuple[str, ...],
    done: set[tuple[str, str]],
    outcomes: Callable[[str, str], Outcomes],
    parts: int,
) -> Wrong:
    table = np.full((parts, len(names)), np.nan, dtype=np.float32)
    for column, name in enumerate(names):
        if (name, condition) in done:
            cell = outcomes(name, condition)
            table[:, column] = np.where(np.isfinite(cell.score), cell.ng, np.nan)
    return table


def _units(record: RunRecord) -> tuple[int, NDArray[np.intp]]:
    """What is resampled: groups where parts have them, else parts; (units, unit of each part)."""
    keys = [p.group or f"\0{i}" for i, p in enumerate(record.parts)]
    _, index = np.unique(np.array(keys), return_inverse=True)
    return int(index.max()) + 1 if len(keys) else 0, np.asarray(index.ravel(), dtype=np.intp)


def _measured(run: _Run, wrong: Wrong, keep: NDArray[np.bool_] | None = None) -> Measured | None:
    """Rates and draws of the members that were scored; None where none was. keep: (n,) parts that count."""
    rows = slice(None) if keep is None else keep
    table, counts = wrong[rows], run.counts[:, rows]
    columns = np.flatnonzero(np.isfinite(table).any(axis=0))
    table = table[:, columns]
    whole = np.isfinite(table).all(axis=1)
    if not len(columns) or not whole.any():
        return None
    parts = np.full(len(columns), float(whole.sum()))
    draws = soften(rate_draws(table, counts), parts, run.plan.setting.seed)
    errors = table[whole].mean(axis=0, dtype=np.float64)
    return Measured(run.sizes[columns], errors, parts, tuple(run.names[i] for i in columns), draws, paired=True)


def _law(run: _Run, m: Measured | None, quantity: str, condition: str) -> list[Law]:
    plan = run.plan
    if m is None:
        return []
    known = plan.known.get((quantity, condition))
    return [
        law_of(
            m,
            quantity=quantity,
            condition=condition,
            axis=plan.axis,
            setting=plan.setting,
            curves=plan.curves,
            known=known,
        )
    ]


def _laws(run: _Run, workers: int) -> tuple[Law, ...]:
    found = [x for rows in _under_each(run, workers) for x in rows]
    found += _law(run, _measured(run, run.wrong(CLEAN), run.truth), "escape", CLEAN)
    if len(run.decided) > 1:
        found += _over_conditions(run)
    return tuple(found)


def _under_each(run: _Run, workers: int) -> list[list[Law]]:
    """The law of error under each condition, in their order."""
    if workers < 2 or len(run.decided) < _WORTH_SHARING:
        return [_under(run, condition) for condition in run.decided]
    context = multiprocessing.get_context("spawn")
    try:
        said = (run, spoken().language)
        with handed_over(said) as file, ProcessPoolExecutor(workers, context, _take_run, (file,)) as pool:
            return list(in_order(pool, _under_shared, list(run.decided)))
    except BrokenProcessPool:  # a worker was killed, by the kernel for memory or by hand: one process needs less
        return [_under(run, condition) for condition in run.decided]


def _under(run: _Run, condition: str) -> list[Law]:
    return _law(run, _measured(run, run.wrong(condition)), "error", condition)


_shared: list[tuple[_Run, str]] = []  # of a worker process: the run whose laws it computes, and in which language


def _take_run(file: str) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a stop is the parent's business
    _shared[:] = [taken_over(file)]


def _under_shared(condition: str) -> list[Law]:
    run, language = _shared[0]
    with speaking(language):
        return _under(run, condition)


def _over_conditions(run: _Run) -> list[Law]:
    wrong = run.mean(run.wrong)
    flips = run.mean(lambda c: run.of(run.decided[c], run.decided[CLEAN]))
    found = _law(run, _measured(run, wrong), "error", MEAN)
    found += _law(run, _drop(run, wrong), "drop", MEAN)
    found += _law(run, _measured(run, flips), "flip", MEAN)
    return found + _law(run, _measured(run, wrong, run.truth), "escape", MEAN)


def _drop(run: _Run, wrong: Wrong) -> Measured | None:
    """Mean error under perturbation less clean error, on the same resamples."""
    clean = run.wrong(CLEAN)
    both = np.where(np.isnan(wrong) | np.isnan(clean), np.nan, 1.0)
    perturbed, still = _measured(run, wrong * both), _measured(run, clean * both)
    if perturbed is None or still is None or perturbed.draws is None or still.draws is None:
        return None
    draws = perturbed.draws - still.draws
    return Measured(perturbed.sizes, perturbed.errors - still.errors, perturbed.parts, perturbed.names, draws, True)


def disagreements(found: tuple[Law, ...]) -> tuple[Disagreement, ...]:
    """Conditions whose error has another regime than clean error, both being determined."""
    errors = [x for x in found if x.quantity == "error"]
    clean = next((x for x in errors if x.condition == CLEAN), None)
    if clean is None:
        return ()
    rest = [x for x in errors if x is not clean]
    design = [_differ(x.condition, "the next training", clean.verdict, x.verdict) for x in rest]
    models = [_differ(x.condition, "these models", clean.models, x.models) for x in rest]
    return tuple(d for pair in zip(models, design, strict=True) for d in pair if d)


def _differ(condition: str, whom: str, clean: Verdict | None, other: Verdict | None) -> Disagreement | None:
    if clean is None or other is None or clean.state is other.state:
        return None
    if Regime.UNDETERMINED in {clean.state, other.state}:
        return None
    return Disagreement(condition, whom, clean.state, other.state, clean.slope, other.slope)


def _robustness(run: _Run) -> tuple[Effective, ...]:
    clean = _measured(run, run.wrong(CLEAN))
    answers = []
    for condition in run.decided:
        shifted = _measured(run, run.wrong(condition)) if condition != CLEAN else None
        if clean is not None and shifted is not None and shifted.names == clean.names:
            answers.append(_effective(condition, clean, shifted))
    return tuple(answers)


def _effective(condition: str, clean: Measured, shifted: Measured) -> Effective:
    draws = (1.0 - _draws(clean), 1.0 - _draws(shifted))
    return effective(condition, clean.names, 1.0 - clean.errors, 1.0 - shifted.errors, draws, int(clean.parts[0]))


def _draws(m: Measured) -> Floats:
    return m.errors[None] if m.draws is None else m.draws


GROUPS = mark("only {count} groups: intervals are likely too narrow")
PARTS = mark("only {count} parts: intervals are likely too narrow")


def _run_notes(run: _Run, record: RunRecord) -> tuple[str, ...]:
    notes: list[str] = []
    units, _ = _units(record)
    if units < _FEW_UNITS:
        what = GROUPS if any(p.group for p in record.parts) else PARTS
        notes.append(filled(what, count=units))
    if not run.truth.any():
        notes.append(mark("no NG parts: nothing can be said of escapes"))
    if len(run.decided) == 1:
        notes.append(mark("clean cells only: nothing can be said of drops, flips or robustness"))
    short = [c for c, d in run.decided.items() if np.isnan(d).all(axis=0).any()]
    if short:
        notes.append(filled("a member gave nothing under {conditions}: left out there", conditions=", ".join(short)))
    gone = [c.key for c in record.conditions if c.key not in run.decided]
    if gone:
        notes.append(filled("no cell was finished under {conditions}", conditions=", ".join(gone)))
    return tuple(notes)
