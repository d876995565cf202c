"""Values as JSON knows them."""

import math
from collections.abc import Mapping
from typing import Any


def finite(value: Any) -> Any:
    """`value` with null for every number that JSON does not have (NaN, infinity), mappings and sequences included."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value
