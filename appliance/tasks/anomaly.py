"""Anomaly detection: one score per part, or a score map whose largest value is the part's score."""

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.log.types import Outcomes
from models.types import Card


class Anomaly:
    """The NG score is the model's own score; a part is NG where it is over the card's threshold."""

    name = "anomaly"

    def outcomes(self, raw: NDArray[np.float32], card: Card) -> Outcomes:
        """Decode (n,), (n, 1) or a score map (n, 1, h, w) / (n, h, w); see `Task.outcomes`."""
        if raw.ndim == 2 and raw.shape[1] != 1:
            raise InputRefused(
                f"output {card.output_name} gives {raw.shape[1]} values a part, an anomaly score is one",
                mend="set the task to classification, or choose another output",
            )
        score = raw.reshape(len(raw), -1).max(axis=1)
        score = np.where(np.isfinite(score), score, np.float32(np.nan)).astype(np.float32)
        return Outcomes(score, score > np.float32(card.threshold))
