"""One calibration from the folder of pictures to what is written: measure, explain, render, compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from appliance.calibrate.flats import read_flats
from appliance.calibrate.pictures import Album, Picture, Progress, read_album
from appliance.language.tongue import filled, mark
from appliance.own import site_camera
from appliance.parts.decode import decode
from appliance.site import Site
from perturb.calibration.coverage import RENDERS, Base, Coverage, cover, envelope
from perturb.calibration.features import against, noise_over_light
from perturb.calibration.flats import Flats
from perturb.calibration.noise import NoiseLevel
from perturb.calibration.pose import Reference
from perturb.calibration.profile import Profile, Sample, distance, make_profile
from perturb.calibration.response import responses
from perturb.calibration.scenes import reference_among
from perturb.calibration.shown import Shown, clean_share, what_is_shown
from perturb.camera import Camera
from perturb.types import Scene

MOST = 500
_BASES = 4
_CROP = 512
_RENDER_PIXELS = 120_000_000


@dataclass(frozen=True)
class Wish:
    """What the command line says: the folder, flat fields, how a path names its scene, pictures at most."""

    images: Path
    flats: Path | None = None
    scene: str = ""
    most: int = MOST


@dataclass(frozen=True, eq=False)
class Calibration:
    """All that was found, in the order of the pictures; `usual` names the most usual picture of each scene.

    noise: of the first of these, over light, as bounds.
    """

    wish: Wish
    album: Album
    samples: tuple[Sample, ...]
    profile: Profile
    shown: tuple[Shown, ...]
    coverage: Coverage
    camera: Camera
    flats: Flats | None
    usual: dict[str, str]
    taken: str
    noise: tuple[NoiseLevel, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def clean_share(self) -> float:
        """The share of pictures in which nothing reaches its first named level."""
        return clean_share(self.shown)


def calibrate(site: Site, wish: Wish, progress: Progress, say: Callable[[str], None]) -> Calibration:
    """Measure the pictures of `wish.images` and what would explain them.

    Raises InputRefused where the folder or the flat fields will not do, Interrupted where a person stops it.
    """
    camera = site_camera(site)
    flats = None if wish.flats is None else read_flats(wish.flats, site.bits)
    album = read_album(site, wish.images, wish.scene, wish.most, camera, progress)
    say("aligning pictures of each scene")
    references = _references(album.pictures)
    samples = tuple(_sample(picture, references) for picture in album.pictures)
    profile = make_profile(samples, references, camera.transfer)
    ranked = _ranked(album.pictures, samples, profile)
    say("rendering known blur and noise on usual pictures")
    bases = [_base(picture, sample, site.bits) for picture, sample in _to_render(ranked)]
    known = responses([_cropped(base.picture) for base in bases[:2]], camera)
    shown = what_is_shown(samples, profile, known, camera)
    say("rendering what the calibrated perturbations make")
    limits = envelope(bases, shown, profile, camera, _renders(bases))
    return Calibration(
        wish=wish,
        album=album,
        samples=samples,
        profile=profile,
        shown=shown,
        coverage=cover(samples, profile, limits),
        camera=camera,
        flats=flats,
        usual={scene: pairs[0][1].name for scene, pairs in ranked.items()},
        noise=noise_over_light(bases[0].picture.pixels, bases[0].picture.bits, camera),
        taken=f"{datetime.now(UTC):%Y-%m-%d}",
        warnings=(*_folders_tell(album, samples, wish.scene), *_assumes_a_scale(site, camera, shown)),
    )


def _references(pictures: Sequence[Picture]) -> dict[str, Reference]:
    """Per scene the picture the others are aligned with, where they can be."""
    found = {}
    for scene in dict.fromkeys(picture.scene for picture in pictures):
        reference = reference_among([picture.measured for picture in pictures if picture.scene == scene])
        if reference is not None:
            found[scene] = reference
    return found


def _sample(picture: Picture, references: dict[str, Reference]) -> Sample:
    reference = references.get(picture.scene)
    features = picture.measured.features if reference is None else against(picture.measured, reference)
    return Sample(picture.file.id, picture.scene, features)


Ranked = dict[str, list[tuple[Picture, Sample]]]
"""Per scene its pictures, the most usual first."""


def _ranked(pictures: Sequence[Picture], samples: Sequence[Sample], profile: Profile) -> Ranked:
    found: Ranked = {scene: [] for scene in profile.scenes}
    for picture, sample in zip(pictures, samples, strict=True):
        found[sample.scene].append((picture, sample))
    for pairs in found.values():
        pairs.sort(key=lambda pair: distance(profile, pair[1].features, pair[1].scene).value)
    return found


def _to_render(ranked: Ranked) -> list[tuple[Picture, Sample]]:
    """The most usual picture of each of the four largest scenes; the three most usual of a scene alone."""
    if len(ranked) == 1:
        return next(iter(ranked.values()))[:3]
    largest = sorted(ranked.values(), key=lambda pairs: -len(pairs))[:_BASES]
    return [pairs[0] for pairs in largest]


def _base(picture: Picture, sample: Sample, bits: int | None) -> Base:
    decoded = decode(picture.file.path, bits)
    return Base(sample.scene, Scene(decoded.pixels, decoded.bits), sample.features)


def _cropped(scene: Scene) -> Scene:
    top, left = (max(0, (side - _CROP) // 2) for side in scene.pixels.shape[:2])
    return replace(scene, pixels=scene.pixels[top : top + _CROP, left : left + _CROP].copy())


def _renders(bases: Sequence[Base]) -> int:
    """Fewer of large pictures, so that rendering stays within a minute or two."""
    largest = max(base.picture.pixels.size for base in bases)
    return max(12, min(RENDERS, _RENDER_PIXELS // largest))


def _folders_tell(album: Album, samples: Sequence[Sample], scene: str) -> list[str]:
    """A warning where the folders explain most of the differences in brightness and no scene was named."""
    folders = [picture.file.id.rpartition("/")[0] for picture in album.pictures]
    if scene or len(set(folders)) < 2:
        return []
    share = _between(folders, [sample.features["light"] for sample in samples])
    return [filled(FOLDERS_DIFFER, percent=round(100 * share))] if share >= 0.5 else []


FOLDERS_DIFFER = mark(
    "{percent} % of the differences in brightness lie between folders: if they hold different products, say so with "
    "--scene '([^/]+)/', so that products are not taken for changes of light"
)


MM_PER_PX = mark(
    "Lengths assume {mm} mm of part a pixel, the camera profile's figure: measure yours and set camera.mm_per_px"
)


def _assumes_a_scale(site: Site, camera: Camera, shown: Sequence[Shown]) -> list[str]:
    """A warning where a length was found and nobody has said how large a pixel is on the part."""
    if site.camera.mm_per_px or not any(item.name in {"shift", "conveyor"} for item in shown):
        return []
    return [filled(MM_PER_PX, mm=f"{camera.mm_per_px:g}")]


def _between(groups: Sequence[str], values: Sequence[float]) -> float:
    """The share of the variance that lies between groups."""
    mean = sum(values) / len(values)
    total = sum((value - mean) ** 2 for value in values)
    between = 0.0
    for group in set(groups):
        mine = [value for value, name in zip(values, groups, strict=True) if name == group]
        between += len(mine) * (sum(mine) / len(mine) - mean) ** 2
    return between / total if total else 0.0
