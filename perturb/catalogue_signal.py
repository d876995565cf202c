"""What happens in the sensor and on the way to the file; levels weakest first and why they are these."""

from functools import partial

from perturb import sensor, transport
from perturb.entries import COLOUR, light, sent, shade
from perturb.types import Group

_sensor = partial(light, Group.SENSOR)
_sensor_shade = partial(shade, Group.SENSOR)

SENSOR = (
    _sensor("exposure", sensor.exposure, "EV", (0.1, 0.2, 0.4, 0.7, 1.0),
            "drift, a wrong step, a third, two thirds of a stop, one stop too long", point=True, drawn=False,
            limits=(0.0, 5.0)),
    _sensor("underexposure", sensor.underexposure, "EV", (0.1, 0.25, 0.5, 1.0, 2.0),
            "drift, a wrong step, half a stop, one stop, two stops too short", point=True, drawn=False,
            limits=(0.0, 6.0)),
    _sensor_shade("prnu", sensor.prnu, "%", (0.5, 1.0, 2.0, 4.0, 8.0),
            "corrected, common, cheap, uncorrected line, aged", limits=(0.0, 30.0), drawn=False),
    _sensor_shade("dsnu", sensor.dsnu, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "cool, warm, hot, long exposure and uncooled sensors", limits=(0.0, 1e5), drawn=False),
    _sensor("shot-noise", sensor.shot, "exposure ratio", (0.5, 0.25, 0.1, 0.05, 0.02),
            "of the light, made up by gain: half to a tenth for a faster belt, a fiftieth with most of the lamp dead",
            neutral=1.0, limits=(0.001, 1.0), point=True, drawn=False),
    _sensor("dark-noise", sensor.dark, "e-", (30.0, 75.0, 150.0, 300.0, 600.0),
            "old CCD, cheap CMOS, hot CMOS, high gain, interference on the cable", limits=(0.0, 1e5), point=True,
            drawn=False),
    _sensor("retake", sensor.retake, "x", (0.25, 0.5, 1.0, 2.0, 4.0),
            "of the camera's noise variance: four averaged frames, two, one, one at half the light, at a quarter",
            limits=(0.0, 100.0), point=True, drawn=False),
    _sensor_shade("hot-pixels", sensor.hot, "per mille", (0.05, 0.2, 0.5, 2.0, 5.0),
            "new, one year, five years, hot housing, radiation", limits=(0.0, 200.0), drawn=False),
    _sensor_shade("dead-pixels", sensor.dead, "per mille", (0.05, 0.2, 0.5, 2.0, 5.0),
            "grades of sensors from selected to rejected", limits=(0.0, 200.0), drawn=False),
    _sensor_shade("column-noise", sensor.columns, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "as dsnu, per column amplifier", limits=(0.0, 1e5), drawn=False),
    _sensor_shade("row-noise", sensor.rows, "e-", (20.0, 50.0, 100.0, 200.0, 400.0),
            "clean supply, common, long cable, drive on the same supply, no earth", limits=(0.0, 1e5)),
    _sensor("gain", sensor.gain, "dB", (0.5, 1.0, 2.0, 3.0, 4.5),
            "drift with heat, a wrong step, automatic gain, the same in a dark hall, and with no part in sight",
            limits=(0.0, 30.0), point=True, drawn=False),
    _sensor("black-level", sensor.black, "%", (0.5, 1.0, 2.0, 5.0, 10.0),
            "drift with heat, another unit, auto offset, a wrong setting, a wrong camera", limits=(0.0, 50.0),
            point=True, drawn=False),
    _sensor("saturation", sensor.saturation, "ratio", (0.95, 0.9, 0.8, 0.7, 0.5),
            "of full scale: full well of other units, high gain, small pixels", neutral=1.0, limits=(0.05, 1.0),
            point=True, drawn=False),
    _sensor("bayer", sensor.bayer, "share", (0.2, 0.4, 0.6, 0.8, 1.0),
            "share of the loss of plain bilinear demosaicing", needs=COLOUR, limits=(0.0, 1.0), drawn=False),
    _sensor("adc-bits", sensor.adc, "bit", (7.0, 6.0, 5.0, 4.0, 3.0),
            "each bit less doubles the step", neutral=16.0, limits=(1.0, 16.0), point=True, drawn=False),
)  # fmt: skip

TRANSPORT = (
    sent(
        "gamma",
        transport.gamma,
        "exponent",
        (1.05, 1.1, 1.25, 1.5, 2.2),
        "rounding, another monitor standard, contrast setting, half and a whole display gamma",
        neutral=1.0,
        limits=(1.0, 5.0),
    ),
    sent(
        "resampling",
        transport.resampling,
        "ratio",
        (0.9, 0.75, 0.5, 0.35, 0.25),
        "of the size: windowed, three quarters, binned 2 x 2, 3 x 3, 4 x 4",
        neutral=1.0,
        limits=(0.02, 1.0),
    ),
    sent(
        "jpeg",
        transport.jpeg,
        "quality",
        (95.0, 85.0, 70.0, 50.0, 25.0),
        "archive, camera default, web, bandwidth-bound, preview",
        neutral=100.0,
        limits=(1.0, 100.0),
    ),
    sent(
        "webp",
        transport.webp,
        "quality",
        (95.0, 85.0, 70.0, 50.0, 25.0),
        "as for jpeg",
        neutral=100.0,
        limits=(1.0, 100.0),
    ),
    sent(
        "lost-lines",
        transport.lost_lines,
        "%",
        (0.5, 1.0, 3.0, 8.0, 15.0),
        "of the packets: a busy network, a long cable, a bad plug, a cheap switch, a broken cable",
        limits=(0.0, 90.0),
        drawn=True,
    ),
)
