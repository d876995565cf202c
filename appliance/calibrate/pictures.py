"""The pictures of a folder, a few at a time: found, sampled evenly, measured, and kept so that a stop costs nothing."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from appliance.engines.cpu import cores
from appliance.errors import InputRefused, Interrupted, MachineFailed
from appliance.parts.decode import decode
from appliance.parts.read import group_of, parts_and_masks
from appliance.parts.types import LeftOut
from appliance.parts.walk import Found, walk
from appliance.site import Site
from perturb.calibration.features import Measured, measure_alone
from perturb.calibration.quantities import QUANTITIES
from perturb.camera import Camera

FEWEST = 8
VERSION = 3  # of what is measured: older kept measurements are taken anew

Progress = Callable[[int, int, float], None]
"""Pictures done, of how many, seconds since the first."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture that could be measured: its file, the scene it shows, its shape and depth."""

    file: Found
    scene: str
    measured: Measured


@dataclass(frozen=True, eq=False)
class Album:
    """The pictures in order of their names, what was left out, and how many the folder holds."""

    folder: Path
    pictures: tuple[Picture, ...]
    left_out: tuple[LeftOut, ...]
    found: int

    @property
    def days(self) -> int:
        """On how many days their files are dated; copying may make one of many."""
        stamps = (picture.file.path.stat().st_mtime for picture in self.pictures if picture.file.path.exists())
        return len({datetime.fromtimestamp(stamp, UTC).date() for stamp in stamps})


def read_album(site: Site, folder: Path, scene: str, most: int, camera: Camera, progress: Progress) -> Album:
    """Measure at most `most` pictures of `folder`, evenly spaced in the order of their names.

    Masks are told from pictures by the site's own rule. What cannot be read is left out by name. Raises InputRefused
    where the folder is missing or too few pictures are left, Interrupted where a person stops it (what was measured
    is kept in the cache).
    """
    seen = walk(folder)
    pictures, _ = parts_and_masks(site.parts, seen)
    chosen = sampled(pictures, most)
    shelf = Shelf(site.cache / "calibration", camera, site.bits)
    kept, left_out = [], [*seen.left_out]
    for file, found in _measured(chosen, shelf, progress):
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            kept.append(Picture(file, group_of(file.id, scene), found))
    shelf.clear_others(chosen)
    if len(kept) < FEWEST:
        what = f"{len(kept)} usable pictures are too few: {FEWEST} is the least, 100 tell more"
        raise InputRefused(what + _first(left_out), file=str(folder), mend="name a folder of the line's own pictures")
    return Album(seen.root, tuple(kept), tuple(left_out), len(pictures))


def _first(left_out: Sequence[LeftOut]) -> str:
    return f"; left out first: {left_out[0].id}: {left_out[0].what}" if left_out else ""


def sampled(pictures: Sequence[Found], most: int) -> list[Found]:
    """`most` of the pictures, evenly spaced."""
    if len(pictures) <= most:
        return list(pictures)
    return [pictures[i * len(pictures) // most] for i in range(most)]


class Shelf:
    """Measurements kept in the site's cache, one small file a picture, found again by path, size and time."""

    def __init__(self, folder: Path, camera: Camera, bits: int | None) -> None:
        self._folder, self._camera, self._bits = folder, camera, bits
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineFailed(
                f"the cache cannot be written: {error.strerror}", file=str(folder), mend="check the site folder"
            ) from error

    def measure(self, file: Found) -> Measured | LeftOut:
        """What a picture shows, from the shelf or anew; a LeftOut row where it cannot be read."""
        try:
            place = self.place(file)
            known = _load(place)
            return known if known is not None else self._anew(file, place)
        except InputRefused as error:
            return LeftOut(file.id, error.what, error.mend)
        except OSError as error:
            return LeftOut(file.id, f"cannot be read: {error.strerror}", "check the file and the disk")

    def place(self, file: Found) -> Path:
        """Where the measurement of a picture is kept."""
        facts = file.path.stat()
        words = (
            VERSION,
            file.path,
            facts.st_size,
            facts.st_mtime_ns,
            self._camera.transfer,
            self._camera.black,
            self._bits,
        )
        return self._folder / f"{hashlib.sha256(repr(words).encode()).hexdigest()[:32]}.npz"

    def clear_others(self, files: Sequence[Found]) -> None:
        """Remove what is kept of other pictures."""
        kept = {self.place(file) for file in files if file.path.exists()}
        for path in self._folder.glob("*.npz"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _anew(self, file: Found, place: Path) -> Measured:
        decoded = decode(file.path, self._bits)
        found = measure_alone(decoded.pixels, decoded.bits, self._camera)
        half = place.with_suffix(f".{os.getpid()}.part")
        with half.open("wb") as stream:
            values = np.array([found.features[name] for name in QUANTITIES])
            np.savez(stream, values=values, small=found.small, longer=found.longer)
        half.replace(place)
        return found


def _load(place: Path) -> Measured | None:
    """A kept measurement; None where there is none, or it was cut short."""
    try:
        with np.load(place, allow_pickle=False) as kept:
            features = dict(zip(QUANTITIES, map(float, kept["values"]), strict=True))
            return Measured(features, kept["small"].astype(np.float32), int(kept["longer"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, EOFError, OSError):
        place.unlink(missing_ok=True)
        return None


def _measured(files: Sequence[Found], shelf: Shelf, progress: Progress) -> Iterator[tuple[Found, Measured | LeftOut]]:
    """Every picture measured on all cores, in order; at most two a core are in memory."""
    start, waiting = time.monotonic(), deque[tuple[Found, Future[Measured | LeftOut]]]()
    with ThreadPoolExecutor(cores()) as pool:
        try:
            for done, file in enumerate(files):
                waiting.append((file, pool.submit(shelf.measure, file)))
                if len(waiting) > 2 * cores():
                    first, future = waiting.popleft()
                    yield first, future.result()
                progress(done + 1, len(files), time.monotonic() - start)
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise Interrupted(
                "stopped; what was measured is kept", mend="go on with the same `inspect-eval calibrate` command"
            ) from None
