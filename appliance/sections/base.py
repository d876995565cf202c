"""What every section of site.toml is made of."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Names = tuple[str, ...]


class Section(BaseModel):
    """One table of site.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def checked_pattern(text: str) -> str:
    """`text` where it is a regular expression, else ValueError."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _names(value: object) -> object:
    """TOML arrays arrive as lists; a single name is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _limit(value: object) -> object:
    return None if value == "none" else value


Pattern = Annotated[str, BeforeValidator(lambda v: checked_pattern(v) if isinstance(v, str) else v)]
NameList = Annotated[Names, BeforeValidator(_names)]
Share = Annotated[float, Field(ge=0, le=1)]
LimitOf = Annotated[Share | None, BeforeValidator(_limit)]
