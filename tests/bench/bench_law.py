"""Laws tried where the truth is known: shares of right and wrong verdicts, coverage of every interval, and speed.

    python -m tests.bench.bench_law [--runs 400] [--band-runs 100] [--seed 0 ...] [--kept FOLDER] [--out FILE]

The families are those of tests/law/simulate.py: five sizes, three truths in equal shares. Several seeds are pooled.
--kept FOLDER keeps what each seed and row told, so that seeds can be run one by one. Prints and writes Markdown.
"""

import argparse
import json
import platform
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import expit, logit

from appliance.law.band import foretell, ground
from appliance.law.bootstrap import Counts, rate_draws, resample_counts, soften
from appliance.law.extrapolate import MISS_CLEAN, left_out
from appliance.law.fit import octave_scale
from appliance.law.robustness import effective, effective_robustness
from appliance.law.summary import laws
from appliance.law.types import Floats, Measured, Regime
from appliance.law.verdict import slope_weights, verdict
from tests.law.build import outcomes as run_outcomes
from tests.law.build import record
from tests.law.simulate import SIZES, TRUTHS, accuracy, outcomes, train

TARGETS: dict[tuple[int, float], tuple[int, int]] = {
    (500, 0.0): (44, 15),
    (2000, 0.0): (82, 8),
    (10_000, 0.0): (95, 5),
    (2000, 0.3): (70, 5),
    (10_000, 0.3): (85, 5),
}
"""(parts, tau pp) -> (at least right %, at most wrong %)."""

LAWFUL = "lawful"
COVERED = (0.86, 0.95)
VERDICTS = "parts | tau (pp) | right % | wrong % | undetermined % | asked: right at least, wrong at most"
CONFUSED = "parts | tau (pp) | truth | called improving % | plateau % | regressing % | undetermined %"
COVERAGE = "parts | tau (pp) | families | slope | last step | band of the law | left-out size | effective robustness"
RESAMPLES = 2000
RARE = ((0.977, 0.99, 0.995, 0.996, 0.998), (0.97, 0.98, 0.985, 0.99, 0.99), (0.95, 0.97, 0.98, 0.975, 0.97))
FAILING = "true errors, % | top three | last step | top three, plain bootstrap | last step, plain bootstrap"
BEST = (0.80, 0.85, 0.88, 0.90, 0.915, 0.92)


@dataclass(frozen=True)
class Tally:
    """What one simulated family said. None where it was not asked."""

    truth: str
    state: str
    slope: bool
    last: bool
    band: float | None = None
    told: bool | None = None
    robust: float | None = None


Tallies = dict[tuple[int, float], list[Tally]]
Task = tuple[int, float, int, int, int]
"""parts, tau pp, families of each truth, of them with bands, seed."""


def lawful(rng: np.random.Generator) -> Floats:
    """A family that follows power + floor, with exponents and floors as public families have them; ends at 92 %."""
    exponent, floor = rng.uniform(0.1, 0.5), rng.uniform(0.0, 0.6)
    falling = 2.0 ** (-exponent * np.arange(5.0))
    return 1.0 - 0.08 * ((1 - floor) * falling / falling[-1] + floor)


def truth_of(name: str, rng: np.random.Generator) -> Floats:
    """True accuracies of one family."""
    return lawful(rng) if name == LAWFUL else accuracy(Regime(name))


def shifted_truth(clean: Floats, rng: np.random.Generator) -> Floats:
    """Accuracy under a shift: near a line in logits, as published shifts are."""
    return np.asarray(expit(0.9 * logit(clean) - 0.7 + rng.normal(0.0, 0.08, clean.shape)), dtype=np.float64)


def measure(wrong: NDArray[np.bool_], counts: Counts, seed: int) -> Measured:
    """Rates and paired draws of outcomes (n, 5)."""
    parts = np.full(wrong.shape[1], float(len(wrong)))
    draws = soften(rate_draws(wrong, counts), parts, seed)
    return Measured(SIZES, np.asarray(wrong.mean(axis=0), dtype=np.float64), parts, tuple("abcde"), draws, True)


@dataclass(frozen=True)
class Case:
    """One simulated family: its design, what training made of it, and how it was measured."""

    name: str
    tau: float
    seed: int
    design: Floats
    models: Floats
    measured: Measured


def one(name: str, parts: int, tau: float, counts: Counts, seed: int) -> tuple[Case, np.random.Generator]:
    """Simulate one family."""
    rng = np.random.default_rng([seed, parts, round(10 * tau)])
    design = truth_of(name, rng)
    models = train(design, tau, rng)
    return Case(name, tau, seed, design, models, measure(outcomes(models, parts, rng), counts, seed)), rng


def ask(case: Case) -> Tally:
    """Verdict and slopes against the design."""
    m, design = case.measured, 100 * case.design
    v = verdict(m, tau=case.tau, seed=case.seed)
    c = slope_weights(m.octaves[-3:], m.variance[-3:] + (case.tau / 100) ** 2)
    three, last = float(c @ design[-3:]), float(design[-1] - design[-2])
    printed = last if v.slope is v.last else three
    return Tally(case.name, v.state.value, v.slope.span.holds(printed), v.last.span.holds(last))


def ask_curves(case: Case, counts: Counts, rng: np.random.Generator) -> Tally:
    """The same with band, left-out size and effective robustness; bands are for one more training of the design."""
    m, tau, seed = case.measured, case.tau, case.seed
    low, high = foretell(ground(m, tau), m.octaves / octave_scale(m.octaves), tau=tau, seed=seed).interval()
    again = 1.0 - train(case.design, tau, rng)
    told = left_out(m, tau=tau, miss=MISS_CLEAN, seed=seed)
    band = float(np.mean((low <= again) & (again <= high)))
    hit = told is not None and told.span.holds(float(again[-1]))
    return replace(ask(case), band=band, told=hit, robust=robust_share(case.models, counts, rng))


def robust_share(models: Floats, counts: Counts, rng: np.random.Generator) -> float | None:
    """Share of members whose true effective robustness lies in its interval; None where it was suppressed."""
    hard, parts, k = shifted_truth(models, rng), counts.shape[1], len(models)
    wrong = outcomes(np.concatenate([models, hard]), parts, rng)
    right, draws = 1 - wrong.mean(axis=0), 1 - rate_draws(wrong, counts)
    answer = effective("shift", tuple("abcde"), right[:k], right[k:], (draws[:, :k], draws[:, k:]), parts)
    true = effective_robustness(models, hard, 10**9)
    if not answer.spans:
        return None
    return float(np.mean([s.holds(float(t)) for s, t in zip(answer.spans, true, strict=True)]))


def block(task: Task, folder: Path | None) -> tuple[list[Tally], float]:
    """What the families of a task told, with the seconds of CPU that took; read from `folder` where kept there."""
    path = folder / f"{'-'.join(f'{x:g}' for x in task)}.json" if folder else None
    if path and path.exists():
        told, seconds = json.loads(path.read_text(encoding="utf-8"))
        return [Tally(**t) for t in told], seconds
    start = time.process_time()
    found = simulate(task)
    seconds = time.process_time() - start
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([[asdict(t) for t in found], seconds], default=float), encoding="utf-8")
    return found, seconds


def simulate(task: Task) -> list[Tally]:
    """All families of one (parts, tau); `seed` tells one run of the bench from another."""
    parts, tau, runs, band_runs, seed = task
    counts = resample_counts(parts, RESAMPLES, 1)
    found = []
    for k, name in enumerate((*(r.value for r in TRUTHS), LAWFUL)):
        for i in range(runs):
            case, rng = one(name, parts, tau, counts, 10_000_000 * seed + 100_000 * (k + 1) + i)
            found.append(ask_curves(case, counts, rng) if i < band_runs else ask(case))
    return found


def share(values: Iterable[float | bool | None]) -> str:
    """Mean of what was asked with its standard error, in percent."""
    asked = np.array([float(v) for v in values if v is not None])
    return f"{100 * asked.mean():.1f} ({100 * asked.std() / np.sqrt(len(asked)):.1f})" if len(asked) else "-"


def table(head: str, rows: Iterator[str]) -> list[str]:
    """A Markdown table."""
    return [f"| {head} |", "|" + " --- |" * (head.count("|") + 1), *rows]


def verdict_rows(tallies: Tallies) -> Iterator[str]:
    """Right, wrong, undetermined against the targets."""
    for (parts, tau), every in tallies.items():
        found = [t for t in every if t.truth != LAWFUL]
        right = share(t.state == t.truth for t in found)
        wrong = share(t.state not in {t.truth, Regime.UNDETERMINED} for t in found)
        unsaid = share(t.state == Regime.UNDETERMINED for t in found)
        target = TARGETS.get((parts, tau))
        asked = f"{target[0]}, {target[1]}" if target else "-"
        yield f"| {parts:,} | {tau:g} | {right} | {wrong} | {unsaid} | {asked} |"


def confusion_rows(tallies: Tallies) -> Iterator[str]:
    """What each truth was called, in percent: where the wrong verdicts come from."""
    for (parts, tau), every in tallies.items():
        for truth in TRUTHS:
            said = [t.state for t in every if t.truth == truth]
            cells = " | ".join(f"{100 * np.mean([s == state for s in said]):.1f}" for state in Regime)
            yield f"| {parts:,} | {tau:g} | {truth.value} | {cells} |"


def coverage_rows(tallies: Tallies) -> Iterator[str]:
    """How often each 90 % interval holds the truth."""
    for (parts, tau), every in tallies.items():
        for label in ("three truths", LAWFUL):
            found = [t for t in every if (t.truth == LAWFUL) == (label == LAWFUL)]
            cells = [share(getattr(t, k) for t in found) for k in ("slope", "last", "band", "told", "robust")]
            yield f"| {parts:,} | {tau:g} | {label} | {' | '.join(cells)} |"


def outside(tallies: Tallies) -> Iterator[str]:
    """Everything in the two tables that is not as asked, with its standard error."""
    for (parts, tau), every in tallies.items():
        row = f"{parts:,} parts, tau {tau:g}"
        yield from (
            f"- {row}: {x}" for x in (*_verdicts_outside(every, TARGETS.get((parts, tau))), *_covers_outside(every))
        )


def _verdicts_outside(every: list[Tally], target: tuple[int, int] | None) -> Iterator[str]:
    found = [t for t in every if t.truth != LAWFUL]
    if target is None:
        return
    right = float(np.mean([t.state == t.truth for t in found]))
    wrong = float(np.mean([t.state not in {t.truth, Regime.UNDETERMINED} for t in found]))
    for label, value, missed in (("right", right, right < target[0] / 100), ("wrong", wrong, wrong > target[1] / 100)):
        if missed:
            error = np.sqrt(value * (1 - value) / len(found))
            yield f"{100 * value:.1f} % {label} (standard error {100 * error:.1f}), asked {target[label == 'wrong']}"


def _covers_outside(every: list[Tally]) -> Iterator[str]:
    for label in ("three truths", LAWFUL):
        found = [t for t in every if (t.truth == LAWFUL) == (label == LAWFUL)]
        for key in ("slope", "last", "band", "told", "robust"):
            hits = np.array([float(v) for t in found if (v := getattr(t, key)) is not None])
            if len(hits) and not COVERED[0] <= hits.mean() <= COVERED[1]:
                error = hits.std() / np.sqrt(len(hits))
                yield f"{label}, {key} covers {100 * hits.mean():.1f} % (standard error {100 * error:.1f})"


def rare_rows(runs: int) -> Iterator[str]:
    """Coverage of the slopes where failures are rare, 480 parts, tau 0; the plain bootstrap beside ours."""
    counts = resample_counts(480, RESAMPLES, 1)
    for truth in RARE:
        hits = [rare(np.array(truth), counts, seed) for seed in range(runs)]
        errors = ", ".join(f"{100 * (1 - a):.1f}" for a in truth)
        yield f"| {errors} | " + " | ".join(share(column) for column in zip(*hits, strict=True)) + " |"


def rare(truth: Floats, counts: Counts, seed: int) -> tuple[bool, bool, bool, bool]:
    """Whether the slopes (top three, last step) hold the truth: ours, then by the plain bootstrap."""
    wrong = outcomes(truth, counts.shape[1], np.random.default_rng([77, seed]))
    ours = measure(wrong, counts, seed)
    plain = replace(ours, draws=rate_draws(wrong, counts) + 1e-9 * np.arange(5))
    found = []
    for m in (ours, plain):
        v, c = verdict(m, tau=0.0, seed=seed), slope_weights(m.octaves[-3:], m.variance[-3:])
        found += [
            v.three.span.holds(float(100 * c @ truth[-3:])),
            v.last.span.holds(float(100 * (truth[-1] - truth[-2]))),
        ]
    return found[0], found[1], found[2], found[3]


def speed() -> str:
    """Seconds of one core for the laws of 6 members x 60 conditions x 480 parts with 2000 resamples."""
    run = record(60)
    read = run_outcomes(run, lambda i, j: BEST[i] - 0.002 * j)
    cpu, wall = time.process_time(), time.perf_counter()
    found = laws(run, read)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return (
        f"6 members, 60 conditions, 480 parts: {len(found.laws)} laws in {cpu:.1f} s of CPU, {wall:.1f} s by the clock."
    )


def page(tallies: Tallies, options: argparse.Namespace, seconds: float) -> list[str]:
    """The record in Markdown."""
    runs, band_runs, seeds = options.runs, options.band_runs, options.seed
    seed = " ".join(map(str, seeds))
    command = f"python -m tests.bench.bench_law --runs {runs} --band-runs {band_runs} --seed {seed}"
    runs, band_runs = runs * len(seeds), band_runs * len(seeds)
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    return [
        "# Laws tried in simulation",
        "",
        f"`{command}`; {versions}; 2-core x86-64.",
        f"{runs} families of each truth and row ({band_runs} for bands), {RESAMPLES} resamples.",
        f"{seconds:.0f} s of CPU. In brackets: standard errors.",
        "Families: five sizes as in `tests/law/simulate.py`; `lawful` ones follow power + floor.",
        "",
        "## Verdicts: three truths in equal shares",
        "",
        *table(VERDICTS, verdict_rows(tallies)),
        "",
        "## What each truth was called",
        "",
        *table(CONFUSED, confusion_rows(tallies)),
        "",
        "## Coverage of the 90 % intervals, in percent (86 to 95 asked)",
        "",
        *table(COVERAGE, coverage_rows(tallies)),
        "",
        "## Outside what is asked, in the two tables above",
        "",
        *(list(outside(tallies)) or ["nothing"]),
        "",
        "## Coverage where failures are rare: 480 parts, in percent",
        "",
        *table(FAILING, rare_rows(options.runs)),
        "",
        "## Speed",
        "",
        speed(),
        "",
    ]


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--band-runs", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = [(parts, tau) for parts in (10_000, 2000, 500) for tau in (0.0, 0.3)]
    tasks: list[Task] = [(*row, options.runs, options.band_runs, seed) for row in rows for seed in options.seed]
    with ProcessPoolExecutor(options.jobs) as pool:
        found = list(pool.map(block, tasks, [options.kept] * len(tasks)))
    tallies: Tallies = {row: [] for row in sorted(rows)}
    for task, (told, _) in zip(tasks, found, strict=True):
        tallies[task[:2]] += told
    text = "\n".join(page(tallies, options, sum(seconds for _, seconds in found)))
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
