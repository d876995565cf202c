"""How long a control chart runs before it alarms, by Markov chain: its false-alarm run length and its delay.

All charts are two-sided unless named one-sided, of independent standard normal readings (sd 1), and start at 0.
Sources: Brook and Evans 1972; Lucas and Saccucci 1990; Reynolds and Stoumbos 1999 (Bernoulli CUSUM).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

STATES = 401
"""States of the chain: figures are then within 0.1 of their limit."""

WIDEST = 8.0
"""No control limit is wider, in standard deviations of what is charted."""


@lru_cache(maxsize=256)
def ewma_run_length(weight: float, width: float, shift: float = 0.0) -> float:
    """Mean readings to an alarm of an EWMA with steady limits at `width` of its own standard deviations.

    weight: of the newest reading, 0..1; shift: of the readings' mean, in their standard deviations. Without a shift
    this is the mean run length between false alarms: 499.7 for (0.2, 2.962).
    """
    limit = width * ewma_sd(weight)
    step = 2 * limit / STATES
    at = -limit + step * (np.arange(STATES) + 0.5)
    reach = (at[None, :] - (1 - weight) * at[:, None]) / weight - shift
    return _mean_steps(ndtr(reach + step / 2 / weight) - ndtr(reach - step / 2 / weight), STATES // 2)


@lru_cache(maxsize=256)
def cusum_run_length(reference: float, limit: float, shift: float = 0.0) -> float:
    """Mean readings to an alarm of two CUSUMs, upward and downward; (0.5, 5): 465.4 without a shift, 10.4 with 1 sd.

    reference: taken off each reading; limit: the sum that alarms; both in standard deviations of the readings. The
    two sides never alarm together, so that the rates of their alarms add up.
    """
    up, down = (one_sided_cusum(reference, limit, s) for s in (shift, -shift))
    return 1.0 / (1.0 / up + 1.0 / down)


@lru_cache(maxsize=256)
def one_sided_cusum(reference: float, limit: float, shift: float = 0.0) -> float:
    """Mean readings to an alarm of one upward CUSUM."""
    step = 2 * limit / (2 * STATES - 1)
    state = np.arange(STATES)
    gap = (state[None, :] - state[:, None]) * step + reference - shift
    moves = ndtr(gap + step / 2) - ndtr(gap - step / 2)
    moves[:, 0] = ndtr(gap[:, 0] + step / 2)
    return _mean_steps(moves, 0)


def bernoulli_run_length(step: float, limit: float, share: float) -> float:
    """Mean flags to an alarm of a Bernoulli CUSUM: B = max(0, B + flag - step), alarm where B > limit.

    share: of flags that are set, 0..1. Exact where 1 / step is whole, since B then moves on a grid of `step`.
    """
    per = round(1.0 / step)
    states = math.floor(limit * per + 1e-9) + 1
    moves = np.zeros((states, states))
    for state in range(states):
        moves[state, max(state - 1, 0)] += 1.0 - share
        if state + per - 1 < states:
            moves[state, state + per - 1] += share
    return _mean_steps(moves, 0)


def ewma_sd(weight: float) -> float:
    """Standard deviation of an EWMA of standard normal readings, once it is steady."""
    return math.sqrt(weight / (2.0 - weight))


def ewma_width(weight: float, run_length: float) -> float:
    """The control limit, in the EWMA's standard deviations, that gives a false-alarm run length."""
    return float(brentq(lambda width: math.log(ewma_run_length(weight, width) / run_length), 0.5, WIDEST, xtol=1e-6))


def cusum_limit(reference: float, run_length: float) -> float:
    """The limit of two CUSUMs that gives a false-alarm run length."""
    return float(brentq(lambda limit: math.log(cusum_run_length(reference, limit) / run_length), 0.1, 40.0, xtol=1e-6))


def _mean_steps(moves: NDArray[np.float64], start: int) -> float:
    """Mean steps until the chain leaves its states. moves: (s, s) chances of going from row to column."""
    size = len(moves)
    return float(np.linalg.solve(np.eye(size) - moves, np.ones(size))[start])
