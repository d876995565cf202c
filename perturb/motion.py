"""Movement during and between exposures."""

import numpy as np

from perturb.blur import blurred, line, swing
from perturb.frame import Context, Frame
from perturb.geometry import Matrix, moved, safest, translation


def conveyor(frame: Frame, speed: float, context: Context) -> Frame:
    """The part moves at `speed` mm/s while the shutter is open: blur of speed x exposure / (mm/px) px.

    Source: uniform linear motion (Gonzalez & Woods, Digital Image Processing, section 5.6).
    """
    camera = context.camera
    return blurred(frame, line(camera.motion(speed), camera.conveyor_deg))


def vibration(frame: Frame, micrometres: float, context: Context) -> Frame:
    """A vibrating mount, amplitude `micrometres` on the part, in a drawn direction, over whole periods.

    Source: Wulich & Kopeika, Optical Engineering 26 (1987) 529.
    """
    px = context.camera.pixels(micrometres / 1000.0)
    return blurred(frame, swing(px, float(context.rng().integers(12)) * 15.0))


def skew(frame: Frame, speed: float, context: Context) -> Frame:
    """Rolling shutter: row y is taken y line times later, so the part at `speed` mm/s has moved on by then.

    Source: Meingast, Geyer & Sastry, Geometric models of rolling-shutter cameras, 2005.
    """
    camera = context.camera
    per_row = camera.pixels(speed * camera.line_time_us * 1e-6)
    angle = np.radians(camera.conveyor_deg)
    matrix = np.eye(3)
    matrix[0, 1], matrix[1, 1] = per_row * np.cos(angle), 1.0 + per_row * np.sin(angle)
    middle = (frame.size[0] - 1) / 2.0
    centred = translation(-matrix[0, 1] * middle, -(matrix[1, 1] - 1.0) * middle)
    return moved(frame, centred @ matrix)


def trigger(frame: Frame, microseconds: float, context: Context) -> Frame:
    """Trigger jitter: exposed earlier or later by `microseconds` x a normal draw (cut at 2.5) at 1 m/s belt speed.

    Source: offset = belt speed x delay.
    """
    z = float(np.clip(context.rng().standard_normal(), -2.5, 2.5))
    angle = np.radians(context.camera.conveyor_deg)

    def steps(size: float) -> list[Matrix]:
        px = context.camera.pixels(size * 1e-3 * z)
        return [translation(s * px * np.cos(angle), s * px * np.sin(angle)) for s in (1.0, -1.0)]

    return moved(frame, steps(microseconds)[safest(frame, steps(context.worst))])
