"""The machines a factory can buy: the shipped catalogue, and what the site's own file adds or corrects."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.errors import InputRefused, UsageError

Kind = Literal["cpu", "gpu", "igpu", "module"]
Figure = Annotated[float, Field(gt=0)]

CLASSES = {"A": "under 250", "B": "250 to 750", "C": "750 to 2,000", "D": "2,000 to 5,000", "E": "over 5,000"}
"""Price classes in US dollars, of the part alone."""


class Machine(BaseModel):
    """One machine. Rates are dense, in 10^12 operations a second; a figure that no source gives is None.

    `price`: an offer in the site's currency, the whole machine installed. `power_w` is the part's own (board, processor
    or module), without the computer around it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1)
    kind: Kind
    source: str = Field(min_length=1)
    memory_gb: Figure | None = None
    bandwidth_gb_s: Figure | None = None
    fp32_tflops: Figure | None = None
    fp16_tflops: Figure | None = None
    int8_tops: Figure | None = None
    power_w: Figure | None = None
    idle_w: Figure | None = None
    price: Annotated[float, Field(ge=0)] | None = None
    price_class: Literal["A", "B", "C", "D", "E"] | None = None
    price_date: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases as they are compared."""
        return tuple(plain(name) for name in (self.name, *self.aliases))


@dataclass(frozen=True)
class Catalogue:
    """Machines by name, in order."""

    machines: tuple[Machine, ...]

    def find(self, name: str) -> Machine | None:
        """The machine that a driver, a table or a person calls `name`; the longest of its names that is meant wins."""
        wanted = plain(name)
        exact = [machine for machine in self.machines if wanted in machine.names]
        if exact:
            return exact[0]
        held = [(len(mine), machine) for machine in self.machines for mine in machine.names if _holds(wanted, mine)]
        return max(held, key=lambda pair: pair[0])[1] if held else None

    def chosen(self, patterns: Sequence[str]) -> tuple[Machine, ...]:
        """Those that a pattern names (all without one). Raises UsageError for a pattern that names none."""
        for pattern in patterns:
            if not any(_matches(machine, pattern) for machine in self.machines):
                mend = "names are listed by `inspect-eval size --list`; or add it to hardware.toml"
                raise UsageError(f"no machine in the catalogue is called {pattern!r}", mend=mend)
        return tuple(m for m in self.machines if not patterns or any(_matches(m, p) for p in patterns))


def load_catalogue(own: Path | None = None) -> Catalogue:
    """The shipped machines with those of the file `own` (where it exists) added, or laid over those of the same name.

    Raises InputRefused naming the file, the row and what is wrong with it.
    """
    shipped = _rows(files("appliance.sizing").joinpath("hardware.toml").read_text("utf-8"), "hardware.toml")
    rows = {str(row["name"]): row for row in shipped}
    if own is not None and own.exists():
        for number, row in enumerate(_rows(_text(own), str(own)), 1):
            name = str(row.get("name", ""))
            _require_source(row, number, str(own))
            rows[name or f"row {number}"] = _laid_over(rows.get(name), row)
    return Catalogue(tuple(_machine(row, own) for row in rows.values()))


def plain(name: str) -> str:
    """A name without marks and clock: `Intel(R) Core(TM) i7-8700T CPU @ 2.40GHz` -> `intel core i7 8700t`."""
    text = re.sub(r"\((r|tm)\)|[®™]|@.*$|\bcpu\b|\bprocessor\b|\bgraphics\b", " ", name.lower())
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"\b\d+th gen\b", " ", text)))


def _holds(wanted: str, mine: str) -> bool:
    """Whether all words of a machine's name stand together in what is asked for; one word alone is too little."""
    return len(mine.split()) > 1 and f" {mine} " in f" {wanted} "


def _matches(machine: Machine, pattern: str) -> bool:
    wanted = pattern.lower()
    return fnmatchcase(machine.name.lower(), wanted) or plain(pattern) in machine.names


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(path), mend="check its permissions") from error
    except UnicodeDecodeError as error:
        raise InputRefused("not UTF-8 text", file=str(path), mend="save it as UTF-8") from error


def _rows(text: str, file: str) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"not valid TOML: {error}", file=file, mend="correct that line") from error
    rows = document.get("machine", [])
    if not isinstance(rows, list) or document.keys() - {"machine"}:
        raise InputRefused("not a list of machines", file=file, mend="begin each with a line [[machine]]")
    return rows


def _laid_over(shipped: Mapping[str, Any] | None, own: Mapping[str, Any]) -> dict[str, Any]:
    """The site's figures over the shipped ones, with both sources."""
    if shipped is None:
        return dict(own)
    return {**shipped, **own, "source": f"{own['source']}; otherwise {shipped['source']}"}


def _require_source(row: Mapping[str, Any], number: int, file: str) -> None:
    if not str(row.get("source", "")).strip():
        what = f"machine {number} ({row.get('name', 'without a name')}) has no source"
        mend = 'say where its figures come from: source = "data sheet of ..., 2026" or "offer 123 of ..."'
        raise InputRefused(what, file=file, mend=mend)


def _machine(row: Mapping[str, Any], own: Path | None) -> Machine:
    try:
        return Machine(**row)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        name = row.get("name", "a machine without a name")
        if first["type"] == "extra_forbidden":
            what, mend = f"{name}: unknown key {key}", f"known here: {', '.join(_keys())}"
        else:
            what, mend = f"{name}: {key}: {first['msg'].lower()}", "correct it, or leave the line out if it is optional"
        raise InputRefused(what, file=str(own or "hardware.toml"), mend=mend) from error


def _keys() -> Iterable[str]:
    return Machine.model_fields
