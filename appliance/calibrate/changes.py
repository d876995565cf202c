"""What a calibration changed in site.toml: every key with the value that was and the one that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.sections.calibration import CalibrationSection, ShownSection

Value = str | int | float | None


@dataclass(frozen=True)
class Change:
    """One key of site.toml by its dotted name; a row of [[calibration.shown]] goes by its perturbation.

    `old` or `new` is None where the key was not there, or is not there any more.
    """

    key: str
    old: Value
    new: Value


def changes(before: CalibrationSection, after: CalibrationSection) -> tuple[Change, ...]:
    """The keys of [calibration] that differ, in the order of the file; keys that went away come last."""
    old, new = _flat(before), _flat(after)
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key))


def _flat(section: CalibrationSection) -> Mapping[str, Value]:
    plain = {f"calibration.{name}": getattr(section, name) for name in type(section).model_fields if name != "shown"}
    return plain | dict(pair for item in section.shown for pair in _row(item))


def _row(item: ShownSection) -> Iterator[tuple[str, Value]]:
    for name in ("unit", "pictures", "p50", "p90", "p99", "opposite", "instead_of"):
        yield f"calibration.shown.{item.name}.{name}", getattr(item, name)
    yield f"calibration.shown.{item.name}.shares", " ".join(f"{share:g}" for share in item.shares)
