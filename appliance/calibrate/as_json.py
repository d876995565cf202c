"""A calibration as one JSON document."""

import math
from typing import Any

from appliance.calibrate.run import Calibration
from appliance.calibrate.statement import statement
from appliance.calibrate.write import section_of
from perturb.calibration.quantities import QUANTITIES


def calibration_json(found: Calibration, files: dict[str, str]) -> dict[str, Any]:
    """What `calibrate --json` prints: the section as written, the coverage, quantities, flats, files."""
    return {
        **section_of(found),
        "found": found.album.found,
        "left_out": [{"file": item.id, "what": item.what, "mend": item.mend} for item in found.album.left_out],
        "scenes": list(found.profile.scenes),
        "quantities": {
            name: {"unit": QUANTITIES[name].unit, "quantiles": list(spread.quantiles), "pictures": spread.count}
            for name, spread in found.profile.spreads.items()
        },
        "covered": {name: _plain(share) for name, share in found.coverage.by_quantity.items()},
        "outside": [{"file": item.name, "quantities": dict(item.quantities)} for item in found.coverage.outside],
        "noise": [{"light": level.light, "low": level.low, "high": level.high} for level in found.noise],
        "flats": _flats(found),
        "cannot_tell": list(statement(found)),
        "warnings": list(found.warnings),
        "files": files,
    }


def _flats(found: Calibration) -> dict[str, Any] | None:
    if found.flats is None:
        return None
    gain, dark = found.flats.transfer.gain, found.flats.transfer.dark_noise_dn
    return {
        "gain": {"estimate": gain.value, "low": gain.low, "high": gain.high},
        "dark_noise_dn": {"estimate": dark.value, "low": dark.low, "high": dark.high},
        "dark_noise": found.flats.transfer.dark_noise,
        "prnu": found.flats.prnu,
        "uneven": found.flats.uneven,
        "bits": found.flats.bits,
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
