"""Does a card say the truth about its model? Checked against the file's own inputs and outputs."""

from math import prod

from onnx import ModelProto

from models.errors import ModelError
from models.graph import Tensor, inferred_shapes, inputs, tensor
from models.types import Card, Output

CHANNELS = {"RGB": 3, "BGR": 3, "GRAY": 1}
MEND = "correct family.toml, or write it anew with `inspect-eval models card`"


def check_contract(card: Card, model: ModelProto) -> None:
    """Raise ModelError naming the card's key that contradicts the model; what the file leaves open, the card says."""
    fed = {value.name: value for value in map(tensor, inputs(model.graph))}
    if card.input_name not in fed:
        raise _contradiction("input_name", repr(card.input_name), " or ".join(map(repr, fed)))
    _check_input(card, fed[card.input_name])
    given = {value.name: value for value in map(tensor, model.graph.output)}
    if card.output_name not in given:
        raise _contradiction("output_name", repr(card.output_name), " or ".join(map(repr, given)))
    _check_output(card, model)


def _check_input(card: Card, picture: Tensor) -> None:
    if picture.dtype != card.dtype:
        raise _contradiction("dtype", card.dtype, picture.dtype)
    channels = CHANNELS[card.colour]
    said = {"batch": card.batch, "height": card.height, "width": card.width, "colour": channels}
    axes = ("batch", "height", "width", "colour") if card.layout == "NHWC" else ("batch", "colour", "height", "width")
    if len(picture.shape) != len(axes):
        raise _contradiction("layout", card.layout, f"an input of {len(picture.shape)} axes")
    for key, size in zip(axes, picture.shape, strict=True):
        if size is not None and size != said[key]:
            raise _contradiction(key, _shown(key, card, said[key]), _wanted(key, size))


def _shown(key: str, card: Card, said: int | None) -> str:
    return f"{card.colour} in {card.layout}" if key == "colour" else "open" if said is None else str(said)


def _wanted(key: str, size: int) -> str:
    return f"{size} channels" if key == "colour" else str(size)


def _check_output(card: Card, model: ModelProto) -> None:
    shape = inferred_shapes(model, (card.height, card.width)).get(card.output_name, ())
    columns = prod(axis or 0 for axis in shape[1:])
    if not columns:  # an axis the file leaves open
        return
    if card.output is Output.ANOMALY and len(shape) == 2 and columns != 1:
        raise _contradiction("output", "an anomaly score", f"{columns} numbers a picture")
    if card.output is not Output.ANOMALY and columns != len(card.classes) and (columns, len(card.classes)) != (1, 2):
        raise _contradiction("classes", f"{len(card.classes)} names", f"{columns} numbers a picture")


def _contradiction(key: str, said: str, wanted: str) -> ModelError:
    return ModelError(f"card.{key} says {said}, the model has {wanted}", mend=MEND)
