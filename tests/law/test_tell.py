"""Plain lines: everything a person needs, one thought a line."""

import numpy as np

from appliance.law.bootstrap import binomial_draws
from appliance.law.quantity import law_of
from appliance.law.summary import laws
from appliance.law.tell import effective_lines, law_lines
from appliance.law.types import Measured
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
