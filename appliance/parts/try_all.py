"""Decode pictures only to see that they can be."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from appliance.errors import InputRefused
from appliance.parts.decode import decode
from appliance.parts.types import LeftOut, Part

THREADS = 4


def undecodable(parts: Sequence[Part], bits: int | None) -> tuple[LeftOut, ...]:
    """The parts whose picture cannot be decoded at the site's depth, each with the reason; the pixels are let go."""
    with ThreadPoolExecutor(THREADS) as pool:
        return tuple(row for row in pool.map(lambda part: _refusal(part, bits), parts) if row is not None)


def _refusal(part: Part, bits: int | None) -> LeftOut | None:
    try:
        decode(part.path, bits)
    except InputRefused as error:
        return LeftOut(part.id, error.what, error.mend)
    return None
