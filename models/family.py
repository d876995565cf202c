"""A family on disk: found, read, and held against its manifest before anything runs it."""

import hashlib
from pathlib import Path

from models.contract import check_contract
from models.errors import ModelError
from models.external import external_files
from models.intake import checked_model
from models.manifest import FAMILY_FILE, family_toml, read_manifest, write_family
from models.types import Family, Member

__all__ = [
    "FAMILY_FILE",
    "check_member",
    "family_toml",
    "find_manifest",
    "load_family",
    "sha256_of",
    "write_family",
]

RENEW = "put the right file back, or accept this one with `inspect-eval models card`"


def load_family(place: Path, *, verify: bool = True) -> Family:
    """The family of a folder with a `family.toml`, or of such a file itself; members smallest first.

    With `verify` every file is hashed, looked at for what could do harm, and held against its card: only then may a
    runtime see it. Raises ModelError (file, key, mend) at the first thing wrong.
    """
    manifest = find_manifest(place)
    family = read_manifest(manifest)
    for member in family.members:
        if verify:
            check_member(member)
        elif not member.file.is_file():
            raise _missing(member.file)
    return family


def find_manifest(place: Path) -> Path:
    """The `family.toml` of `place`, which is it or holds it. Raises ModelError where there is none, or several."""
    if place.is_file():
        return place
    if not place.is_dir():
        raise ModelError("no such file or folder", file=str(place), mend="give the folder that holds the models")
    if (place / FAMILY_FILE).is_file():
        return place / FAMILY_FILE
    below = sorted(place.glob(f"*/{FAMILY_FILE}"))
    if len(below) > 1:
        raise ModelError(
            f"two families: {below[0].parent.name!r} and {below[1].parent.name!r}",
            file=str(place),
            mend="give the folder of one of them",
        )
    if below:
        return below[0]
    raise ModelError(
        f"there is no {FAMILY_FILE}", file=str(place), mend="run `inspect-eval init` or `inspect-eval models card`"
    )


def check_member(member: Member) -> None:
    """Hash the member's files, refuse what could do harm, hold the card against the model. Raises ModelError."""
    _check_hash(member.file, member.sha256)
    for name, digest in member.data:
        _check_hash(member.file.parent / name, digest)
    model = checked_model(member.file)
    loose = sorted(set(external_files(model)) - {name for name, _ in member.data})
    if loose:
        raise ModelError(f"its weight file {loose[0]!r} has no sha256", file=str(member.file), mend=RENEW)
    try:
        check_contract(member.card, model)
    except ModelError as error:
        raise ModelError(f"member {member.name!r}: {error.what}", file=str(member.file), mend=error.mend) from error


def _check_hash(file: Path, digest: str) -> None:
    if not file.is_file():
        raise _missing(file)
    if sha256_of(file) != digest:
        raise ModelError("the file is not the one family.toml names (sha256 differs)", file=str(file), mend=RENEW)


def _missing(file: Path) -> ModelError:
    return ModelError("the file is missing", file=str(file), mend="put it back, or take the member out of family.toml")


def sha256_of(file: Path) -> str:
    """The sha256 of a file as 64 hex digits, read in pieces. Raises ModelError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read the model: {error.strerror}", file=str(file)) from error
