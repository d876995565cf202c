"""Noise over light on a usual picture: its bounds, the camera profile, and the camera as flat fields say."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from appliance.calibrate.run import Calibration
from appliance.report import svg, units
from appliance.report.scales import Place, linear, ticks
from perturb.camera import Camera

_SIZE = (620.0, 230.0)
_LEFT, _BOTTOM = 50.0, 190.0


def noise_chart(found: Calibration) -> Markup | None:
    """620 x 230, percent of white both ways; None where the picture shows too little to tell."""
    if len(found.noise) < 2:
        return None
    wide = max(level.light for level in found.noise) * 1.05
    curves = [("join", found.camera)]
    if found.flats is not None:
        curves.append(("stroke clean", found.flats.camera(found.camera)))
    top = 1.1 * max([level.high for level in found.noise] + [_noise(camera, wide) for _, camera in curves])
    across, down = linear(0.0, wide, _LEFT, _SIZE[0] - 10), linear(0.0, top, _BOTTOM, 8)
    parts = [svg.line(_LEFT, down(value), _SIZE[0] - 10, down(value), "grid") for value in ticks(0.0, top, 4)]
    parts += [svg.label(44, down(v) + 4, units.number(100 * v), "t small soft", "end") for v in ticks(0.0, top, 4)]
    parts += [svg.label(across(v), 206, units.number(100 * v), "t small soft") for v in ticks(0.0, wide, 6)]
    parts.append(svg.label((_LEFT + _SIZE[0]) / 2, 224, "light, % of white", "t small soft"))
    upper = [(across(level.light), down(level.high)) for level in found.noise]
    lower = [(across(level.light), down(level.low)) for level in reversed(found.noise)]
    parts.append(svg.tag("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *lower]), class_="band"))
    parts += [svg.polyline(_curve(camera, wide, across, down), css) for css, camera in curves]
    return svg.picture(parts, _SIZE, "Noise over light on a usual picture, percent of white")


def _curve(camera: Camera, wide: float, across: Place, down: Place) -> Sequence[tuple[float, float]]:
    place = [wide * index / 60 for index in range(61)]
    return [(across(light), down(_noise(camera, light))) for light in place]


def _noise(camera: Camera, light: float) -> float:
    """Noise rms of a camera at a light, both fractions of white: EMVA 1288, shot and dark noise."""
    electrons = camera.white_electrons
    return math.sqrt(light / electrons + (camera.dark_noise / electrons) ** 2)
