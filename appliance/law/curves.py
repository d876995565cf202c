"""The curves of a run's laws as the log keeps them: what takes seconds to fit, and holds no word of any language.

Everything else of a law is worked out anew whenever it is asked for; with its curves at hand that takes a second.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter, ValidationError

from appliance.law.bootstrap import RESAMPLES
from appliance.law.quantity import Curves, Setting
from appliance.law.types import LawReport
from appliance.log import kept
from appliance.log.log import Log
from appliance.log.types import RunRecord

VERSION = 1
Known = Mapping[tuple[str, str], Curves]
"""By quantity and condition."""


@dataclass(frozen=True)
class Basis:
    """What the curves of a run follow from beside its outcomes; curves kept on another basis are not used.

    setting: its taus (pp) and seed; sizes: by member; cells: (member, condition) finished; code: of this package.
    """

    setting: Setting
    sizes: Mapping[str, float]
    cells: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """sha256, hex. `delta` is no part of it: no curve follows from it."""
        s = self.setting
        told = [_code(), RESAMPLES, s.tau_clean, s.tau_perturbed, s.seed, sorted(self.sizes.items()), self.cells]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def basis_of(record: RunRecord, sizes: Mapping[str, float], setting: Setting) -> Basis:
    """The basis of a run as it stands."""
    return Basis(setting, sizes, record.cells)


def keep_curves(log: Log, run: str, report: LawReport, basis: Basis) -> None:
    """Keep the curves of a run over one axis; what was kept of the same axis is replaced."""
    rows = [
        [law.quantity, law.condition, asdict(Curves(law.forms, law.band, law.left_out))]
        for law in report.laws
        if law.band is not None
    ]
    document = json.dumps({"basis": basis.digest, "curves": rows}).encode()
    kept.keep(log, run, _kind(report.axis), VERSION, document)


def kept_curves(log: Log, run: str, axis: str, basis: Basis) -> Known | None:
    """The curves kept of a run, to the bit; None where there are none on this basis."""
    document = kept.kept(log, run, _kind(axis), VERSION)
    if document is None:
        return None
    try:
        found: dict[str, Any] = json.loads(document)
        if found["basis"] != basis.digest:
            return None
        return {(quantity, condition): _curves().validate_python(row) for quantity, condition, row in found["curves"]}
    except (ValueError, KeyError, TypeError, ValidationError):
        return None  # damaged: it is worked out again


@cache
def _curves() -> TypeAdapter[Curves]:
    return TypeAdapter(Curves)


def _kind(axis: str) -> str:
    return f"curves/{axis}"


@cache
def _code() -> str:
    """sha256 over the code of this package, which the curves follow from."""
    sources = sorted((item.name, item.read_bytes()) for item in files("appliance.law").iterdir() if _is_code(item.name))
    return hashlib.sha256(b"\0".join(name.encode() + data for name, data in sources)).hexdigest()


def _is_code(name: str) -> bool:
    return name.endswith(".py")
