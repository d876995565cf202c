"""The task seam: how a member's raw output becomes an outcome per part."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from models.types import Card


class Task(Protocol):
    """Turns raw outputs into NG scores and decisions."""

    name: str

    def outcomes(self, raw: NDArray[np.float32], card: Card) -> Outcomes:
        """Decode one batch.

        raw: (n, ...) float32. Returns scores (n,), decisions (n,) and, for more than two classes, classes (n,).
        A part whose output is not finite gets a NaN score (it counts as not scored).
        Raises InputRefused where the output does not fit the task.
        """
