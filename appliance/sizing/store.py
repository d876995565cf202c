"""Fits as a JSON document: what the product ships, and what `size --backtest TABLE --save FILE` writes."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from appliance.errors import InputRefused, MachineFailed
from appliance.sizing.fits import Fit

SCHEMA = "inspect-eval/speed-fits"
VERSION = 1
_READER = TypeAdapter(tuple[Fit, ...])


def fits_json(fits: Sequence[Fit]) -> str:
    """The document, one fit a line so that a difference can be read."""
    lines = ",\n".join(json.dumps(asdict(fit), ensure_ascii=False, separators=(",", ":")) for fit in fits)
    return f'{{"schema": "{SCHEMA}", "version": {VERSION}, "fits": [\n{lines}\n]}}\n'


def parse_fits(text: str, file: str) -> tuple[Fit, ...]:
    """The fits of a document. Raises InputRefused where it is none, or another version's."""
    mend = "make it again with `inspect-eval size --backtest TABLE --save FILE`"
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputRefused(f"is not JSON: {error}", file=file, mend=mend) from error
    if not isinstance(document, dict) or (document.get("schema"), document.get("version")) != (SCHEMA, VERSION):
        raise InputRefused("holds no fits that this version reads", file=file, mend=mend)
    try:
        return _READER.validate_python(document.get("fits"))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputRefused(f"the fits are damaged at {where}", file=file, mend=mend) from error


def read_fits(path: Path) -> tuple[Fit, ...]:
    """The fits in a file. Raises InputRefused as `parse_fits` does, and where it cannot be read."""
    try:
        return parse_fits(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(path), mend="check the path") from error
    except UnicodeDecodeError as error:
        raise InputRefused("not UTF-8 text", file=str(path), mend="check the path") from error


def write_fits(fits: Sequence[Fit], path: Path) -> None:
    """Write the document. Raises MachineFailed where it cannot be written."""
    try:
        path.write_text(fits_json(fits), "utf-8")
    except OSError as error:
        mend = "choose a folder that exists and that you may write to"
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(path), mend=mend) from error
