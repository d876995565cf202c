"""What the calibrate command does with a site: measure, write, draw the page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from appliance.calibrate.changes import Change, changes
from appliance.calibrate.pictures import Progress
from appliance.calibrate.profile import write_profile
from appliance.calibrate.run import Calibration, Wish, calibrate
from appliance.calibrate.write import write_calibration
from appliance.errors import MachineFailed, UsageError
from appliance.sections.base import checked_pattern
from appliance.site import Site
from appliance.writable import require_writable
from perturb.calibration.flats import Flats
from perturb.camera import Camera

CAMERA_FILE = "camera-measured.toml"


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A calibration, the files it left by what they are, and the keys of site.toml that it changed."""

    found: Calibration
    files: dict[str, Path]
    changed: tuple[Change, ...] = ()


def calibrate_site(
    site: Site, wish: Wish, progress: Progress, say: Callable[[str], None], *, write: bool = True
) -> Calibrated:
    """Calibrate `site` from the pictures of `wish`; with `write` into site.toml and the profile. The page always.

    Raises what `calibrate` raises, UsageError for a pattern that is none.
    """
    try:
        checked_pattern(wish.scene)
    except ValueError as error:
        raise UsageError(f"--scene: {error}", mend="try '([^/]+)/' for one scene a folder") from error
    require_writable(site)
    found = calibrate(site, wish, progress, say)
    files = {"page": _page(site, found)}
    changed: tuple[Change, ...] = ()
    if write:
        written = write_calibration(site, found)
        changed = changes(site.calibration, written.calibration)
        files["site"] = written.file
        files["profile"] = write_profile(site, found.profile)
    if write and found.flats is not None:
        files["camera"] = _write_camera(site.folder / CAMERA_FILE, found.flats, found.camera)
    return Calibrated(found, files, changed)


def _page(site: Site, found: Calibration) -> Path:
    from appliance.report.calibration import write_calibration_page

    path = site.reports / "calibration.html"
    write_calibration_page(found, path, site.bits)
    return path


def _write_camera(path: Path, flats: Flats, base: Camera) -> Path:
    """The measured camera as a TOML file that [camera] profile may name."""
    document = tomlkit.document()
    document.add(tomlkit.comment('Measured from flat fields; use it with [camera] profile = "camera-measured.toml".'))
    for key, value in vars(flats.camera(base)).items():
        document.add(key, round(value, 6) if isinstance(value, float) else value)
    try:
        path.write_text(tomlkit.dumps(document), encoding="utf-8")
    except OSError as error:
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(path), mend="check the folder") from error
    return path
