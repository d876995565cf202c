"""Every perturbation with its unit, its five levels, weakest first, and why they are these."""

from functools import partial
from typing import Any

from perturb import lighting, motion, optics, part, sensor, transport
from perturb.composites import composites
from perturb.render import Act, through_light, through_point
from perturb.transport import Send
from perturb.types import Group, Perturbation

Levels = tuple[float, float, float, float, float]

_COLOUR = frozenset({"colour"})


def _summary(function: Any) -> str:
    """The docstring's first paragraph on one line: what it is, with its formula."""
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _light(group: Group, name: str, act: Act, unit: str, levels: Levels, reasons: str, **more: Any) -> Perturbation:
    """A perturbation that acts in linear light; `point` and not `drawn` makes it go through tables."""
    pointwise = more.get("point", False) and not more.get("drawn", True)
    render = partial(through_point if pointwise else through_light, act)
    given = {"neutral": 0.0, "summary": _summary(act), **more}
    return Perturbation(name, group, unit, levels, render=render, reasons=reasons, act=act, **given)


def _sent(name: str, send: Send, unit: str, levels: Levels, reasons: str, **more: Any) -> Perturbation:
    given = {"neutral": 0.0, "summary": _summary(send), "drawn": False, **more}
    return Perturbation(name, Group.TRANSPORT, unit, levels, render=send, reasons=reasons, **given)


_part = partial(_light, Group.PART)
_lighting = partial(_light, Group.LIGHTING)
_optics = partial(_light, Group.OPTICS)
_motion = partial(_light, Group.MOTION)
_sensor = partial(_light, Group.SENSOR)

_PART = (
    _part(
        "rotation",
        part.rotate,
        "deg",
        (0.5, 1.0, 2.0, 4.0, 8.0),
        "a machined nest, a plastic nest, a guide rail, a loose rail, no guide at all",
        limits=(0.0, 45.0),
    ),
    _part(
        "shift",
        part.shift,
        "mm",
        (0.05, 0.1, 0.2, 0.4, 0.8),
        "a dowel pin, a nest, a stop, a worn stop, a belt without a stop",
        limits=(0.0, 20.0),
    ),
    _part(
        "scale",
        part.scale,
        "%",
        (0.5, 1.0, 2.0, 4.0, 8.0),
        "height tolerance of the part, of its carrier, a wrong shim, a camera re-mounted by eye, a moved one",
        limits=(0.0, 40.0),
    ),
    _part(
        "tilt",
        part.tilt,
        "deg",
        (0.5, 1.0, 2.0, 4.0, 8.0),
        "flatness of the carrier, a chip below it, a burr, a part on its edge guide, a part not seated",
        limits=(0.0, 40.0),
    ),
    _part(
        "elastic",
        part.elastic,
        "mm",
        (0.01, 0.02, 0.04, 0.08, 0.15),
        "milled, turned, moulded, sewn and rubber parts hold about these tolerances over their size",
        limits=(0.0, 2.0),
    ),
    _part(
        "texture",
        part.texture,
        "%",
        (1.0, 2.0, 4.0, 7.0, 12.0),
        "ground, milled, turned, brushed and rough surfaces modulate their reflection by about this",
        limits=(0.0, 40.0),
    ),
    _part(
        "batch-tone",
        part.batch_tone,
        "%",
        (2.0, 4.0, 8.0, 15.0, 25.0),
        "within a lot, between lots, between suppliers, a new alloy or paint, another finish",
        point=True,
        limits=(0.0, 80.0),
    ),
    _part(
        "batch-colour",
        part.batch_colour,
        "%",
        (1.0, 2.0, 4.0, 8.0, 15.0),
        "about 1, 2, 4, 8 and 15 colour differences: from unseen to another colour",
        point=True,
        needs=_COLOUR,
        limits=(0.0, 40.0),
    ),
    _part(
        "soiling",
        part.soil,
        "%",
        (3.0, 6.0, 12.0, 20.0, 35.0),
        "handled, stored open, coolant mist, coolant dried on, not washed",
        limits=(0.0, 80.0),
    ),
    _part(
        "droplets",
        part.droplets,
        "%",
        (4.0, 8.0, 15.0, 25.0, 40.0),
        "drying marks, thin, flat, round and heavy drops",
        limits=(0.0, 90.0),
    ),
    _part(
        "fingerprint",
        part.fingerprint,
        "%",
        (3.0, 6.0, 12.0, 20.0, 35.0),
        "a clean glove, a used glove, a dry finger, a moist finger, an oily finger",
        limits=(0.0, 80.0),
    ),
    _part(
        "background",
        part.background,
        "%",
        (5.0, 10.0, 20.0, 35.0, 60.0),
        "a cleaned belt, a dusty one, a worn one, another batch of belt, another fixture",
        limits=(0.0, 90.0),
    ),
)

_LIGHTING = (
    _lighting(
        "intensity",
        lighting.intensity,
        "lux ratio",
        (0.95, 0.9, 0.8, 0.7, 0.5),
        "L95 to L70 of an LED's rated life, and half the lamp dead",
        neutral=1.0,
        point=True,
        drawn=False,
        limits=(0.02, 1.0),
    ),
    _lighting(
        "strobe",
        lighting.strobe,
        "%",
        (1.0, 2.0, 5.0, 10.0, 20.0),
        "a good controller, a common one, without current control, a hot one, a dying one",
        point=True,
        limits=(0.0, 40.0),
    ),
    _lighting(
        "ambient",
        lighting.ambient,
        "%",
        (1.0, 3.0, 6.0, 12.0, 25.0),
        "a shroud, a shroud with gaps, a window far off, a skylight, the sun on the station",
        point=True,
        drawn=False,
        limits=(0.0, 90.0),
    ),
    _lighting(
        "lamp-segments",
        lighting.segments,
        "segments",
        (0.5, 1.0, 2.0, 3.0, 5.0),
        "of twelve: one dim, one dark, two, a quarter of the ring, nearly half",
        limits=(0.0, 11.0),
    ),
    _lighting(
        "lamp-offset",
        lighting.direction,
        "%",
        (3.0, 6.0, 12.0, 25.0, 40.0),
        "of its height: a loose screw, a knock, a bump, a hit, hanging off",
        limits=(0.0, 100.0),
    ),
    _lighting(
        "gradient",
        lighting.gradient,
        "%",
        (5.0, 10.0, 20.0, 35.0, 60.0),
        "a diffuse dome, a good bar, a bar alone, a bar too near, a bar knocked askew",
        limits=(0.0, 150.0),
    ),
    _lighting(
        "diffuser",
        lighting.unevenness,
        "%",
        (1.0, 2.0, 4.0, 8.0, 15.0),
        "new, cleaned, yellowed, scratched and broken diffusers",
        limits=(0.0, 30.0),
    ),
    _lighting(
        "vignetting",
        lighting.vignetting,
        "%",
        (5.0, 10.0, 20.0, 35.0, 55.0),
        "a lens for a larger sensor, a matched one, wide angle, wide open, one too small for the sensor",
        limits=(0.0, 90.0),
        drawn=False,
    ),
    _lighting(
        "colour-temperature",
        lighting.colour_temperature,
        "K",
        (150.0, 300.0, 600.0, 1200.0, 2000.0),
        "LED bin, LED age, another bin, another lamp, halogen in the hall",
        point=True,
        drawn=False,
        needs=_COLOUR,
        limits=(0.0, 3500.0),
    ),
    _lighting(
        "flicker",
        lighting.banding,
        "%",
        (1.0, 3.0, 6.0, 12.0, 25.0),
        "of the light: mains lamps behind a shroud to mains lamps as the main light",
        limits=(0.0, 90.0),
    ),
    _lighting(
        "glare",
        lighting.glare,
        "%",
        (5.0, 10.0, 25.0, 50.0, 100.0),
        "of white: matt, satin, half gloss, gloss, a mirror reflex of the lamp",
        limits=(0.0, 200.0),
    ),
    _lighting(
        "shadow",
        lighting.shadow,
        "%",
        (5.0, 10.0, 20.0, 35.0, 60.0),
        "a cable under a dome to a gripper under a single bar",
        limits=(0.0, 95.0),
    ),
)

_OPTICS = (
    _optics(
        "defocus",
        optics.defocus,
        "mm",
        (2.0, 4.0, 8.0, 12.0, 20.0),
        "height tolerance, carrier tolerance, a wrong part height, a knocked lens, a wrong lens setting",
        limits=(0.0, 200.0),
        drawn=False,
    ),
    _optics(
        "field-curvature",
        optics.field_curvature,
        "mm",
        (2.0, 4.0, 8.0, 12.0, 20.0),
        "corner focus of a good lens, a common one, a cheap one, a decentred one, a damaged one",
        limits=(0.0, 200.0),
        drawn=False,
    ),
    _optics(
        "chromatic",
        optics.chromatic,
        "px",
        (0.3, 0.6, 1.0, 2.0, 3.5),
        "in the corners: apochromat, good, common, cheap and security-camera lenses",
        needs=_COLOUR,
        limits=(0.0, 20.0),
        drawn=False,
    ),
    _optics(
        "haze",
        optics.haze,
        "%",
        (2.0, 5.0, 10.0, 20.0, 35.0),
        "veiling glare of a clean lens, a dusty one, coolant mist, a film of oil, a fogged window",
        limits=(0.0, 90.0),
        drawn=False,
    ),
    _optics(
        "oil-film",
        optics.oil,
        "%",
        (5.0, 10.0, 20.0, 40.0, 70.0),
        "smeared share of the light: wiped, mist of a week, of a month, spray, a fingerprint on the lens",
        limits=(0.0, 100.0),
        drawn=False,
    ),
    _optics(
        "dust",
        optics.dust,
        "um",
        (40.0, 60.0, 90.0, 130.0, 180.0),
        "grain size: after cleaning, clean room, workshop, foundry, a chip",
        limits=(0.0, 1000.0),
        drawn=False,
    ),
    _optics(
        "distortion",
        optics.distortion,
        "%",
        (0.2, 0.5, 1.0, 2.0, 4.0),
        "telecentric, good, common, wide-angle and board lenses",
        limits=(0.0, 15.0),
        drawn=False,
    ),
)

_MOTION = (
    _motion("conveyor", motion.conveyor, "mm/s", (100.0, 200.0, 400.0, 800.0, 1200.0),
            "indexed with a rest, slow belt, common belt, fast belt, sorting line", limits=(0.0, 10000.0), drawn=False),
    _motion("vibration", motion.vibration, "um", (15.0, 30.0, 60.0, 120.0, 250.0),
            "granite, a stiff frame, an aluminium frame, a frame on the press, a loose bracket", limits=(0.0, 2000.0)),
    _motion("shutter-skew", motion.skew, "mm/s", (100.0, 200.0, 400.0, 800.0, 1200.0),
            "belt speeds as for conveyor, seen by a rolling shutter", limits=(0.0, 10000.0), drawn=False),
    _motion("trigger", motion.trigger, "us", (25.0, 50.0, 100.0, 250.0, 500.0),
            "a hardware trigger, a light barrier, a PLC input, a PLC scan, a software trigger; at 1 m/s",
            limits=(0.0, 10000.0)),
)  # fmt: skip

_SENSOR = (
    _sensor("exposure", sensor.exposure, "EV", (0.1, 0.25, 0.5, 1.0, 1.5),
            "drift, a wrong step, half a stop, one stop, one and a half stops too long", point=True, drawn=False,
            limits=(0.0, 5.0)),
    _sensor("underexposure", sensor.underexposure, "EV", (0.1, 0.25, 0.5, 1.0, 2.0),
            "drift, a wrong step, half a stop, one stop, two stops too short", point=True, drawn=False,
            limits=(0.0, 6.0)),
    _sensor("prnu", sensor.prnu, "%", (0.5, 1.0, 2.0, 4.0, 8.0),
            "corrected, common, cheap, uncorrected line, aged", limits=(0.0, 30.0), drawn=False),
    _sensor("dsnu", sensor.dsnu, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "cool, warm, hot, long exposure and uncooled sensors", limits=(0.0, 1e5), drawn=False),
    _sensor("shot-noise", sensor.shot, "exposure ratio", (0.5, 0.25, 0.1, 0.05, 0.02),
            "of the light, made up by gain: half a second of takt less light each time down to a fiftieth",
            neutral=1.0, limits=(0.001, 1.0), point=True, drawn=False),
    _sensor("dark-noise", sensor.dark, "e-", (30.0, 75.0, 150.0, 300.0, 600.0),
            "old CCD, cheap CMOS, hot CMOS, high gain, interference on the cable", limits=(0.0, 1e5), point=True,
            drawn=False),
    _sensor("hot-pixels", sensor.hot, "per mille", (0.05, 0.2, 0.5, 2.0, 5.0),
            "new, one year, five years, hot housing, radiation", limits=(0.0, 200.0), drawn=False),
    _sensor("dead-pixels", sensor.dead, "per mille", (0.05, 0.2, 0.5, 2.0, 5.0),
            "grades of sensors from selected to rejected", limits=(0.0, 200.0), drawn=False),
    _sensor("column-noise", sensor.columns, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "as dsnu, per column amplifier", limits=(0.0, 1e5), drawn=False),
    _sensor("row-noise", sensor.rows, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "clean supply, common, long cable, drive on the same supply, no earth", limits=(0.0, 1e5)),
    _sensor("gain", sensor.gain, "dB", (0.5, 1.0, 2.0, 4.0, 6.0),
            "drift with heat, a wrong step, automatic gain left on", limits=(0.0, 30.0), point=True, drawn=False),
    _sensor("black-level", sensor.black, "%", (0.5, 1.0, 2.0, 5.0, 10.0),
            "drift with heat, another unit, auto offset, a wrong setting, a wrong camera", limits=(0.0, 50.0),
            point=True, drawn=False),
    _sensor("saturation", sensor.saturation, "ratio", (0.95, 0.9, 0.8, 0.7, 0.5),
            "of full scale: full well of other units, high gain, small pixels", neutral=1.0, limits=(0.05, 1.0),
            point=True, drawn=False),
    _sensor("bayer", sensor.bayer, "share", (0.2, 0.4, 0.6, 0.8, 1.0),
            "share of the loss of plain bilinear demosaicing", needs=_COLOUR, limits=(0.0, 1.0), drawn=False),
    _sensor("adc-bits", sensor.adc, "bit", (7.0, 6.0, 5.0, 4.0, 3.0),
            "each bit less doubles the step", neutral=16.0, limits=(1.0, 16.0), point=True, drawn=False),
)  # fmt: skip

_TRANSPORT = (
    _sent(
        "gamma",
        transport.gamma,
        "exponent",
        (1.05, 1.1, 1.25, 1.5, 2.2),
        "rounding, another monitor standard, contrast setting, half and a whole display gamma",
        neutral=1.0,
        limits=(1.0, 5.0),
    ),
    _sent(
        "resampling",
        transport.resampling,
        "ratio",
        (0.9, 0.75, 0.5, 0.35, 0.25),
        "of the size: windowed, three quarters, binned 2 x 2, 3 x 3, 4 x 4",
        neutral=1.0,
        limits=(0.02, 1.0),
    ),
    _sent(
        "jpeg",
        transport.jpeg,
        "quality",
        (95.0, 85.0, 70.0, 50.0, 25.0),
        "archive, camera default, web, bandwidth-bound, preview",
        neutral=100.0,
        limits=(1.0, 100.0),
    ),
    _sent(
        "webp",
        transport.webp,
        "quality",
        (95.0, 85.0, 70.0, 50.0, 25.0),
        "as for jpeg",
        neutral=100.0,
        limits=(1.0, 100.0),
    ),
    _sent(
        "lost-lines",
        transport.lost_lines,
        "%",
        (0.5, 1.0, 3.0, 8.0, 15.0),
        "of the packets: a busy network, a long cable, a bad plug, a cheap switch, a broken cable",
        limits=(0.0, 90.0),
        drawn=True,
    ),
)

_SINGLES: dict[str, Perturbation] = {
    item.name: item for item in (*_PART, *_LIGHTING, *_OPTICS, *_MOTION, *_SENSOR, *_TRANSPORT)
}

PERTURBATIONS: dict[str, Perturbation] = _SINGLES | composites(_SINGLES)
"""All perturbations by name, in the order of the chain from part to file, composites last."""
