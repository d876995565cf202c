"""What a calibration cannot tell apart, in plain sentences, for the pictures at hand."""

from collections.abc import Iterator

from appliance.calibrate.run import Calibration
from appliance.language.names import names as named_in
from appliance.language.tongue import mark, spoken, w
from perturb.registry import PERTURBATIONS

PROVEN = 299
"""The least number of pictures whose largest value bounds the 99 % quantile with 95 % confidence: 0.99^299 < 0.05."""

USUAL = mark(
    "Severities count from the usual picture of each scene (the median): what all pictures share, a constant blur or a "
    "constant slope of the light, is in the pictures already and is not added again."
)
LIGHT = mark(
    "A darker picture may be an aged LED, a shorter exposure or a darker part: intensity and underexposure both carry "
    "that spread. A grey patch in view, or the camera's own record of its exposure, would tell them apart."
)
VEIL = mark(
    "Lifted dark tones may be hall light, haze on the lens or a drifting black level: ambient and haze are one or the "
    "other, never both. A dark picture (lens cap on) would tell the black level apart."
)
BLUR = mark(
    "Even blur is called defocus, blur along the conveyor motion. Vibration along the conveyor looks like motion; a "
    "film on the lens, vibration in changing directions and a worse focus look alike."
)
NOISE = mark(
    "Noise is measured from single pictures and is an upper bound: texture of the part counts as noise. Two pictures "
    "of an evenly lit white sheet at three or more exposures (--flats) give the camera's own figures."
)
FLATS = mark(
    "Noise of the camera is known from flat fields; more noise in single pictures may still be texture of the part."
)
COLOUR = mark(
    "A warmer picture may be another lamp, another white balance or another batch of parts; only what lies along the "
    "course from warm to cold white light is called colour temperature."
)
POSE = mark(
    "Pose is that of the part against the camera: a knocked camera and a part laid differently look alike, and so do a "
    "larger part and a smaller distance. Tilt is not measured."
)
NO_POSE = mark(
    "{share} of the pictures share no structure with the others of their scene. Of these, pose, stray light, blur and "
    "noise are not judged, for the parts themselves differ in them, and the slope of the light includes the part's own."
)
UNMEASURED = mark(
    "Not measured, so that generic levels stand and limits bind at levels 1 and 2: everything else, among it {names}."
)
FEW = mark(
    "With {count} pictures the 99 % severity is little more than the largest seen; {proven} pictures would bound it."
)

_NAMED = (
    "rotation",
    "defocus",
    "shot-noise",
    "ambient",
    "dust",
    "soiling",
    "glare",
    "shadow",
    "texture",
    "hot-pixels",
    "elastic",
)


def statement(found: Calibration) -> tuple[str, ...]:
    """The sentences, most important first."""
    return tuple(str(sentence) for sentence in _sentences(found))


def _sentences(found: Calibration) -> Iterator[str]:
    known = {item.name for item in found.shown}
    spreads = found.profile.spreads
    yield USUAL
    yield LIGHT
    yield from (VEIL,) if "ambient" in known else ()
    yield from (BLUR,) if "defocus" in known else ()
    yield NOISE if found.flats is None else FLATS
    if "colour-temperature" in known:
        yield COLOUR
    posed = spreads["turn"].count if "turn" in spreads else 0
    if posed:
        yield POSE
    if posed < 0.9 * len(found.samples):
        yield NO_POSE.format(share=f"{100 * (1 - posed / len(found.samples)):.0f} %")
    named = named_in(spoken().language)
    left = [named.perturbation(name) for name in _NAMED if name in PERTURBATIONS and name not in known]
    yield UNMEASURED.format(names=w(", ").join(left))
    if len(found.samples) < PROVEN:
        yield FEW.format(count=len(found.samples), proven=PROVEN)
