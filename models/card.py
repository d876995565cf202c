"""Drafting a family's cards: what the ONNX files tell of how to feed them, and the questions they leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path

from onnx import GraphProto, ModelProto, NodeProto

from models.errors import ModelError
from models.external import external_files
from models.facts import facts_of
from models.family import sha256_of
from models.graph import Shape, Tensor, inferred_shapes, inputs, tensor
from models.intake import checked_model
from models.naming import SEPARATORS, common_start, member_names, model_files
from models.normalise import Fields, Ranked, best_normalisation, normalisations
from models.types import Card, Family, Member, Output, Resize

__all__ = ["Question", "Ranked", "best_normalisation", "draft_family", "normalisations"]

PASSING = frozenset(
    {"Cast", "DequantizeLinear", "Dropout", "Flatten", "Identity", "QuantizeLinear", "Reshape", "Squeeze", "Transpose"}
)
"""Operators that leave the meaning of an output as it was."""
MEANINGS = {"Softmax": Output.PROBABILITIES, "Sigmoid": Output.PROBABILITIES, "HardSigmoid": Output.PROBABILITIES}
"""What an output means by the operator that ends it; anything else gives logits (LogSoftmax too: softmax undoes it)."""
GUESSED_SIZE = "224x224"


@dataclass(frozen=True)
class Question:
    """Something no file can tell. `choices` is empty for free text; an empty `default` means no guess is safe."""

    key: str
    text: str
    choices: tuple[str, ...]
    default: str
    flag: str


@dataclass
class _Desk:
    """Hands out the answers that were given, and keeps the questions that were not."""

    answers: Mapping[str, str]
    open: dict[str, Question] = field(default_factory=dict)

    def ask(self, question: Question, stand_in: str = "") -> str:
        """The answer, else the default, else `stand_in`. Raises ModelError for an answer that is no choice."""
        answer = self.answers.get(question.key)
        if answer is None:
            self.open.setdefault(question.key, question)
            return question.default or stand_in
        if question.choices and answer not in question.choices:
            raise ModelError(
                f"{question.flag} {answer!r} is not one of {', '.join(question.choices)}",
                mend=f"give {question.flag} one of these",
            )
        return answer


def draft_family(
    folder: Path, *, name: str | None = None, answers: Mapping[str, str] | None = None
) -> tuple[Family, tuple[Question, ...]]:
    """The family in `folder` as its files describe it, and what is left to ask, most important first.

    Every file passes the intake first. `answers` (question key to text) settles questions; the unsettled take their
    default, or a stand-in where there is none. `name` names the family, or picks one of several that lie together.
    Raises ModelError for a hostile file, two families in one folder, or a model that gives no class or anomaly scores.
    """
    files = model_files(folder, name)
    desk = _Desk(answers or {})
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


def _member(path: Path, name: str, desk: _Desk) -> Member:
    digest = sha256_of(path)
    model = checked_model(path)
    try:
        card = _card(model, desk)
        facts = facts_of(model, size=(card.height, card.width))
    except ModelError as error:
        raise ModelError(error.what, file=str(path), mend=error.mend) from error
    data = tuple((file, sha256_of(path.parent / file)) for file in external_files(model))
    return Member(name, path, digest, facts.params, facts.macs, facts.activations, card, data)


def _card(model: ModelProto, desk: _Desk) -> Card:
    picture = tensor(inputs(model.graph)[0])
    layout = _layout(picture, desk)
    batch, *axes = picture.shape
    channels, height, width = (axes[2], axes[0], axes[1]) if layout == "NHWC" else (axes[0], axes[1], axes[2])
    if channels not in {1, 3, None}:
        raise ModelError(f"its input has {channels} channels; a picture has 1 or 3", mend="export it for mono or RGB")
    height, width = (height, width) if height and width else _size(desk)
    card = Card(picture.name, "", height, width, layout, picture.dtype, batch=batch)
    card = _with_output(card, model, desk)
    return _with_pixels(card, channels or 3, desk)


def _layout(picture: Tensor, desk: _Desk) -> str:
    """By where the axis of 1 or 3 stands; asked where both or neither could be the channels."""
    first, last = (picture.shape[place] in {1, 3} for place in (1, 3))
    if first != last:
        return "NCHW" if first else "NHWC"
    text = f"Where does input {picture.name!r} keep its channels?"
    return desk.ask(Question("layout", text, ("NCHW", "NHWC"), "NCHW", "--channel-layout"))


def _size(desk: _Desk) -> tuple[int, int]:
    text = "The models take pictures of any size; which height x width were they trained on?"
    said = desk.ask(Question("size", text, (), "", "--input-size"), GUESSED_SIZE)
    numbers = [int(part) for part in said.lower().split("x") if part.strip().isdecimal()]
    if len(numbers) != 2 or min(numbers) < 1:
        raise ModelError(f"--input-size {said!r} is no size", mend="write height x width, as 224x224")
    return numbers[0], numbers[1]


# ---- the output


def _with_output(card: Card, model: ModelProto, desk: _Desk) -> Card:
    shapes = inferred_shapes(model, (card.height, card.width))
    fit = {value.name: columns for value in model.graph.output if (columns := _columns(shapes.get(value.name, ())))}
    if not fit:
        given = ", ".join(f"{value.name} {list(tensor(value).shape)}" for value in model.graph.output)
        raise ModelError(
            f"it gives no class scores and no anomaly score ({given[:200]})",
            mend="export a classification or anomaly model; detectors are not judged by their raw output",
        )
    name = next(iter(fit))
    if len(fit) > 1:
        text = "Which output holds the verdict?"
        name = desk.ask(Question("output_name", text, tuple(fit), name, "--output-name"))
    card = replace(card, output_name=name)
    return _scored(card, model.graph, desk) if fit[name] == 1 else _classified(card, model.graph, fit[name], desk)


def _columns(shape: Shape) -> int:
    """Numbers a picture: 1 for (n,), (n, 1) or a score map (n, 1, h, w); k for (n, k) or (n, k, 1, 1); 0 for others.

    An open axis counts as two classes, the commonest case; the first run checks it.
    """
    if len(shape) == 4 and shape[1] == 1:
        return 1
    wide = [axis for axis in shape[1:] if axis != 1]
    if len(shape) not in {1, 2, 3, 4} or len(wide) > 1:
        return 0
    return prod(axis or 2 for axis in wide)


def _scored(card: Card, graph: GraphProto, desk: _Desk) -> Card:
    """One number a picture: a probability where a sigmoid ends it, else it is asked what it means."""
    meaning = _meaning(graph, card.output_name)
    if meaning is Output.LOGITS:
        text = "The models give one number a picture; is it a logit of NG or an anomaly score (larger: more anomalous)?"
        meaning = Output(desk.ask(Question("output", text, ("logits", "anomaly"), "", "--output"), "logits"))
    if meaning is not Output.ANOMALY:
        return replace(card, output=meaning)
    said = desk.ask(Question("threshold", "Over which anomaly score is a part NG?", (), "", "--threshold"), "0.5")
    return replace(card, output=meaning, threshold=_number(said))


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError as error:
        raise ModelError(f"--threshold {said!r} is no number", mend="give a number such as 0.5") from error


def _classified(card: Card, graph: GraphProto, columns: int, desk: _Desk) -> Card:
    card = replace(card, output=_meaning(graph, card.output_name))
    if columns == 2:
        text = "Which of the two outputs means OK?"
        ok = desk.ask(Question("ok_class", text, ("0", "1"), "0", "--ok-class"))
        return replace(card, classes=("OK", "NG") if ok == "0" else ("NG", "OK"))
    stand_in = ",".join(f"class {place}" for place in range(columns))
    text = f"The models tell {columns} classes apart; their names, in the order of the output, with commas?"
    classes = _words(desk.ask(Question("classes", text, (), "", "--classes"), stand_in))
    text = "Which of these classes are OK, with commas?"
    ok_classes = _words(desk.ask(Question("ok_classes", text, (), "", "--ok-classes"), classes[0] if classes else ""))
    if len(classes) != columns or not set(ok_classes) < set(classes):
        raise ModelError(
            f"--classes names {len(classes)} classes of {columns}, or --ok-classes is not some of them",
            mend="name every class once, in the order of the output, and some of them as OK",
        )
    return replace(card, classes=classes, ok_classes=ok_classes)


def _words(said: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in said.split(",") if word.strip())


def _meaning(graph: GraphProto, output: str) -> Output:
    """What the operator that ends the graph makes of the numbers."""
    makers: dict[str, NodeProto] = {name: node for node in graph.node for name in node.output}
    node = makers.get(output)
    while node is not None and node.op_type in PASSING and node.input:
        node = makers.get(node.input[0])
    return MEANINGS.get(node.op_type, Output.LOGITS) if node is not None else Output.LOGITS


# ---- the pixels


def _with_pixels(card: Card, channels: int, desk: _Desk) -> Card:
    ways = dict(normalisations(channels))
    if card.dtype == "uint8":
        ways = {name: fields for name, fields in ways.items() if "byte" in name}
    text = "How were pictures scaled in training?"
    name = desk.ask(Question("normalisation", text, tuple(ways), next(iter(ways)), "--normalisation"))
    text = "How is a picture of another size made to fit?"
    resize = desk.ask(Question("resize", text, tuple(way.value for way in Resize), Resize.STRETCH.value, "--resize"))
    fields: Fields = {"resize": Resize(resize)} | ways[name]
    return replace(card, **fields)
