"""`python -m tests.advice.gates`: how often a gate errs, and how many parts it takes beside a test of fixed size.

Writes the table of tests/records/gates.md. The fixed test is the smallest number of parts (one-sided Clopper-Pearson
at 5 %) that passes four times in five at the rate in question; it may be looked at once.
"""

import numpy as np
from scipy.stats import binom

from appliance.advice.sequential import stopping
from appliance.score.intervals import parts_needed

LIMITS = (0.005, 0.02, 0.05, 0.3)
SHARES = (0.1, 0.25, 0.5)


def fixed(limit: float, rate: float) -> int:
    """Parts of the fixed test."""
    return next(n for k in range(500) if binom.cdf(k, n := parts_needed(limit, k), rate) >= 0.8)


def main() -> None:
    """Print the table."""
    print("| limit | true rate | fixed test | half end by | four in five by | mean saving |")
    print("| --- | --- | --- | --- | --- | --- |")
    for limit in LIMITS:
        for share in SHARES:
            ends, n = stopping(share * limit, limit), fixed(limit, share * limit)
            most = np.quantile(ends, 0.8)
            saved = 1.0 - np.minimum(ends, n).mean() / n
            print(f"| {limit:.1%} | {share * limit:.3%} | {n} | {np.median(ends):.0f} | {most:.0f} | {saved:.0%} |")
    for limit in LIMITS:
        print(f"passed at the limit of {limit:.1%} itself: {np.isfinite(stopping(limit, limit)).mean():.1%}")


if __name__ == "__main__":
    main()
