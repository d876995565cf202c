"""The shapes an engine takes, from a member's card."""

from models.contract import CHANNELS
from models.types import Card


def input_shape(card: Card, batch: int) -> tuple[int, ...]:
    """The input's shape, (batch, ...) as the card lays it out."""
    channels = CHANNELS[card.colour]
    if card.layout == "NHWC":
        return batch, card.height, card.width, channels
    return batch, channels, card.height, card.width


def shape_text(card: Card, batch: int) -> str:
    """`image:16x3x160x160`."""
    return f"{card.input_name}:{'x'.join(map(str, input_shape(card, batch)))}"
