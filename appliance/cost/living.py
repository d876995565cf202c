"""Trials that stay open, each in a process of its own, and take turns: what is compared is made seconds apart."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psutil

from appliance.cost.fresh import Apart
from appliance.cost.job import Refused
from appliance.cost.trial import Ready, Trial, Tried

ROOM = 2.0  # times the largest process so far that has to be free for another
ALWAYS = 2  # are opened whatever is free
NO_ROOM = "there is no memory left to hold it beside the others"


@contextmanager
def living(trials: Sequence[Trial]) -> Iterator[Callable[[Trial], Tried | Refused]]:
    """What is given makes a turn of one of `trials`, for its seconds.

    They are opened in their order; those for which no memory is left are refused.
    """
    with ExitStack() as stack:
        there: dict[Trial, Apart[Trial, float, Tried]] = {}
        largest = 0
        for trial in trials:
            if len(there) < ALWAYS or psutil.virtual_memory().available > ROOM * largest:
                there[trial] = apart = stack.enter_context(Apart[Trial, float, Tried](trial, _ready))
                apart.ask(0.0)  # open when it has answered; a refusal is told when its turn comes
                largest = max(largest, apart.resident())

        def turn(trial: Trial) -> Tried | Refused:
            return there[trial].ask(trial.seconds) if trial in there else Refused(NO_ROOM)

        yield turn


def _ready(trial: Trial) -> Callable[[float], Tried]:
    return Ready(trial).turn
