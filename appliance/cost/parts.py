"""The parts that a cost is measured on: a few of the site's own, spread over the whole set."""

from collections.abc import Sequence

from appliance.errors import InputRefused
from appliance.parts.decode import decode, read_header
from appliance.parts.types import Part

PICTURES = 64  # different parts the loads go round


def spread_parts(parts: Sequence[Part], bits: int | None) -> tuple[Part, ...]:
    """Up to 64 parts spread over the set, those that decode. Raises InputRefused where none does."""
    step = max(len(parts) // PICTURES, 1)
    found: list[Part] = []
    for part in parts[::step]:
        if len(found) < PICTURES and _decodes(part, bits):
            found.append(part)
    if not found:
        raise InputRefused("none of the parts can be decoded", mend="see `inspect-eval check`")
    return tuple(found)


def _decodes(part: Part, bits: int | None) -> bool:
    try:
        decode(part.path, bits=bits)
    except InputRefused:
        return False
    return True


def picture_facts(parts: Sequence[Part]) -> dict[str, int]:
    """Width, height, channels and bits of the part in the middle by area: what decoding and resizing depend on."""
    headers = sorted((read_header(part.path) for part in parts), key=lambda header: header.width * header.height)
    middle = headers[len(headers) // 2]
    return {"width": middle.width, "height": middle.height, "channels": middle.channels, "bits": middle.bits}
