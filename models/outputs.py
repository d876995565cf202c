"""What a model's answer means: which output, scores of what kind, which classes, which limit."""

from dataclasses import replace
from math import inf, nan, prod

from onnx import GraphProto, ModelProto, NodeProto

from models.errors import ModelError
from models.graph import Shape, inferred_shapes, tensor
from models.questions import Desk, Question
from models.types import Card, Output

PASSING = frozenset(
    {"Cast", "DequantizeLinear", "Dropout", "Flatten", "Identity", "QuantizeLinear", "Reshape", "Squeeze", "Transpose"}
)
"""Operators that leave the meaning of an output as it was."""
MEANINGS = {"Softmax": Output.PROBABILITIES, "Sigmoid": Output.PROBABILITIES, "HardSigmoid": Output.PROBABILITIES}
"""What an output means by the operator that ends it; anything else gives logits (LogSoftmax too: softmax undoes it)."""


def with_output(card: Card, model: ModelProto, desk: Desk) -> Card:
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


def _scored(card: Card, graph: GraphProto, desk: Desk) -> Card:
    """One number a picture: a probability where a sigmoid ends it, else it is asked what it means."""
    meaning = _meaning(graph, card.output_name)
    if meaning is Output.LOGITS or "output" in desk.answers:
        text = "The models give one number a picture; is it a logit of NG or an anomaly score (larger: more anomalous)?"
        choices = (Output.LOGITS.value, Output.ANOMALY.value, Output.PROBABILITIES.value)
        meaning = Output(desk.ask(Question("output", text, choices, "", "--output"), "logits"))
    return _with_threshold(replace(card, output=meaning), desk)


def _with_threshold(card: Card, desk: Desk) -> Card:
    """Over 0.5 where NG is a probability and nothing else was said; an anomaly score's limit is asked."""
    if card.output is not Output.ANOMALY and "threshold" not in desk.answers:
        return card
    said = desk.ask(Question("threshold", "Over which anomaly score is a part NG?", (), "", "--threshold"), "0.5")
    low, high = (-inf, inf) if card.output is Output.ANOMALY else (0.0, 1.0)
    try:
        threshold = float(said)
    except ValueError:
        threshold = nan
    if not low < threshold < high:
        mend = "give a number such as 0.5 (a probability lies between 0 and 1)"
        raise ModelError(f"--threshold {said!r} is no threshold", mend=mend)
    return replace(card, threshold=threshold)


def _classified(card: Card, graph: GraphProto, columns: int, desk: Desk) -> Card:
    """One number a class: probabilities where a softmax or sigmoid ends it, or as it was said."""
    meaning = _meaning(graph, card.output_name)
    if "output" in desk.answers:
        ways = (Output.LOGITS.value, Output.PROBABILITIES.value)
        text = f"Are the {columns} numbers a picture logits or probabilities?"
        meaning = Output(desk.ask(Question("output", text, ways, meaning.value, "--output")))
    return _named(_with_threshold(replace(card, output=meaning), desk), columns, desk)


def _named(card: Card, columns: int, desk: Desk) -> Card:
    """The card with its classes, and which of them are OK."""
    if columns == 2 and "classes" not in desk.answers:
        text = "Which of the two outputs means OK?"
        ok = desk.ask(Question("ok_class", text, ("0", "1"), "0", "--ok-class"))
        return replace(card, classes=("OK", "NG") if ok == "0" else ("NG", "OK"))
    stand_in = ",".join(f"class {place}" for place in range(columns))
    text = f"The models tell {columns} classes apart; their names, in the order of the output, with commas?"
    classes = _words(desk.ask(Question("classes", text, (), "", "--classes"), stand_in))
    text = "Which of these classes are OK, with commas?"
    ok_classes = _words(desk.ask(Question("ok_classes", text, (), "", "--ok-classes"), classes[0] if classes else ""))
    if len(set(classes)) != columns or len(classes) != columns or not set() < set(ok_classes) < set(classes):
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
