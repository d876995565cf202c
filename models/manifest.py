"""`family.toml` to a Family and back: every key known, every value of its type, every error one line with its key."""

import json
import os
import tomllib
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.contract import CHANNELS
from models.errors import ModelError
from models.types import Card, Family, Gate, Member, Output, Resize

FAMILY_FILE = "family.toml"
MOST_BYTES = 4 << 20
MEND = "correct the line, or write the file anew with `inspect-eval models card`"

Word = Annotated[str, Field(min_length=1, max_length=200)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=1, le=32768)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Card(_Strict):
    """The keys of `models.types.Card`, with their ranges."""

    input_name: Word
    output_name: Word
    height: Pixels
    width: Pixels
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    dtype: Literal["float32", "float16", "uint8"] = "float32"
    resize: Resize = Card.resize
    filter: Literal["nearest", "bilinear", "bicubic", "area", "lanczos"] = "bilinear"
    pad: Annotated[float, Field(ge=0, le=1)] = Card.pad
    colour: Literal["RGB", "BGR", "GRAY"] = "RGB"
    scale: Positive = 1.0
    mean: Annotated[tuple[Finite, ...], Field(min_length=1, max_length=3)] = Card.mean
    std: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=3)] = Card.std
    output: Output = Card.output
    classes: Annotated[tuple[Word, ...], Field(min_length=1)] = Card.classes
    ok_classes: Annotated[tuple[Word, ...], Field(min_length=1)] = Card.ok_classes
    threshold: Finite = 0.5
    batch: Annotated[int, Field(ge=1)] | None = None


class _Data(_Strict):
    file: Word
    sha256: Sha256


class _Gate(_Strict):
    reference: Word
    candidate: Word
    parts: Count
    changed: Count
    changed_high: Annotated[float, Field(ge=0, le=1)]
    largest: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    beyond: Annotated[float, Field(ge=0, le=1)]


class _Member(_Strict):
    file: Word
    name: Annotated[str, Field(min_length=1, max_length=64)]
    sha256: Sha256
    params: Count
    macs: Count
    activations: Count
    card: _Card
    data: tuple[_Data, ...] = ()
    made_from: Annotated[str, Field(max_length=64)] = ""
    precision: Literal["", "fp32", "tf32", "bf16", "fp16"] = ""
    gate: _Gate | None = None


class _Manifest(_Strict):
    name: Word
    notes: str = ""
    member: Annotated[tuple[_Member, ...], Field(min_length=1)]


def read_manifest(path: Path) -> Family:
    """Parse one `family.toml`. Files named in it are not looked at. Raises ModelError with file and key."""
    try:
        manifest = _Manifest.model_validate_json(json.dumps(_toml(path), default=str))
    except ValidationError as error:
        raise ModelError(_first(error), file=str(path), mend=MEND) from error
    members = [_member(one, path) for one in manifest.member]
    _refuse_twins([one.name for one in members], "name", path)
    _refuse_twins([f"{one.file} {one.precision}".strip() for one in members], "file", path)
    members.sort(key=lambda one: (one.macs, one.params))
    return Family(manifest.name, path.parent, tuple(members), manifest.notes)


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"over {MOST_BYTES >> 20} MiB, no family has so much to say", file=str(path), mend=MEND)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"cannot read it: {error.strerror}", file=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"not TOML: {' '.join(str(error).split())[:160]}", file=str(path), mend=MEND) from error


def _first(error: ValidationError) -> str:
    """What to say first (a misspelt key before the one it leaves missing), with its key: `member 2: card.resize`."""
    found = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    steps = [
        f"member {step + 1}" if isinstance(step, int) and at == 1 else str(step) for at, step in enumerate(found["loc"])
    ]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if found["type"] == "extra_forbidden":
        return f"{_key(steps)}: unknown key{_nearest(steps)}{more}"
    return f"{_key(steps)}: {found['msg'][:1].lower()}{found['msg'][1:]}{more}"


def _key(steps: list[str]) -> str:
    if len(steps) > 1 and steps[0] == "member":
        return f"{steps[1]}: {'.'.join(steps[2:]) or 'entry'}"
    return ".".join(steps) or "file"


def _nearest(steps: list[str]) -> str:
    schema: dict[int, type[BaseModel]] = {1: _Manifest, 3: _Member, 4: _Card}
    known = schema.get(len(steps), _Data).model_fields
    near = get_close_matches(steps[-1], known, 1)
    return f", did you mean {near[0]!r}?" if near else ""


def _member(said: _Member, path: Path) -> Member:
    where = f"member {said.name!r}"
    if not said.name.isprintable():
        raise ModelError(f"{where}: name: has characters that cannot be printed", file=str(path), mend=MEND)
    problem = _card_problem(said.card)
    if problem:
        raise ModelError(f"{where}: card.{problem}", file=str(path), mend=MEND)
    return Member(
        name=said.name,
        file=path.parent / said.file,
        sha256=said.sha256,
        params=said.params,
        macs=said.macs,
        activations=said.activations,
        card=Card(**dict(said.card)),
        data=tuple((one.file, one.sha256) for one in said.data),
        made_from=said.made_from,
        precision=said.precision,
        gate=Gate(**dict(said.gate)) if said.gate else None,
    )


def _card_problem(card: _Card) -> str:
    """What pydantic's field types cannot say; empty where nothing is wrong."""
    channels = CHANNELS[card.colour]
    for key, values in (("mean", card.mean), ("std", card.std)):
        if len(values) not in {1, channels} and len(set(values)) > 1:
            return f"{key}: {len(values)} numbers for {channels} channels"
    if len(set(card.classes)) < len(card.classes):
        return "classes: one name twice"
    if card.output is Output.ANOMALY:
        return ""
    if not set(card.ok_classes) < set(card.classes):
        return "ok_classes: must be some of classes, and not all of them"
    return "" if 0 < card.threshold < 1 else "threshold: a probability, between 0 and 1"


def _refuse_twins(words: list[str], key: str, path: Path) -> None:
    twin = next((word for at, word in enumerate(words) if word in words[:at]), None)
    if twin is not None:
        raise ModelError(f"two members have the {key} {twin!r}", file=str(path), mend=MEND)


def write_family(path: Path, family: Family) -> None:
    """Write `family` as TOML to `path`, whole or not at all. Raises OSError where the folder cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(family_toml(family, path.parent), encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def family_toml(family: Family, folder: Path) -> str:
    """`family` as TOML that will lie in `folder`: models inside it are named relative to it, others absolutely."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Which models do this job, and how each wants its pictures. sha256 guards the files."))
    document.add("name", tomlkit.item(family.name))
    document.add("notes", tomlkit.item(family.notes))
    members = tomlkit.aot()
    for member in family.members:
        members.append(tomlkit.item(_as_table(member, folder)))
    document.add("member", members)
    return tomlkit.dumps(document)


def _as_table(member: Member, folder: Path) -> dict[str, Any]:
    """The member as TOML holds it: plain keys first, its card as the last table; None is a missing key."""
    card = {key: value for key, value in asdict(member.card).items() if value is not None}
    table: dict[str, Any] = {
        "file": _named_from(member.file, folder),
        "name": member.name,
        "sha256": member.sha256,
        "params": member.params,
        "macs": member.macs,
        "activations": member.activations,
    }
    if member.gate is not None:
        table["gate"] = asdict(member.gate)
    table |= {key: said for key in ("made_from", "precision") if (said := getattr(member, key))}
    if member.data:
        table["data"] = [{"file": file, "sha256": digest} for file, digest in member.data]
    return table | {"card": {key: list(value) if isinstance(value, tuple) else value for key, value in card.items()}}


def _named_from(file: Path, folder: Path) -> str:
    file, folder = file.absolute(), folder.absolute()
    return (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()
