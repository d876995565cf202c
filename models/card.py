"""Drafting a family's cards: what the ONNX files tell of how to feed them, and the questions they leave."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from onnx import ModelProto

from models.errors import ModelError
from models.external import external_files
from models.facts import facts_of
from models.family import sha256_of
from models.graph import Tensor, inputs, tensor
from models.intake import checked_model
from models.naming import SEPARATORS, common_start, member_names, model_files
from models.normalise import Fields, Ranked, best_normalisation, normalisations
from models.outputs import with_output
from models.questions import Desk, Question
from models.types import Card, Family, Member, Resize

__all__ = ["Question", "Ranked", "best_normalisation", "draft_family", "normalisations"]

GUESSED_SIZE = "224x224"


def draft_family(
    folder: Path, *, name: str | None = None, answers: Mapping[str, str] | None = None
) -> tuple[Family, tuple[Question, ...]]:
    """The family in `folder` as its files describe it, and what is left to ask, most important first.

    Every file passes the intake first. `answers` (question key to text) settles questions; the unsettled take their
    default, or a stand-in where there is none. `name` names the family, or picks one of several that lie together.
    Raises ModelError for a hostile file, two families in one folder, or a model that gives no class or anomaly scores.
    """
    files = model_files(folder, name)
    desk = Desk(answers or {})
    members = [_member(path, called, desk) for path, called in zip(files, member_names(files), strict=True)]
    _refuse_mixture(members)
    members.sort(key=lambda member: (member.macs, member.params))
    start = common_start([path.stem for path in files]).strip(SEPARATORS)
    family = Family(name or start or files[0].parent.resolve().name, files[0].parent, tuple(members))
    return family, tuple(sorted(desk.open.values(), key=lambda question: bool(question.default)))


def _refuse_mixture(members: list[Member]) -> None:
    """Members of one family answer the same question: as many classes, scores of one kind."""
    first = members[0]
    for member in members[1:]:
        if len(member.card.classes) != len(first.card.classes) or member.card.colour != first.card.colour:
            raise ModelError(
                f"{first.name!r} and {member.name!r} cannot be one family: {len(first.card.classes)} classes of "
                f"{first.card.colour} pictures against {len(member.card.classes)} of {member.card.colour}",
                file=str(member.file),
                mend="keep each family in a folder of its own",
            )


def _member(path: Path, name: str, desk: Desk) -> Member:
    digest = sha256_of(path)
    model = checked_model(path)
    try:
        card = _card(model, desk)
        facts = facts_of(model, size=(card.height, card.width))
    except ModelError as error:
        raise ModelError(error.what, file=str(path), mend=error.mend) from error
    data = tuple((file, sha256_of(path.parent / file)) for file in external_files(model))
    return Member(name, path, digest, facts.params, facts.macs, facts.activations, card, data)


def _card(model: ModelProto, desk: Desk) -> Card:
    picture = tensor(inputs(model.graph)[0])
    layout = _layout(picture, desk)
    batch, *axes = picture.shape
    channels, height, width = (axes[2], axes[0], axes[1]) if layout == "NHWC" else (axes[0], axes[1], axes[2])
    if channels not in {1, 3, None}:
        raise ModelError(f"its input has {channels} channels; a picture has 1 or 3", mend="export it for mono or RGB")
    height, width = (height, width) if height and width else _size(desk)
    card = Card(picture.name, "", height, width, layout, picture.dtype, batch=batch)
    card = with_output(card, model, desk)
    return _with_pixels(card, channels or 3, desk)


def _layout(picture: Tensor, desk: Desk) -> str:
    """By where the axis of 1 or 3 stands; asked where both or neither could be the channels."""
    first, last = (picture.shape[place] in {1, 3} for place in (1, 3))
    if first != last:
        return "NCHW" if first else "NHWC"
    text = f"Where does input {picture.name!r} keep its channels?"
    return desk.ask(Question("layout", text, ("NCHW", "NHWC"), "NCHW", "--channel-layout"))


def _size(desk: Desk) -> tuple[int, int]:
    text = "The models take pictures of any size; which height x width were they trained on?"
    said = desk.ask(Question("size", text, (), "", "--input-size"), GUESSED_SIZE)
    numbers = [int(part) for part in said.lower().split("x") if part.strip().isdecimal()]
    if len(numbers) != 2 or min(numbers) < 1:
        raise ModelError(f"--input-size {said!r} is no size", mend="write height x width, as 224x224")
    return numbers[0], numbers[1]


def _with_pixels(card: Card, channels: int, desk: Desk) -> Card:
    ways = dict(normalisations(channels))
    if card.dtype == "uint8":
        ways = {name: fields for name, fields in ways.items() if "byte" in name}
    text = "How were pictures scaled in training?"
    name = desk.ask(Question("normalisation", text, tuple(ways), next(iter(ways)), "--normalisation"))
    text = "How is a picture of another size made to fit?"
    resize = desk.ask(Question("resize", text, tuple(way.value for way in Resize), Resize.STRETCH.value, "--resize"))
    fields: Fields = {"resize": Resize(resize)} | ways[name]
    return replace(card, **fields)
