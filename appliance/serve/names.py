"""What perturbations, groups, limits and states are called on the dashboard, for the catalogues."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from appliance.language.catalogue import Words, mark, words
from appliance.language.names import DOMAIN, GROUPS, names
from appliance.log.types import ConditionRow
from appliance.report import labels
from appliance.report.text import plain

LIMITS = {"escape_rate": mark("escape rate"), "overkill_rate": mark("overkill rate")}
STATES = {
    "holds": mark("holds"),
    "breached": mark("breached"),
    "not provable": mark("not proven"),
    "": mark("not judged"),
}
KINDS = {"holds": "good", "breached": "bad", "not provable": "open", "": "none"}
RUN_STATES = {
    "running": mark("running"),
    "done": mark("done"),
    "interrupted": mark("interrupted"),
    "failed": mark("failed"),
}
OF_A_TILE = {
    "holds": mark("limits hold"),
    "breached": mark("a limit is breached"),
    "not provable": mark("limits not proven"),
    "": mark("not judged"),
}
CARD = {
    "batch": mark("batch"),
    "classes": mark("classes"),
    "colour": mark("colour"),
    "dtype": mark("number type"),
    "filter": mark("interpolation"),
    "height": mark("input height, px"),
    "input_name": mark("name of the input"),
    "layout": mark("layout"),
    "mean": mark("mean subtracted"),
    "ok_classes": mark("classes that are OK"),
    "output": mark("kind of output"),
    "output_name": mark("name of the output"),
    "pad": mark("padding"),
    "resize": mark("fitting of other sizes"),
    "scale": mark("scale of pixels"),
    "std": mark("divided by (std)"),
    "threshold": mark("threshold"),
    "width": mark("input width, px"),
}
"""What a model's card says of how it is fed and read, by its key."""

COST_STATES = {
    "valid": mark("valid"),
    "unstable": mark("unstable"),
    "contended": mark("contended"),
    "throttled": mark("throttled"),
    "fell back": mark("fell back"),
    "too few": mark("too few samples"),
}


def perturbation(w: Words, name: str) -> str:
    """`shot-noise` as a person says it."""
    return names(w.language).perturbation(name)


def severity(w: Words, row: ConditionRow) -> str:
    """The severity in its physical unit, with the repeat where there are several."""
    text = amount(w, row.name, row.severity, row.unit)
    return f"{text} #{row.repeat + 1}" if row.repeat else text


def amount(w: Words, name: str, value: float, unit: str) -> str:
    """A severity of the perturbation `name` as a number and its unit."""
    return _amount(w.language, name, value, unit)


@lru_cache(maxsize=4096)
def _amount(language: str, name: str, value: float, unit: str) -> str:
    return names(language).severity(value, labels.shown_unit(name, unit))


def group(w: Words, name: str) -> str:
    """Where from part to file a perturbation acts."""
    return words(w.language, DOMAIN)(GROUPS[name]) if name in GROUPS else plain(name)


def condition(w: Words, row: ConditionRow) -> str:
    """`defocus 0.8 mm`."""
    if row.key == labels.CLEAN:
        return w("clean")
    return f"{perturbation(w, row.name)} {severity(w, row)}"


class Conditions(Mapping[str, str]):
    """A name for every condition key, made when it is asked for: a page that names ten does not wait for hundreds."""

    def __init__(self, w: Words, rows: Iterable[ConditionRow]) -> None:
        self._w, self._rows = w, {row.key: row for row in rows}

    def __getitem__(self, key: str) -> str:
        return condition(self._w, self._rows[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def conditions(w: Words, rows: Iterable[ConditionRow]) -> Mapping[str, str]:
    """A name for every condition key."""
    return Conditions(w, rows)


def limit(w: Words, name: str) -> str:
    """`escape_rate` as a person says it."""
    return w(LIMITS[name]) if name in LIMITS else plain(name).replace("_", " ")
