"""Several perturbations at once, each at a severity of its own, in one exposure."""

from collections.abc import Mapping

from perturb.applied import check_scene, check_severity, copied, default_camera, find
from perturb.camera import Camera
from perturb.errors import PerturbError
from perturb.exposure import develop, expose
from perturb.frame import Context
from perturb.registry import PERTURBATIONS
from perturb.types import Condition, Perturbation, Scene, Seed

NAME = "combination"


def combine(
    scene: Scene,
    severities: Mapping[str, float],
    seed: Seed,
    camera: Camera | None = None,
    ends: Mapping[str, float] | None = None,
) -> Scene:
    """The scene under all of `severities` (perturbation name -> severity), in the order of the chain.

    Each makes the draws that it makes alone, so that one severity on its own means the same disturbance as in an
    audit. `ends` are the severities that a search may reach: with a defect's place in mind, directions are chosen for
    them, the same at every severity below. All neutral: the identity to the bit. PerturbError as `apply`, and for a
    composite among the names.
    """
    check_scene(scene)
    members = _members(severities, scene)
    lit = [(item, severity) for item, severity in members if item.act is not None]
    sent = [(item, severity) for item, severity in members if item.act is None]
    camera, ends = camera or default_camera(), ends or {}
    done = _lit(scene, lit, seed, camera, ends) if lit else copied(scene)
    for item, severity in sent:
        done = item.render(done, severity, _context(item, seed, camera, ends))
    return done


def _members(severities: Mapping[str, float], scene: Scene) -> list[tuple[Perturbation, float]]:
    """What is not neutral, in chain order, checked."""
    for name, severity in severities.items():
        item = find(Condition(name, severity))
        check_severity(item, Condition(name, severity))
        if item.group == "composite":
            raise PerturbError(f"{name} is a composite already", mend="name single perturbations only")
        if "colour" in item.needs and scene.pixels.ndim == 2:
            raise PerturbError(f"{name} needs a colour picture, this one is mono", mend="leave it out")
    known = [item for name, item in PERTURBATIONS.items() if name in severities]
    return [(item, severities[item.name]) for item in known if severities[item.name] != item.neutral]


def _context(item: Perturbation, seed: Seed, camera: Camera, ends: Mapping[str, float]) -> Context:
    return Context(item.name, seed, camera, ends.get(item.name, item.levels[4]))


def _lit(
    scene: Scene, members: list[tuple[Perturbation, float]], seed: Seed, camera: Camera, ends: Mapping[str, float]
) -> Scene:
    """All that acts on light, through one exposure."""
    frame = develop(scene, camera)
    for item, severity in members:
        if item.act is not None:
            frame = item.act(frame, severity, _context(item, seed, camera, ends))
    return expose(frame, Context(NAME, seed, camera), scene.bits)
