"""A profile as plain JSON values and back."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from perturb.calibration.pose import Reference
from perturb.calibration.profile import PROBABILITIES, Profile, Spread
from perturb.calibration.quantities import QUANTITIES, Features
from perturb.errors import PerturbError

VERSION = 1


def as_values(profile: Profile) -> dict[str, Any]:
    """The profile as values that JSON can hold; what was not measured is left out."""
    return {
        "version": VERSION,
        "transfer": profile.transfer,
        "probabilities": list(PROBABILITIES),
        "images": list(profile.images),
        "scenes": {scene: _finite(centre) for scene, centre in profile.scenes.items()},
        "quantities": {
            name: {"unit": QUANTITIES[name].unit, "quantiles": list(s.quantiles), "count": s.count, "total": s.total}
            for name, s in profile.spreads.items()
        },
        "distances": list(profile.distances),
        "references": {scene: _drawn(reference) for scene, reference in profile.references.items()},
    }


def from_values(values: Mapping[str, Any], *, file: str = "") -> Profile:
    """The profile of `as_values`. PerturbError naming `file` where it is not one, or is of another version."""
    mend = "write it again with `inspect-eval calibrate`"
    if values.get("version") != VERSION:
        raise PerturbError("not a profile of this version", file=file, mend=mend)
    try:
        return _read(values)
    except (KeyError, TypeError, ValueError, AttributeError, cv2.error) as error:
        raise PerturbError(f"damaged profile: {error}", file=file, mend=mend) from error


def _read(values: Mapping[str, Any]) -> Profile:
    spreads = {
        name: Spread(tuple(map(float, row["quantiles"])), int(row["count"]), int(row["total"]))
        for name, row in values["quantities"].items()
    }
    if any(len(spread.quantiles) != len(PROBABILITIES) or name not in QUANTITIES for name, spread in spreads.items()):
        raise ValueError("a quantity is not one of ours")
    return Profile(
        tuple(map(str, values["images"])),
        {scene: _whole(centre) for scene, centre in values["scenes"].items()},
        spreads,
        tuple(sorted(map(float, values["distances"]))),
        {scene: _seen(row) for scene, row in values["references"].items()},
        str(values["transfer"]),
    )


def _finite(features: Features) -> dict[str, float]:
    return {name: value for name, value in features.items() if math.isfinite(value)}


def _whole(centre: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(centre.get(name, math.nan)) for name in QUANTITIES}


def _drawn(reference: Reference) -> dict[str, Any]:
    data = cv2.imencode(".png", reference.light)[1].tobytes()
    return {"width": reference.width, "height": reference.height, "png": base64.b64encode(data).decode("ascii")}


def _seen(row: Mapping[str, Any]) -> Reference:
    data = np.frombuffer(base64.b64decode(row["png"], validate=True), np.uint8)
    light = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if light is None or light.dtype != np.uint16 or light.ndim != 2:
        raise ValueError("the reference is not a 16-bit picture")
    return Reference(np.asarray(light, dtype=np.uint16), int(row["width"]), int(row["height"]))
