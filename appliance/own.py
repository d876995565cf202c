"""What a site defines itself: its camera, and perturbations known to this process and tried before an audit."""

import json
from collections.abc import Sequence
from dataclasses import replace

from appliance.errors import InputRefused
from appliance.parts.scene import read_scene
from appliance.parts.types import Part, Verdict
from appliance.site import Site
from perturb.camera import Camera, load_camera
from perturb.types import Scene


def own_tables(site: Site) -> tuple[str, ...]:
    """The site's `[[perturbations]]` as JSON texts, which a plan can carry to its workers."""
    return tuple(json.dumps(item.table(), sort_keys=True) for item in site.perturbations)


def know_own(tables: Sequence[str], file: str = "") -> None:
    """Make these, and no other site's, known to this process. Raises PerturbError naming the file and the key."""
    from perturb import PERTURBATIONS

    if tables or any(item.own for item in PERTURBATIONS.values()):
        from perturb.custom import set_own

        set_own([json.loads(table) for table in tables], file=file)


def know_site(site: Site) -> None:
    """As `know_own`, for what site.toml defines."""
    know_own(own_tables(site), str(site.file))


def try_own(site: Site, parts: Sequence[Part], camera: Camera) -> None:
    """Apply the site's own perturbations to one OK and one NG part, the latter with its mask where there is one.

    Raises PerturbError where one fails or takes a defect away: better now than on every part of the night.
    """
    from perturb import PERTURBATIONS

    own = [item for item in PERTURBATIONS.values() if item.own]
    if own:
        from perturb.custom import trial

        scenes = [scene for part in _witnesses(parts) if (scene := _scene(site, part)) is not None]
        for item in own:
            for scene in scenes:
                trial(item, scene, camera, file=str(site.file))


def _witnesses(parts: Sequence[Part]) -> list[Part]:
    """The first OK part and the first NG part, one with a mask before one without."""
    ng = sorted((p for p in parts if p.label.verdict is Verdict.NG), key=lambda part: part.mask is None)
    return [*ng[:1], *[part for part in parts if part.label.verdict is Verdict.OK][:1]]


def _scene(site: Site, part: Part) -> Scene | None:
    """The part as an audit would show it; None where it cannot be read, which the audit itself will report."""
    try:
        return read_scene(part, site.bits)
    except InputRefused:
        return None


def site_camera(site: Site) -> Camera:
    """The site's camera profile with what site.toml says of its own pictures. Raises PerturbError."""
    profile = site.camera.profile
    camera = load_camera(site.resolve(profile) if profile.endswith(".toml") else profile)
    changes = {"transfer": site.camera.transfer, "mm_per_px": site.camera.mm_per_px or camera.mm_per_px}
    return replace(camera, **changes)  # type: ignore[arg-type]
