"""Classification: logits or probabilities per class; NG is everything that is not an OK class."""

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.log.types import Outcomes
from models.types import Card, Output

SMALLEST = np.float64(np.finfo(np.float32).tiny)


class Classification:
    """The NG score is the NG logit: log P(NG) - log P(OK); a part is NG where P(NG) is over the threshold."""

    name = "classification"

    def outcomes(self, raw: NDArray[np.float32], card: Card) -> Outcomes:
        """Decode (n, classes) or (n, 1) as `card.output` says; see `Task.outcomes`."""
        columns = _columns(raw, card)
        logit = ng_logit(columns, card).astype(np.float32)
        cls = columns.argmax(axis=1).astype(np.int16) if len(card.classes) > 2 else None
        return Outcomes(logit, logit > threshold_logit(card.threshold), cls)


def ng_logit(columns: NDArray[np.float64], card: Card) -> NDArray[np.float64]:
    """log P(NG) - log P(OK) per part, (n,) float64; NaN where the output is not finite."""
    if columns.shape[1] == 1:
        logit = columns[:, 0] if card.output is Output.LOGITS else _log_odds(columns[:, 0])
    else:
        log_p = columns if card.output is Output.LOGITS else np.log(np.maximum(columns, SMALLEST))
        ok = np.array([name in card.ok_classes for name in card.classes])
        logit = _difference(log_p[:, ~ok], log_p[:, ok])
    return np.where(np.isfinite(columns).all(axis=1), logit, np.nan)


def threshold_logit(threshold: float) -> float:
    """The logit of a probability threshold; exactly 0 at 0.5."""
    return float(np.log(threshold / (1.0 - threshold)))


def _difference(ng: NDArray[np.float64], ok: NDArray[np.float64]) -> NDArray[np.float64]:
    """log of the summed exponentials over NG columns minus over OK columns; a plain subtraction where each has one."""
    with np.errstate(invalid="ignore"):
        return np.asarray(_collapse(ng) - _collapse(ok))


def _collapse(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return columns[:, 0] if columns.shape[1] == 1 else np.asarray(np.logaddexp.reduce(columns, axis=1))


def _log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(1.0 - p, SMALLEST)))


def _columns(raw: NDArray[np.float32], card: Card) -> NDArray[np.float64]:
    """(n, k) float64 from (n, k), (n,) or (n, k, 1, 1); k must be the number of classes, or 1."""
    flat = raw.reshape(len(raw), -1).astype(np.float64)
    if flat.shape[1] == len(card.classes) or (flat.shape[1] == 1 and len(card.classes) == 2):
        return flat
    raise InputRefused(
        f"output {card.output_name} gives {flat.shape[1]} values a part, the card names {len(card.classes)} classes",
        mend="name every class in the card, or choose another output",
    )
