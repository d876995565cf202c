"""A decision as plain values for `advise --json` and for the log."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from appliance.advice.sequential import Standing
from appliance.advice.types import Advice

SPREAD = ("decision",)  # its fields stand at the top, as other commands do with their verdict


def advice_json(advice: Advice) -> dict[str, Any]:
    """Every field of the decision; what is infinite or not a number is null."""
    found = {field.name: _plain(getattr(advice, field.name)) for field in fields(advice)}
    for name in SPREAD:
        found |= found.pop(name)
    return found


def standings_json(standings: "list[Standing]") -> list[dict[str, Any]]:
    """How the gates stand."""
    return [_plain(standing) for standing in standings]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
