"""When parts arrive: the three load models of METHODS section 4, as schedules in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from appliance.errors import UsageError

LoadName = Literal["closed", "paced", "saturate"]
LOADS: tuple[LoadName, ...] = ("closed", "paced", "saturate")
MOST_CAMERAS = 64
SHORTEST_TAKT_S = 0.001


@dataclass(frozen=True)
class Line:
    """How the line sends parts: one every `takt_s`, each as `cameras` pictures at once.

    A part arrives up to `jitter_s` early or late, evenly. `deadline_s`: from its scheduled arrival to the reject gate.
    """

    takt_s: float
    jitter_s: float = 0.0
    cameras: int = 1
    deadline_s: float = 0.0  # 0: the takt

    @property
    def gate_s(self) -> float:
        """Seconds from a part's scheduled arrival to the reject gate."""
        return self.deadline_s or self.takt_s


def checked(line: Line) -> Line:
    """`line`, or UsageError naming what no line can do."""
    if not SHORTEST_TAKT_S <= line.takt_s < float("inf"):
        raise UsageError(f"a takt of {line.takt_s:g} s cannot be paced", mend="give seconds per part, 0.001 or more")
    if not 0.0 <= line.jitter_s < line.takt_s / 2:
        raise UsageError(
            f"a jitter of {line.jitter_s:g} s at a takt of {line.takt_s:g} s: parts would overtake each other",
            mend="give a jitter of at least 0 and below half the takt",
        )
    if not 1 <= line.cameras <= MOST_CAMERAS:
        raise UsageError(f"{line.cameras} cameras", mend=f"give 1 to {MOST_CAMERAS}")
    if not 0.0 <= line.deadline_s < float("inf"):
        raise UsageError(f"a deadline of {line.deadline_s:g} s", mend="give a time above 0, or 0 for the takt")
    return line


def arrivals(line: Line, seed: int) -> Iterator[float]:
    """Scheduled arrivals in seconds from the start, one a part, for ever; the same for the same seed."""
    draw = np.random.default_rng(seed)
    part = 0
    while True:
        yield line.takt_s * (part + 1) + line.jitter_s * float(draw.uniform(-1.0, 1.0))
        part += 1
