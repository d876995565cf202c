"""The camera: the figures of an EMVA 1288 data sheet with its lens, read from a small TOML file."""

import math
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from perturb.errors import PerturbError


@dataclass(frozen=True)
class Camera:
    """Sensor (EMVA 1288 Release 4 linear model), lens, geometry and timing; the defaults are the `common` profile.

    `full_well` e- saturation capacity; `gain` K in DN/e- at `bits`; `dark_noise` e- rms; `dsnu` e- rms; `prnu`
    fraction rms; `black_level` DN at `bits`; `pixel_pitch_um` um; `focal_mm` mm; `mm_per_px` object side;
    `exposure_ms` ms; `line_time_us` us per row of a rolling shutter; `conveyor_deg` direction of travel in the
    picture, 0 is towards +x and 90 towards +y; `lamp_kelvin` K; `mains_hz` Hz; `transfer` is `linear`, `srgb`
    or `gamma=x` (light = code value ** x).
    """

    name: str = "common"
    full_well: float = 10500.0
    gain: float = 0.389
    dark_noise: float = 2.3
    dsnu: float = 0.9
    prnu: float = 0.005
    black_level: float = 0.0
    bits: int = 12
    pixel_pitch_um: float = 3.45
    f_number: float = 2.8
    focal_mm: float = 25.0
    mm_per_px: float = 0.05
    exposure_ms: float = 0.5
    line_time_us: float = 12.0
    conveyor_deg: float = 0.0
    lamp_kelvin: float = 5600.0
    mains_hz: float = 50.0
    transfer: str = "linear"

    @property
    def white_electrons(self) -> float:
        """Electrons at the largest code value: (2**bits - 1 - black level) / K."""
        return ((1 << self.bits) - 1 - self.black_level) / self.gain

    @property
    def black(self) -> float:
        """Black level as a fraction of the largest code value, so that it holds at any picture depth."""
        return self.black_level / ((1 << self.bits) - 1)

    @property
    def magnification(self) -> float:
        """Image size over object size, without unit."""
        return self.pixel_pitch_um / 1000.0 / self.mm_per_px

    def pixels(self, millimetres: float) -> float:
        """A length on the part in px."""
        return millimetres / self.mm_per_px

    def blur_circle(self, error_mm: float) -> float:
        """Circle of confusion in px for a part `error_mm` too far away (negative: too near).

        c = (f/N) |d| / (s + d) m with s = f (1 + 1/m): thin lens, Hecht, Optics, 5th ed., section 5.2.
        """
        distance = self.focal_mm * (1.0 + 1.0 / self.magnification)
        away = max(distance + error_mm, self.focal_mm)
        circle_mm = self.focal_mm / self.f_number * abs(error_mm) / away * self.magnification
        return circle_mm * 1000.0 / self.pixel_pitch_um

    def motion(self, millimetres_per_second: float) -> float:
        """Travel during the exposure in px: speed x exposure / object-side pixel size."""
        return self.pixels(millimetres_per_second * self.exposure_ms / 1000.0)


_RANGES: dict[str, tuple[float, float]] = {
    "full_well": (100.0, 1e7),
    "gain": (1e-4, 1e3),
    "dark_noise": (0.0, 1e3),
    "dsnu": (0.0, 1e3),
    "prnu": (0.0, 0.2),
    "black_level": (0.0, 16384.0),
    "bits": (8, 16),
    "pixel_pitch_um": (0.5, 50.0),
    "f_number": (0.7, 64.0),
    "focal_mm": (1.0, 1000.0),
    "mm_per_px": (1e-5, 100.0),
    "exposure_ms": (1e-4, 1e4),
    "line_time_us": (0.0, 1e4),
    "conveyor_deg": (-360.0, 360.0),
    "lamp_kelvin": (1500.0, 20000.0),
    "mains_hz": (16.0, 400.0),
}


def parse_camera(table: dict[str, Any], *, file: str = "") -> Camera:
    """A checked Camera from the keys of a TOML table; keys left out keep the default's figure."""
    known = {field.name for field in fields(Camera)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise PerturbError(f"camera has an unknown key: {unknown[0]}", file=file, mend=f"use {sorted(known)}")
    for key, value in table.items():
        _check_type(key, value, file)
    camera = Camera(**{key: _figure(key, value) for key, value in table.items()})
    _check_figures(camera, file)
    return camera


def _figure(key: str, value: Any) -> Any:
    return float(value) if key not in {"name", "transfer", "bits"} else value


def _check_type(key: str, value: Any, file: str) -> None:
    text = key in {"name", "transfer"}
    good = isinstance(value, str) if text else isinstance(value, int | float) and not isinstance(value, bool)
    if key == "bits":
        good = isinstance(value, int) and not isinstance(value, bool)
    if not good:
        kind = "a text" if text else "a whole number" if key == "bits" else "a number"
        raise PerturbError(f"camera key {key} is not {kind}: {value!r}", file=file, mend=f"give {key} {kind}")


def _check_figures(camera: Camera, file: str) -> None:
    """Refuse what no camera has: figures out of range, a gain at which the full well misses the code range."""
    for key, (low, high) in _RANGES.items():
        value = getattr(camera, key)
        if not (math.isfinite(value) and low <= value <= high):
            raise PerturbError(
                f"camera key {key} = {value:g} is impossible", file=file, mend=f"between {low:g} and {high:g}"
            )
    transfer_exponent(camera.transfer, file=file)
    span = (1 << camera.bits) - 1 - camera.black_level
    if not 0.5 * span <= camera.gain * camera.full_well <= 2.0 * span:
        raise PerturbError(
            f"camera: gain x full_well = {camera.gain * camera.full_well:.0f} DN does not fit {camera.bits} bits",
            file=file,
            mend=f"gain in DN/e- at {camera.bits} bits, near {span / camera.full_well:.3g}",
        )


def transfer_exponent(transfer: str, *, file: str = "") -> float | None:
    """The exponent of a power transfer (1.0 for `linear`), None for `srgb`; PerturbError on anything else."""
    if transfer == "srgb":
        return None
    text = "1" if transfer == "linear" else transfer.removeprefix("gamma=")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.2 <= value <= 5.0 or (transfer != "linear" and not transfer.startswith("gamma=")):
        raise PerturbError(
            f"camera key transfer = {transfer!r} is unknown", file=file, mend='"linear", "srgb" or "gamma=2.2"'
        )
    return value


def profiles() -> tuple[str, ...]:
    """Names of the camera profiles that come with the package."""
    folder = resources.files("perturb") / "cameras"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


@cache
def _profile(name: str) -> Camera:
    text = (resources.files("perturb") / "cameras" / f"{name}.toml").read_text("utf-8")
    return parse_camera(tomllib.loads(text), file=f"{name}.toml")


def load_camera(path_or_name: str | Path) -> Camera:
    """A camera by profile name (`cheap`, `common`, `good`) or from a TOML file of the same keys."""
    if str(path_or_name) in profiles():
        return _profile(str(path_or_name))
    path = Path(path_or_name)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        mend = f"a TOML file or one of {', '.join(profiles())}"
        raise PerturbError(f"no camera {path_or_name}", file=str(path), mend=mend) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PerturbError(f"camera file cannot be read: {error}", file=str(path), mend="mend the TOML") from error
    return parse_camera(table, file=str(path))
