"""Flat fields from a folder: an EMVA 1288 descriptor where there is one, else pairs in the order of their names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import InputRefused
from appliance.parts.decode import decode
from appliance.parts.walk import Found, walk
from perturb.calibration.flats import Flats, measure_flats
from perturb.errors import PerturbError
from perturb.photon import Pair, mean_and_variance
from perturb.types import Pixels

DARK = "dark"

_APART = 0.05


@dataclass(frozen=True)
class Shot:
    """Two pictures of one light level, and its exposure where a descriptor says it (0 otherwise)."""

    first: Path
    second: Path
    dark: bool
    exposure: float = 0.0


def read_flats(folder: Path, bits: int | None) -> Flats:
    """The camera's figures from the flat fields in `folder`. Raises InputRefused naming the file and the fix."""
    seen = walk(folder)
    shots = _described([file.path for file in seen.annotations]) or _paired(seen.pictures, seen.root)
    depth = bits or _depth(shots)
    try:
        lights = sorted((_read(shot, bits) for shot in shots if not shot.dark), key=lambda row: row[0])
        darks = {row[0]: row[2] for row in sorted((_read(s, bits) for s in shots if s.dark), key=lambda row: row[0])}
        matched = _matched([row[0] for row in lights], darks)
        return measure_flats([row[2] for row in lights], matched, depth)
    except PerturbError as error:
        raise InputRefused(error.what, file=str(folder), mend=error.mend) from error


def _matched(exposures: Sequence[float], darks: dict[float, Pair]) -> list[Pair]:
    """A dark pair of every exposure, or the first alone where the exposures do not tell."""
    if all(exposure in darks for exposure in exposures):
        return [darks[exposure] for exposure in exposures]
    return list(darks.values())[:1]


def _read(shot: Shot, bits: int | None) -> tuple[float, float, Pair]:
    """(exposure or mean, mean, the pictures). Raises InputRefused where the two do not belong together."""
    pair = _pixels(shot.first, bits), _pixels(shot.second, bits)
    if pair[0].shape != pair[1].shape:
        raise InputRefused(f"{shot.second.name} is of another size", file=str(shot.first), mend="keep pairs together")
    means = [float(picture.mean()) for picture in pair]
    if not shot.dark and abs(means[0] - means[1]) > _APART * max(means):
        what = f"the light of {shot.first.name} and {shot.second.name} differs: not a pair"
        raise InputRefused(what, file=str(shot.first), mend="two pictures a light level, next to each other by name")
    mean = mean_and_variance(pair)[0]
    return shot.exposure or mean, mean, pair


def _pixels(path: Path, bits: int | None) -> Pixels:
    decoded = decode(path, bits)
    return decoded.pixels if decoded.pixels.ndim == 2 else decoded.pixels[:, :, 1]


def _depth(shots: Sequence[Shot]) -> int:
    """The fewest bits that hold every picture."""
    tops = [int(decode(path).pixels.max()) for shot in shots for path in (shot.first, shot.second)]
    return max(8, max(tops, default=0).bit_length())


def _described(files: Sequence[Path]) -> list[Shot]:
    """The shots of the descriptor that names most pictures that are there (`b`, `d` and `i` lines of EMVA 1288)."""
    found = [list(_lines(path)) for path in files if path.suffix == ".txt"]
    return max(found, key=len, default=[])


def _lines(file: Path) -> Iterator[Shot]:
    dark, exposure, names = False, 0.0, list[str]()
    for line in file.read_text("utf-8", errors="replace").splitlines():
        match line.split():
            case ["b" | "d" as kind, time, *_]:
                dark, exposure, names = kind == "d", _number(time), []
            case ["i", name]:
                names.append(name.replace("\\", "/"))
                if len(names) == 2:
                    paths = [file.parent / n for n in names]
                    if all(path.is_file() for path in paths):
                        yield Shot(paths[0], paths[1], dark, exposure)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _paired(pictures: Sequence[Found], root: Path) -> list[Shot]:
    """Neighbours by name, two a level; those with `dark` in their path apart."""
    if not pictures:
        raise InputRefused("no flat fields here", file=str(root), mend="two pictures of each of three or more levels")
    shots = []
    for dark in (False, True):
        files = [file.path for file in pictures if (DARK in file.id.lower()) is dark]
        if len(files) % 2:
            what = f"{len(files)} {'dark' if dark else 'flat'} pictures do not make pairs"
            raise InputRefused(what, file=str(files[-1]), mend="two pictures a light level, next to each other by name")
        shots += [Shot(a, b, dark) for a, b in zip(files[::2], files[1::2], strict=True)]
    return shots
