"""A decision as plain values for `advise --json` and for the log."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from appliance.advice.sequential import Standing
from appliance.advice.types import Advice
from appliance.sections.figure import Figure

if TYPE_CHECKING:
    from appliance.advice.policy import Policy

SPREAD = ("decision",)  # its fields stand at the top, as other commands do with their verdict


def advice_json(advice: Advice) -> dict[str, Any]:
    """Every field of the decision; what is infinite or not a number is null."""
    found = {field.name: _plain(getattr(advice, field.name)) for field in fields(advice)}
    for name in SPREAD:
        found |= found.pop(name)
    return found


def standings_json(standings: list[Standing]) -> list[dict[str, Any]]:
    """How the gates stand."""
    return [_plain(standing) for standing in standings]


def policy_json(policy: "Policy | None") -> dict[str, Any]:
    """An augmentation policy, or null fields where no weak spot is shown."""
    found: dict[str, Any] = _plain(policy) if policy else {"size": None, "lessons": [], "document": None}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Figure):
        return [value.low, value.high]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
