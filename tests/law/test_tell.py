"""Plain lines: everything a person needs, one thought a line."""

from io import StringIO

import numpy as np
from rich.console import Console

from appliance.law.bootstrap import binomial_draws
from appliance.law.quantity import Setting, law_of
from appliance.law.summary import laws
from appliance.law.tell import effective_lines, law_lines, lead, verdict_lines
from appliance.law.types import LawReport, Measured
from appliance.report.terminal_law import disagreement_lines, print_law, print_laws
from tests.law.build import outcomes, record


def test_a_law_in_lines() -> None:
    e, n = np.array([0.30, 0.267, 0.239, 0.226, 0.217]), np.full(5, 50_000.0)
    m = Measured(np.array([11.69, 21.8, 25.56, 44.55, 60.19]), e, n, tuple("abcde"), binomial_draws(e, n, 500))
    said = "\n".join(law_lines(law_of(m, axis="params")))
    for piece in (
        "improving for these models",
        "improving for the next training",
        "power (weight",
        "e foretold without it",
    ):
        assert piece in said
    assert "undetermined" in said  # the floor of five sizes is not identified
    assert "best buy" in said
    assert "nan" not in said


def open_family() -> Measured:
    """Between a plateau and a gain that matters."""
    e, n = np.array([0.100, 0.094, 0.090]), np.full(3, 400.0)
    return Measured(np.array([1.0, 2.0, 4.0]), e, n, ("a", "b", "c"), binomial_draws(e, n))


def test_the_answer_comes_first_and_short() -> None:
    e, n = np.array([0.30, 0.267, 0.239]), np.full(3, 50_000.0)
    law = law_of(Measured(np.array([1.0, 2.0, 4.0]), e, n, tuple("abc"), binomial_draws(e, n, 500)))
    assert law_lines(law)[1].strip() == "For these models and for the next training a larger size still pays."
    unknown = law_of(Measured(np.array([1.0, 2.0, 4.0]), e, np.full(3, np.nan), tuple("abc")))
    assert lead(unknown) == "For the next training a larger size still pays."


def test_what_would_settle_it_stands_on_a_line_of_its_own() -> None:
    lines = verdict_lines(law_of(open_family()))
    assert lines[0].startswith("undetermined for these models")
    assert "parts would settle" not in lines[0]
    assert lines[1].startswith("about ")
    assert "parts would settle" in law_of(open_family()).verdict.sentence  # the document keeps it in one


def test_the_same_verdict_is_not_said_twice() -> None:
    lines = verdict_lines(law_of(open_family(), setting=Setting(tau_clean=0.0)))
    assert len(lines) == 2


def disputed() -> LawReport:
    """Clean parts improve; under the one condition the largest size falls."""
    run = record(1, 2000)
    clean, late = (0.80, 0.85, 0.88, 0.90, 0.915, 0.94), (0.70, 0.75, 0.78, 0.80, 0.90, 0.87)
    return laws(run, outcomes(run, lambda i, j: late[i] if j else clean[i]), resamples=400, curves=False)


def test_disagreements_say_of_whom_and_over_which_sizes() -> None:
    lines = disagreement_lines(disputed())
    models = next(i for i, x in enumerate(lines) if x.startswith("For these models, the sizes as exported"))
    assert "clean parts say improving" in lines[models]
    assert "over l, xl, xxl" in lines[models]
    assert lines[models + 1].startswith("  defocus@1: regressing, -")
    assert lines[models + 1].endswith("over xl, xxl")
    assert "Judged over the top three sizes, or over the last two" in lines[-1]


def test_a_run_begins_with_its_answer_and_stars_the_last_two_sizes() -> None:
    out = StringIO()
    print_laws(disputed(), Console(file=out, width=200))
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Clean parts: for these models")
    assert lines[1] == "Under 1 conditions, these models: regressing 1."
    row = next(x for x in lines if x.startswith("accuracy ") and "defocus@1" in x)
    assert " *" in row
    clean = next(x for x in lines if x.startswith("accuracy ") and "clean" in x)
    assert " *" not in clean


def test_wrapped_lines_keep_their_margin() -> None:
    out = StringIO()
    print_law(law_of(open_family()), Console(file=out, width=60))
    lines = out.getvalue().splitlines()
    assert all(x.startswith("  ") for x in lines[1:])
    assert not any(x.endswith(" ") for x in lines)


def test_thin_data_in_lines() -> None:
    m = Measured(np.array([1.0, 2.0]), np.array([0.2, 0.1]), np.full(2, np.nan), ("a", "b"))
    said = "\n".join(law_lines(law_of(m)))
    assert "add 1" in said
    assert "no number of parts" in said


def test_effective_robustness_in_lines() -> None:
    run = record(2, 1500)
    clean = (0.80, 0.85, 0.88, 0.90, 0.915, 0.92)
    read = outcomes(run, lambda i, j: clean[i] - 0.05 * j)
    lines = effective_lines(laws(run, read, resamples=300, curves=False))
    told = [x for x in lines if "R2" in x]
    assert told
    assert all(x.count(" pp") == 6 for x in told)
    assert all("\n" not in x and "nan" not in x for x in lines)


def test_the_example_of_the_package() -> None:
    errors, parts = np.array([0.12, 0.10, 0.09]), np.full(3, 20_000.0)
    m = Measured(np.array([1e6, 4e6, 16e6]), errors, parts, ("s", "m", "l"), binomial_draws(errors, parts))
    assert "improving for these models" in "\n".join(law_lines(law_of(m)))
