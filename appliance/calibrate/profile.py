"""The site's stored profile: where it lies, and what of a new picture is compared with it."""

import json
from pathlib import Path

from appliance.errors import InputRefused, MachineFailed
from appliance.own import site_camera
from appliance.parts.decode import Decoded
from appliance.site import Site
from perturb.calibration.features import measure
from perturb.calibration.profile import Distance, Profile, distance
from perturb.calibration.stored import as_values, from_values

PROFILE_FILE = "profile.json"


def profile_path(site: Site) -> Path:
    """Where `calibrate` writes the site's profile."""
    return site.folder / PROFILE_FILE


def read_profile(site: Site) -> Profile | None:
    """The site's profile; None where none was written yet. Raises InputRefused or PerturbError where it is damaged."""
    path = profile_path(site)
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        mend = "write it again with `inspect-eval calibrate`"
        raise InputRefused(f"the profile cannot be read: {error}", file=str(path), mend=mend) from error
    return from_values(values, file=str(path)) if isinstance(values, dict) else from_values({}, file=str(path))


def write_profile(site: Site, profile: Profile) -> Path:
    """Write the site's profile, whole or not at all, and return where it lies."""
    path = profile_path(site)
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_text(json.dumps(as_values(profile)), encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(path), mend="check the folder") from error
    return path


def compare(site: Site, profile: Profile, picture: Decoded, scene: str | None = None) -> Distance:
    """How far a picture of the site lies from its profile.

    With several scenes and none named, the picture is compared with each and the nearest counts. A picture without
    the profile's kind of content (no part in view) comes out as lost.
    """
    camera = site_camera(site)
    scenes = [scene] if scene is not None and scene in profile.scenes else list(profile.scenes)
    found = [
        distance(profile, measure(picture.pixels, picture.bits, camera, profile.references.get(name)), name)
        for name in scenes
    ]
    return min(found, key=lambda item: item.value)
