"""What conditions, limits and perturbations are called on screen."""

from collections.abc import Mapping

from appliance.log.types import ConditionRow, RunRecord
from appliance.report import units, words
from appliance.report.text import plain

CLEAN = "clean"
ALL = "all"


def limit_name(limit: str) -> str:
    """`escape_rate` -> `escape rate`; a limit that is not known keeps its own name."""
    return words.LIMITS.get(limit, plain(limit).replace("_", " "))


def group_name(group: str) -> str:
    """Where in the chain from part to file a perturbation acts."""
    return words.GROUPS.get(group, plain(group))


def shown_unit(name: str, unit: str) -> str:
    """The unit, but none where the name of the perturbation already says it (`lamp-segments`)."""
    return "" if unit and unit in name else unit


def severity_text(name: str, value: float, unit: str, digits: int = 4) -> str:
    """A severity of the perturbation `name`."""
    return units.severity(value, shown_unit(name, unit), digits)


def severity_label(row: ConditionRow) -> str:
    """`0.8 mm`, with the repeat where there are several."""
    text = severity_text(row.name, row.severity, row.unit)
    return words.REPEAT.format(label=text, repeat=row.repeat + 1) if row.repeat else text


def perturbation_name(name: str) -> str:
    """`shot-noise` -> `shot noise`."""
    return words.NAMES.get(name, plain(name).replace("-", " ").replace("_", " "))


def two_lines(row: ConditionRow) -> str:
    """The perturbation, and its severity on a line of its own: for narrow columns."""
    return words.CLEAN if row.key == CLEAN else f"{perturbation_name(row.name)}\n{severity_label(row)}"


def condition_label(row: ConditionRow) -> str:
    """`defocus 0.8 mm`."""
    return words.CLEAN if row.key == CLEAN else f"{perturbation_name(row.name)} {severity_label(row)}"


def condition_labels(record: RunRecord) -> Mapping[str, str]:
    """A label for every condition key of the run, and for the mean over all."""
    return {
        CLEAN: words.CLEAN,
        ALL: words.ALL_CONDITIONS,
        **{row.key: condition_label(row) for row in record.conditions},
    }
