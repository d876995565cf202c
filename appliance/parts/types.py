"""The nouns of the parts folder: a labelled picture of one part, and the set of them."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """The two answers an inspection gives."""

    OK = "OK"
    NG = "NG"


@dataclass(frozen=True)
class Label:
    """What is known of the part: OK or NG, and where known its class name."""

    verdict: Verdict
    cls: str = ""


@dataclass(frozen=True)
class Part:
    """One labelled picture of one part. `id` is the POSIX path relative to the parts folder."""

    id: str
    path: Path
    label: Label
    group: str = ""
    mask: Path | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    split: str = ""
    dark_mask: bool = False  # the mask is black on the defect


@dataclass(frozen=True)
class LeftOut:
    """A file that is not scored, and why; each is a named row in the log."""

    id: str
    what: str
    mend: str = ""


@dataclass(frozen=True)
class PartSet:
    """The parts of a site in id order, and what was left out."""

    root: Path
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
