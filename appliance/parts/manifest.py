"""The manifest of the parts: one sha256 a picture, as `sha256sum` writes and checks it.

A damaged JPEG usually still decodes, to other pixels: only a hash notices. `cd PARTS && sha256sum -c parts.sha256`
checks the same file by hand.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import InputRefused, MachineFailed
from appliance.parts.decode import read_bytes
from appliance.parts.header import Refusal
from appliance.parts.types import LeftOut, Part, PartSet
from appliance.site import Site

THREADS = 8
CHUNK = 32  # parts a thread takes at a time
REFRESH = "restore it, or accept it with `inspect-eval init --refresh`"
LINE = re.compile(r"(?P<escaped>\\?)(?P<hash>[0-9a-f]{64})[ ][ *](?P<path>.+)")
ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True)
class Hashed:
    """sha256 (hex) by part id, and the parts that could not be read."""

    sha256: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Checked:
    """The parts whose bytes are the manifest's, with their sha256 by id; `verified` is False without a manifest."""

    parts: tuple[Part, ...]
    sha256: Mapping[str, str]
    left_out: tuple[LeftOut, ...]
    verified: bool


def hash_parts(parts: Sequence[Part]) -> Hashed:
    """sha256 of every part, in threads: hashing and reading both let go of the interpreter."""
    with ThreadPoolExecutor(THREADS) as pool:
        chunks = [parts[at : at + CHUNK] for at in range(0, len(parts), CHUNK)]
        hashes = [got for chunk in pool.map(_hash_all, chunks) for got in chunk]
    pairs = list(zip(parts, hashes, strict=True))
    left_out = tuple(LeftOut(part.id, got.what, got.mend) for part, got in pairs if isinstance(got, Refusal))
    return Hashed({part.id: got for part, got in pairs if isinstance(got, str)}, left_out)


def check_manifest(site: Site, found: PartSet) -> Checked:
    """The parts of a site that are, to the bit, the ones its manifest names; the others are left out by name.

    Raises InputRefused where the manifest cannot be read or not one part is left.
    """
    hashed = hash_parts(found.parts)
    if not site.manifest_path.exists():
        kept = tuple(part for part in found.parts if part.id in hashed.sha256)
        return Checked(kept, hashed.sha256, (*found.left_out, *hashed.left_out), verified=False)
    known = read_manifest(site.manifest_path)
    wrong = [*_wrong(hashed.sha256, known), *_gone(found, known)]
    bad = {row.id for row in wrong}
    kept = tuple(part for part in found.parts if part.id in hashed.sha256 and part.id not in bad)
    if not kept:
        what = f"not one of {len(found.parts)} parts is as the manifest says"
        raise InputRefused(
            what, file=str(site.manifest_path), mend="check [parts] path, or run `inspect-eval init --refresh`"
        )
    left_out = sorted((*found.left_out, *hashed.left_out, *wrong), key=lambda row: row.id)
    return Checked(kept, {part.id: hashed.sha256[part.id] for part in kept}, tuple(left_out), verified=True)


def _wrong(hashes: Mapping[str, str], known: Mapping[str, str]) -> list[LeftOut]:
    wrong = [(part, "is not in the manifest") for part in hashes if part not in known]
    wrong += [
        (part, "is not the file the manifest names (sha256 differs)")
        for part in hashes
        if known.get(part, hashes[part]) != hashes[part]
    ]
    return [LeftOut(part, what, REFRESH) for part, what in wrong]


def _gone(found: PartSet, known: Mapping[str, str]) -> list[LeftOut]:
    """What the manifest names and the folder has no more; a part left out for another reason keeps that one."""
    here = {part.id for part in found.parts} | {row.id for row in found.left_out}
    return [
        LeftOut(part, "is in the manifest, but not in the parts folder", REFRESH) for part in known if part not in here
    ]


def manifest_text(hashes: Mapping[str, str]) -> str:
    """The manifest, a line a part in id order."""
    return "".join(_line(part, hashes[part]) for part in sorted(hashes))


def write_manifest(file: Path, hashes: Mapping[str, str]) -> None:
    """Write the manifest. Raises MachineFailed."""
    try:
        file.write_text(manifest_text(hashes), encoding="utf-8", newline="\n")
    except OSError as error:
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(file), mend="check the folder") from error


def read_manifest(file: Path) -> dict[str, str]:
    """sha256 by part id. Raises InputRefused naming the line that is no manifest's."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputRefused("not UTF-8 text", file=str(file), mend="run `inspect-eval init --refresh`") from error
    except OSError as error:
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(file), mend="check its permissions") from error
    known: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if found:
            path = _unescaped(found["path"]) if found["escaped"] else found["path"]
            known[path] = found["hash"]
        elif line:
            mend = "run `inspect-eval init --refresh`"
            raise InputRefused(f"line {number} is not `sha256  path`", file=str(file), mend=mend)
    return known


def _hash_all(parts: Sequence[Part]) -> list[str | Refusal]:
    return [_hash(part) for part in parts]


def _hash(part: Part) -> str | Refusal:
    try:
        return hashlib.sha256(read_bytes(part.path)).hexdigest()
    except Refusal as refusal:
        return refusal


def _line(part: str, sha256: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == part else chr(92)}{sha256}  {escaped}\n"


def _unescaped(path: str) -> str:
    return re.sub(r"\\[\\nr]", lambda found: ESCAPES[found[0]], path)
