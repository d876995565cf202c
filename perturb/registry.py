"""Every perturbation by name."""

from perturb.catalogue_scene import LIGHTING, MOTION, OPTICS, PART
from perturb.catalogue_signal import SENSOR, TRANSPORT
from perturb.composites import composites
from perturb.types import Perturbation

_SINGLES = {item.name: item for item in (*PART, *LIGHTING, *OPTICS, *MOTION, *SENSOR, *TRANSPORT)}

PERTURBATIONS: dict[str, Perturbation] = _SINGLES | composites(_SINGLES)
"""All perturbations by name, in the order of the chain from part to file, composites last."""
