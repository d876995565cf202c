"""`models convert`: a member in another precision, as a new member of the family, gated before any speed is quoted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tomlkit
from numpy.typing import NDArray

from appliance.audit.order import site_family, usable_parts
from appliance.engines.cpu import CpuSpec
from appliance.engines.machine import cores
from appliance.engines.prepare import require_ready
from appliance.engines.select import ChosenEngine, engine_spec
from appliance.engines.setting import ARITHMETIC, arithmetic
from appliance.equivalence import Equivalence, clean_pictures, compare_members
from appliance.errors import MachineFailed, UsageError
from appliance.log.lock import site_lock
from appliance.parts.decode import Decoded
from appliance.parts.types import Part
from appliance.site import Site
from models.convert.half import to_half
from models.convert.quantise import to_int8
from models.facts import inspect
from models.family import FAMILY_FILE, check_member, sha256_of, write_family
from models.preprocess import preprocess_batch
from models.types import Family, Gate, Member

TO_FILE = ("fp16", "int8")
TO_RUNTIME = ("tf32", "bf16")
CALIBRATION_PARTS = 128
GATE_PARTS = 256
FOLDER = "converted"
BATCH = 8  # pictures a calibration step

Say = Callable[[str], None]


@dataclass(frozen=True)
class Converted:
    """A new member and how it stands to the one it was made from."""

    member: Member
    gate: Equivalence


@dataclass(frozen=True)
class Wanted:
    """What is to be made: the precision, of which members (none: of all that were exported), how it is calibrated."""

    to: str
    members: tuple[str, ...] = ()
    calibration: str = "minmax"
    provider: str | None = None


def convert_site(site: Site, wanted: Wanted, say: Say) -> list[Converted]:
    """Convert members of the site's family, gate each, and add it to the site's family.toml.

    fp16 and int8 become files in the site's folder `converted`; int8 is calibrated on one half of the clean parts and
    gated on the other. tf32 and bf16 are how a provider computes the same file. A member converted before is replaced.
    Raises UsageError, InputRefused, ModelError or MachineFailed, and SiteBusy where another command holds the site.
    """
    spec = _spec(site, wanted)
    require_ready(spec)
    with site_lock(site.folder, "models convert"):
        return _converted(site, wanted, spec, say)


def _converted(site: Site, wanted: Wanted, spec: ChosenEngine, say: Say) -> list[Converted]:
    family = site_family(site)
    sources = _sources(family, wanted)
    parts, _, _ = usable_parts(site)
    fit, held = _halves(parts) if wanted.to == "int8" else ((), parts)
    pictures = clean_pictures(fit, site.bits, CALIBRATION_PARTS) if fit else []
    gate_on = clean_pictures(held, site.bits, GATE_PARTS)
    done = []
    for source in sources:
        member = _made(site, source, wanted, pictures)
        found = compare_members(source, member, CpuSpec(cores()), spec, gate_on, site.task.kind)
        say(found.line())
        done.append(Converted(replace(member, gate=gate_of(found)), found))
    _write(site, family, done, say)
    return done


def gate_of(found: Equivalence) -> Gate:
    """What family.toml keeps of a gate."""
    changed = found.changed
    return Gate(
        found.reference, found.candidate, changed.n + found.silent, changed.k + found.silent, changed.high,
        found.largest, found.beyond,
    )  # fmt: skip


def _spec(site: Site, wanted: Wanted) -> ChosenEngine:
    """The engine of the gate: the site's, or the one named; what a runtime computes must be within its power."""
    known = (*TO_FILE, *TO_RUNTIME)
    if wanted.to not in known:
        raise UsageError(f"there is no conversion to {wanted.to!r}", mend=f"use --to {', '.join(known)}")
    spec = engine_spec(site, provider=wanted.provider)
    if wanted.to in TO_RUNTIME and wanted.to not in ARITHMETIC[spec.setting.provider]:
        able = " or ".join(name for name, have in ARITHMETIC.items() if wanted.to in have)
        what = f"{wanted.to} is how a provider computes, and {spec.setting.provider} cannot"
        raise UsageError(what, mend=f"name one that can: --provider {able}")
    return spec


def _sources(family: Family, wanted: Wanted) -> list[Member]:
    """The members to convert: those named, or all that were exported."""
    exported = {member.name: member for member in family.members if not member.made_from}
    strange = [name for name in wanted.members if name not in exported]
    if strange:
        raise UsageError(f"there is no exported member {strange[0]!r}", mend=f"name of: {', '.join(exported)}")
    return [exported[name] for name in wanted.members or exported]


def _halves(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Two disjoint halves with as many OK and NG parts each, whole groups on one side where there are groups."""
    sides: tuple[list[Part], list[Part]] = ([], [])
    order: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    for part in sorted(parts, key=lambda part: part.id):
        key = (part.label.verdict.value, part.group or part.id)
        if key not in order:
            order[key] = counts.get(key[0], 0) % 2
            counts[key[0]] = counts.get(key[0], 0) + 1
        sides[order[key]].append(part)
    return sides if all(sides) else (list(parts), list(parts))


def _made(site: Site, source: Member, wanted: Wanted, pictures: Sequence[Decoded]) -> Member:
    """The new member: a new file, or the same one computed otherwise."""
    name = f"{source.name}-{wanted.to}"
    if wanted.to in TO_RUNTIME:
        member = replace(source, name=name, made_from=source.name, precision=wanted.to)
        arithmetic(engine_spec(site, provider=wanted.provider).setting, member)
        return member
    out = _folder(site) / f"{source.file.stem}-{wanted.to}.onnx"
    if wanted.to == "fp16":
        to_half(source.file, out)
    else:
        to_int8(source.file, out, source.card.input_name, _batches(source, pictures), wanted.calibration)
    facts = inspect(out, size=(source.card.height, source.card.width))
    member = Member(
        name, out, sha256_of(out), facts.params, facts.macs, facts.activations, source.card, made_from=source.name
    )
    check_member(member)
    return member


def _batches(member: Member, pictures: Sequence[Decoded]) -> list[NDArray[np.generic]]:
    size = member.card.batch or BATCH
    rows = [preprocess_batch([picture.pixels], picture.bits, member.card) for picture in pictures]
    rows = (
        rows[: max(len(rows) // size, 1) * size]
        if member.card.batch is None
        else rows + rows[-1:] * (-len(rows) % size)
    )
    return [np.concatenate(rows[start : start + size]) for start in range(0, len(rows), size)]


def _folder(site: Site) -> Path:
    folder = site.folder / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = "give this user the permission"
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(folder), mend=mend) from error
    return folder


def _write(site: Site, family: Family, done: Sequence[Converted], say: Say) -> None:
    """Add the new members to the site's own card file; one that lies elsewhere is left as it is and copied first."""
    made = {one.member.name: one.member for one in done}
    members = [member for member in family.members if member.name not in made]
    path = site.card_path if site.card_path.resolve().is_relative_to(site.folder) else site.folder / FAMILY_FILE
    write_family(path, replace(family, folder=path.parent, members=(*members, *made.values())))
    if path != site.card_path:
        _use_card(site, path.name)
        say(f"{site.file.name} now names {path.name}: {site.card_path} belongs to somebody else and stays as it is")


def _use_card(site: Site, name: str) -> None:
    document = tomlkit.parse(site.file.read_text(encoding="utf-8"))
    document["family"]["card"] = name
    site.file.write_text(tomlkit.dumps(document), encoding="utf-8")
