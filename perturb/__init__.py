"""Pixels in, pixels out: physical disturbances of camera, lamp, lens, line and part, each with one severity."""

from typing import TYPE_CHECKING, Any

from perturb.camera import Camera, load_camera
from perturb.errors import PerturbError
from perturb.seeds import camera_draw, draw
from perturb.types import CLEAN, Condition, Group, Perturbation, Scene, Seed

if TYPE_CHECKING:
    from perturb.applied import apply
    from perturb.registry import PERTURBATIONS
    from perturb.suites import suite

__all__ = [
    "CLEAN",
    "PERTURBATIONS",
    "Camera",
    "Condition",
    "Group",
    "PerturbError",
    "Perturbation",
    "Scene",
    "Seed",
    "apply",
    "camera_draw",
    "draw",
    "load_camera",
    "suite",
]

_HOMES = {"PERTURBATIONS": "perturb.registry", "apply": "perturb.applied", "suite": "perturb.suites"}


def __getattr__(name: str) -> Any:
    """Load what needs OpenCV on first use, so that importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'perturb' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
