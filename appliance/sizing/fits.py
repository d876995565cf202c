"""What a benchmark table supports: for each pair of machines a prediction, its back-tested error, and its range."""

from dataclasses import dataclass

import numpy as np

from appliance.language.tongue import filled, mark
from appliance.sizing.errors import Errors
from appliance.sizing.smooth import Smooth
from appliance.sizing.work import NAMES, Floats, Work, as_row, features

TINY = 1e-9


@dataclass(frozen=True)
class Fit:
    """Speed on `target` from the speed on `source` (empty: from the model's size alone), at `batch` (0: not said).

    `level`: log of pictures per second, or of the ratio of speeds, where `smooth` is None. `box`: the range of each
    feature (of the MACs alone where `smooth` is None) inside which the error was tested. `ceilings`: for models smaller
    than all that: (work, slowest milliseconds a picture seen, of how many models).
    """

    source: str
    target: str
    measure: str  # throughput or latency
    precision: str
    batch: tuple[int, int]
    smooth: Smooth | None
    level: float
    box: tuple[tuple[float, float], ...]
    errors: Errors
    origin: str = ""
    ceilings: tuple[tuple[Work, float, int], ...] = ()

    def outside(self, work: Work, rate: float | None = None) -> str:
        """Why the back-test says nothing of this model; empty where it does. `rate`: pictures/s on the source."""
        needed = (work.macs,) if self.smooth is None else (work.macs, work.activations, work.params)
        if min(needed) <= 0:
            return mark("its MACs, activations or parameters could not be counted")
        x = self.features(work, rate)
        names = ("MACs",) if self.smooth is None else (*NAMES, "speed per activation")
        for name, value, (low, high) in zip(names, x[0], self.box, strict=False):
            if not low - TINY <= value <= high + TINY:
                shown, end = f"{np.exp(value):.3g}", f"{np.exp(low if value < low else high):.3g}"
                if value < low:
                    return filled(
                        "its {name} ({value}) are below what was tested ({end})", name=name, value=shown, end=end
                    )
                return filled("its {name} ({value}) are above what was tested ({end})", name=name, value=shown, end=end)
        return ""

    def features(self, work: Work, rate: float | None = None) -> Floats:
        """(1, d) what this fit looks at."""
        if self.smooth is None:
            return np.asarray(np.log([[work.macs]]), np.float64)
        return joined(as_row(work), None if rate is None else np.array([rate]))

    def rate(self, work: Work, source_rate: float | None = None) -> tuple[float, float, float]:
        """Pictures per second: estimate and its 90 % band."""
        gain = self.level if self.smooth is None else float(self.smooth(self.features(work, source_rate))[0])
        if self.smooth is not None and not self.source:
            gain -= float(np.log(work.activations))
        log = gain + (float(np.log(source_rate)) if source_rate is not None else 0.0)
        estimate, low, high = (float(np.exp(log + shift)) for shift in (0.0, self.errors.low, self.errors.high))
        return estimate, low, high


def joined(works: Floats, rates: Floats | None) -> Floats:
    """(n, 4) features, or (n, 5) with the speed on the source per activation."""
    x = features(works)
    return x if rates is None else np.asarray(np.column_stack([x, np.log(rates * works[:, 1])]), np.float64)
