"""Which conditions a site's audit runs: a named suite, or those site.toml asks for one by one."""

from collections.abc import Sequence

from appliance.errors import UsageError
from appliance.site import Site
from perturb import PERTURBATIONS, suite
from perturb.applied import check_severity, find
from perturb.errors import PerturbError
from perturb.types import CLEAN, Condition


def ask(name: str, severity: float, repeat: int = 0, unit: str = "") -> Condition:
    """A condition by name and severity, with unit, group and (where it is a named one) level filled in.

    Raises PerturbError for an unknown name, a severity out of range or in another unit.
    """
    known = find(Condition(name, severity))
    check_severity(known, Condition(name, severity, unit))
    level = known.levels.index(severity) + 1 if severity in known.levels else None
    return Condition(name, severity, known.unit, level, repeat, str(known.group))


def site_conditions(site: Site, wanted: str | None, *, colour: bool) -> tuple[Condition, ...]:
    """`clean`, then the conditions site.toml lists, or those of the suite (`wanted` outranks both).

    A suite leaves out what needs colour where there is none; a condition asked for by name is refused instead.
    """
    if wanted is None and site.audit.conditions:
        asked = _asked(site)
        _refuse_without_colour(asked, colour=colour)
        return (CLEAN, *dict.fromkeys(asked))
    return suite(wanted or site.audit.suite, colour=colour, calibrated=calibrated_levels(site))


def calibrated_levels(site: Site) -> dict[str, tuple[float, ...]]:
    """Per perturbation the severities that `calibrate` found, checked. Raises UsageError naming the key."""
    for item in site.calibration.shown:
        for severity in item.severities:
            try:
                ask(item.name, severity)
            except PerturbError as error:
                what = f"calibration.shown: {error.what}"
                raise UsageError(
                    what, file=str(site.file), mend=error.mend or "run `inspect-eval calibrate`"
                ) from error
    return site.calibration.levels


def _asked(site: Site) -> list[Condition]:
    """What audit.conditions lists, but for clean. Raises UsageError naming the key."""
    asked = []
    for position, item in enumerate(site.audit.conditions):
        try:
            asked += [] if item.name == CLEAN.name else [ask(item.name, item.severity, item.repeat, item.unit)]
        except PerturbError as error:
            what = f"audit.conditions.{position}: {error.what}"
            raise UsageError(what, file=str(site.file), mend=error.mend) from error
    return asked


def _refuse_without_colour(asked: Sequence[Condition], *, colour: bool) -> None:
    for condition in asked:
        if "colour" in PERTURBATIONS[condition.name].needs and not colour:
            what = f"{condition.name} needs colour and some parts are mono"
            raise UsageError(what, mend="take it out of audit.conditions in site.toml")
