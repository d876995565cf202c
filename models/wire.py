"""A look at a protobuf file's own lengths before it is parsed.

Parsing gives every message of two bytes an object of a hundred: a file of 20 MB can ask for gigabytes. This walk
allocates nothing, follows the lengths as the ONNX schema nests them, and stops at a number no real model reaches.
"""

from google.protobuf.descriptor import Descriptor  # type: ignore[import-untyped]  # it ships no types
from onnx import ModelProto

from models.errors import ModelError

MOST_MESSAGES = 500_000  # a DenseNet-121 with every weight a node of its own has 22,000
MOST_FIELDS = 2_000_000  # about two seconds of walking
DEEPEST = 100  # protobuf's own limit

VARINT, DELIMITED = 0, 2
FIXED = {1: 8, 5: 4}
"""The kinds of field on the wire: by kind, the bytes of those of fixed size."""

_Message = tuple[int, Descriptor]
"""Where a message ends, and what its fields are."""


def check_wire(data: bytes) -> None:
    """Raise ModelError where the lengths do not add up, or the file asks for more objects than a model needs."""
    stack: list[_Message] = [(len(data), ModelProto.DESCRIPTOR)]
    place = messages = fields = 0
    while stack:
        end, schema = stack[-1]
        if place >= end:
            stack.pop()
            continue
        key, place = _varint(data, place, end)
        fields += 1
        place, inner = _skip(data, place, end, key, schema)
        messages += key & 7 == DELIMITED
        if messages > MOST_MESSAGES or fields > MOST_FIELDS or len(stack) > DEEPEST:
            raise ModelError("the file holds more pieces than any model needs", mend="export the model again")
        if inner is not None:
            stack.append(inner)


def _skip(data: bytes, place: int, end: int, key: int, schema: Descriptor) -> tuple[int, _Message | None]:
    """The place after a field's value; or the place where an inner message begins, with its end and schema."""
    kind = key & 7
    if kind == VARINT:
        return _varint(data, place, end)[1], None
    if kind in FIXED:
        return _within(place + FIXED[kind], end), None
    if kind != DELIMITED:
        raise _cut()
    size, place = _varint(data, place, end)
    after = _within(place + size, end)
    field = schema.fields_by_number.get(key >> 3)
    if field is not None and field.message_type is not None:
        return place, (after, field.message_type)
    if field is not None and field.type == field.TYPE_STRING:
        _check_text(data[place:after])
    return after, None


def _within(place: int, end: int) -> int:
    if place > end:
        raise _cut()
    return place


def _check_text(text: bytes) -> None:
    """The parser takes any bytes for a name, and whoever reads the name fails."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise ModelError("a name in it is no text (not UTF-8)", mend="copy or export the model again") from error


def _varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while place < end and shift < 70:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
    raise _cut()


def _cut() -> ModelError:
    return ModelError("this is not an ONNX model, or it is cut short", mend="copy or export the model again")
