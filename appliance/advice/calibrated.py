"""The mix of conditions that a calibration saw: how often each disturbance was the largest of the line's pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.advice.mix import Watched
from appliance.log.types import ConditionRow
from appliance.score.grid import CLEAN
from appliance.sections.calibration import CalibrationSection, calibrated_ranges


def calibrated_mix(config: Mapping[str, Any], rows: Sequence[ConditionRow]) -> Watched | None:
    """What the site was calibrated to when a run was made, over the conditions it ran; None where it was not.

    A disturbance that the run did not show counts for nothing, so that the others take its share in proportion.
    """
    said = CalibrationSection.model_validate(config.get("calibration", {}), strict=False)
    if not said.shown:
        return None
    weights = said.weights((row.name, row.severity) for row in rows if row.key != CLEAN)
    shares = {CLEAN: said.clean_share} if any(row.key == CLEAN for row in rows) else {}
    for row in rows:
        share = weights.get((row.name, row.severity), 0.0)
        if row.key != CLEAN and share > 0.0:
            shares[row.key] = share
    total = sum(shares.values())
    if total <= 0.0:
        return None
    ranges = calibrated_ranges(config, {row.name: row.neutral for row in rows})
    return Watched({key: share / total for key, share in shares.items()}, float(max(said.days, 1)), ranges)
