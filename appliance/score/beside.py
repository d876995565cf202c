"""What a run holds beside its grid, as scoring takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.log import seen
from appliance.log.log import Log
from appliance.log.types import Outcomes


@dataclass(frozen=True)
class Beside:
    """Sight of the defects by condition, (parts, 2) each, and the repeated shots by member."""

    sights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    shots: Mapping[str, Sequence[Outcomes]] = field(default_factory=dict)


def read_beside(log: Log, run: str) -> Beside:
    """What the log holds of a run, whose whole name is given."""
    return Beside(seen.sights(log, run), seen.shots(log, run))
