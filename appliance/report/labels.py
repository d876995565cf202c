"""What conditions, limits and perturbations are called on screen."""

from collections.abc import Mapping

from appliance.language.names import Names, names
from appliance.language.tongue import spoken
from appliance.log.types import ConditionRow, RunRecord
from appliance.report import units, words
from appliance.report.text import plain

CLEAN = "clean"
ALL = "all"


def _names() -> Names:
    return names(spoken().language)


def clean_name() -> str:
    """What pictures as they came are called."""
    return _names().clean()


def limit_name(limit: str) -> str:
    """`escape_rate` -> `escape rate`; a limit that is not known keeps its own name."""
    return words.LIMITS.get(limit, plain(limit).replace("_", " "))


def group_name(group: str) -> str:
    """Where in the chain from part to file a perturbation acts."""
    return _names().group(group)


def shown_unit(name: str, unit: str) -> str:
    """The unit, but none where the name of the perturbation already says it (`lamp-segments`)."""
    return "" if unit and unit in name else unit


def severity_text(name: str, value: float, unit: str, digits: int = 4) -> str:
    """A severity of the perturbation `name`."""
    if spoken().language != "en":
        return _names().severity(value, unit)
    return units.severity(value, shown_unit(name, unit), digits)


def severity_label(row: ConditionRow) -> str:
    """`0.8 mm`, with the repeat where there are several."""
    text = severity_text(row.name, row.severity, row.unit)
    return _names().repeat(text, row.repeat) if row.repeat else text


def perturbation_name(name: str) -> str:
    """`shot-noise` -> `shot noise`."""
    return _names().perturbation(plain(name))


def two_lines(row: ConditionRow) -> str:
    """The perturbation, and its severity on a line of its own: for narrow columns."""
    return clean_name() if row.key == CLEAN else f"{perturbation_name(row.name)}\n{severity_label(row)}"


def condition_label(row: ConditionRow) -> str:
    """`defocus 0.8 mm`."""
    return clean_name() if row.key == CLEAN else f"{perturbation_name(row.name)} {severity_label(row)}"


def condition_labels(record: RunRecord) -> Mapping[str, str]:
    """A label for every condition key of the run, and for the mean over all."""
    return {
        CLEAN: clean_name(),
        ALL: words.ALL_CONDITIONS,
        **{row.key: condition_label(row) for row in record.conditions},
    }
