"""Lists of conditions to run: every one at its named levels, cleanest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from perturb.errors import PerturbError
from perturb.registry import PERTURBATIONS
from perturb.types import CLEAN, Condition, Perturbation

QUICK = ("rotation", "intensity", "defocus", "conveyor", "shot-noise", "jpeg", "night-shift")

DEFAULT = (
    "rotation", "shift", "scale", "texture", "soiling",
    "intensity", "ambient", "lamp-segments", "gradient", "colour-temperature", "glare", "shadow",
    "defocus", "haze", "dust", "distortion",
    "conveyor", "vibration",
    "exposure", "underexposure", "shot-noise", "hot-pixels",
    "gamma", "jpeg", "resampling",
    "night-shift",
)  # fmt: skip
"""What most lines meet; at levels 2, 4 and 5 this makes 78 conditions with `clean` on top."""

_SUITES: dict[str, tuple[Sequence[str] | None, tuple[int, ...]]] = {
    "quick": (QUICK, (2, 4)),
    "default": (DEFAULT, (2, 4, 5)),
    "full": (None, (1, 2, 3, 4, 5)),
}


def conditions_of(perturbation: Perturbation, levels: Iterable[int] = (1, 2, 3, 4, 5)) -> tuple[Condition, ...]:
    """A perturbation's conditions at the named levels (1 to 5)."""
    return tuple(
        Condition(perturbation.name, perturbation.levels[n - 1], perturbation.unit, n, group=str(perturbation.group))
        for n in levels
    )  # fmt: skip


def suite(
    name: str = "default", *, colour: bool = True, calibrated: Mapping[str, Sequence[float]] | None = None
) -> tuple[Condition, ...]:
    """The conditions of `quick`, `default` or `full`, `clean` first; without colour those that need it are left out.

    `calibrated` gives, per perturbation, severities that a line shows (mildest first): they stand in for its named
    levels, in `quick` the last two of them; `full` keeps the named levels beyond them. What a line shows is in
    `default` also where that list leaves the perturbation out.

    What a site defines itself comes last in each of them.
    """
    if name not in _SUITES:
        raise PerturbError(f"no suite {name!r}", mend=f"one of {', '.join(_SUITES)}")
    names, levels = _SUITES[name]
    own = [item for item in PERTURBATIONS.values() if item.own]
    shown = calibrated or {}
    seen = [n for n, severities in shown.items() if n not in DEFAULT and _tells(PERTURBATIONS[n], severities)]
    listed = [*names, *(seen if name == "default" else ())] if names else [*PERTURBATIONS]
    wanted = [PERTURBATIONS[n] for n in listed if not PERTURBATIONS[n].own] + own
    fit = [item for item in wanted if colour or "colour" not in item.needs]
    found = [_calibrated(item, levels, shown[item.name]) if item.name in shown else conditions_of(item, levels)
             for item in fit]  # fmt: skip
    return (CLEAN, *(condition for conditions in found for condition in conditions))


def _tells(item: Perturbation, severities: Sequence[float]) -> bool:
    return any(severity != item.neutral for severity in severities)


def _calibrated(item: Perturbation, levels: Sequence[int], severities: Sequence[float]) -> tuple[Condition, ...]:
    """The severities that are not neutral; of a full suite, and where the line shows nothing, named levels beyond."""
    kept = [severity for severity in severities if severity != item.neutral]
    if len(levels) < 3:
        kept = [severity for severity in kept if _same_side(item, severity)][-len(levels) :]
    shown = tuple(Condition(item.name, severity, item.unit, group=str(item.group)) for severity in kept)
    if kept and len(levels) < 5:
        return shown
    farthest = max((abs(severity - item.neutral) for severity in severities), default=0.0)
    beyond = [n for n in levels if abs(item.levels[n - 1] - item.neutral) > farthest]
    return (*shown, *conditions_of(item, beyond))


def _same_side(item: Perturbation, severity: float) -> bool:
    return (severity - item.neutral) * (item.levels[4] - item.neutral) > 0.0


def to_table(condition: Condition) -> dict[str, str | float | int]:
    """A condition as a TOML table; what is empty is left out."""
    table: dict[str, str | float | int] = {
        "name": condition.name,
        "severity": condition.severity,
        "unit": condition.unit,
    }
    more = {"level": condition.level, "repeat": condition.repeat or None, "group": condition.group or None}
    return table | {key: value for key, value in more.items() if value is not None}


def from_table(table: Mapping[str, Any], *, file: str = "") -> Condition:
    """The condition of a TOML table, keys as in `to_table`; PerturbError naming the file and the key."""
    known = ("name", "severity", "unit", "level", "repeat", "group")
    unknown = sorted(set(table) - set(known))
    if unknown or "name" not in table or "severity" not in table:
        wrong = f"unknown key {unknown[0]}" if unknown else "name or severity is missing"
        raise PerturbError(f"condition: {wrong}", file=file, mend=f"keys are {', '.join(known)}")
    if not isinstance(table["severity"], int | float) or isinstance(table["severity"], bool):
        raise PerturbError(f"condition {table['name']}: severity is not a number", file=file, mend="give a number")
    return Condition(**{**table, "severity": float(table["severity"])})


def repeated(condition: Condition, count: int) -> tuple[Condition, ...]:
    """The same condition under `count` draws, repeat 0 first: the acceptance test of a gauge."""
    if count < 1:
        raise PerturbError(f"{count} repeats of {condition.name}", mend="one or more")
    return tuple(replace(condition, repeat=i) for i in range(count))
