"""A run of flags (rejected or not) watched one by one: the Bernoulli CUSUM, which sees a share rise without waiting.

Source: Reynolds and Stoumbos 1999. Its run lengths are exact, by Markov chain (`runlength`).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from appliance.watch.runlength import bernoulli_run_length

LARGEST = 2000
"""States of the chain at most."""


@dataclass(frozen=True)
class FlagChart:
    """What is watched: a rise of the share of set flags from `usual` to `raised` (0..1).

    Each flag adds 1 where it is set and takes off `step`; an alarm is a sum over `limit`. `false_alarm`: mean flags
    to an alarm at the usual share; `delay`: at the raised one.
    """

    usual: float
    raised: float
    step: float
    limit: float
    false_alarm: float
    delay: float

    def follow(self, flags: Iterable[bool], start: float = 0.0) -> tuple[float, bool]:
        """The sum after the flags, from `start`, and whether it was over the limit at any of them."""
        total, alarm = start, False
        for flag in flags:
            total = min(max(0.0, total + float(flag) - self.step), 2 * self.limit)
            alarm = alarm or total > self.limit + 1e-9
        return total, alarm


@lru_cache(maxsize=32)
def flag_chart(usual: float, raised: float, false_alarm: float) -> FlagChart:
    """A chart for a rise from `usual` to `raised` with a false alarm in at least so many flags, on average.

    Raises ValueError where 0 < usual < raised < 1 does not hold.
    """
    if not 0 < usual < raised < 1:
        raise ValueError(f"a rise from {usual} to {raised} is none")
    per = max(round(1.0 / _step(usual, raised)), 2)
    step = 1.0 / per
    states = _least_limit(per, usual, false_alarm)
    limit = states / per
    return FlagChart(
        usual,
        raised,
        step,
        limit,
        bernoulli_run_length(step, limit, usual),
        bernoulli_run_length(step, limit, raised),
    )


def _step(usual: float, raised: float) -> float:
    """What a flag is worth under no rise: the ratio of the two log-likelihood ratios."""
    none = -math.log((1 - raised) / (1 - usual))
    one = math.log(raised * (1 - usual) / (usual * (1 - raised)))
    return none / one


def _least_limit(per: int, share: float, false_alarm: float) -> int:
    """The smallest limit, in steps, that alarms as seldom as asked for; the chain is solved a few times only."""

    def enough(states: int) -> bool:
        return bernoulli_run_length(1.0 / per, states / per, share) >= false_alarm

    high = per
    while high < LARGEST and not enough(high):
        high *= 2
    low, high = high // 2, min(high, LARGEST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
