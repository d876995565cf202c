"""What perturbations, groups, limits and states are called on the dashboard, for the catalogues."""

from collections.abc import Iterable, Mapping

from appliance.language.catalogue import Words, mark
from appliance.log.types import ConditionRow
from appliance.report import labels
from appliance.report.text import plain

PERTURBATIONS = (
    mark("rotation"),
    mark("shift"),
    mark("scale"),
    mark("tilt"),
    mark("elastic"),
    mark("texture"),
    mark("batch tone"),
    mark("batch colour"),
    mark("soiling"),
    mark("droplets"),
    mark("fingerprint"),
    mark("background"),
    mark("intensity"),
    mark("strobe"),
    mark("ambient"),
    mark("lamp segments"),
    mark("lamp offset"),
    mark("gradient"),
    mark("diffuser"),
    mark("vignetting"),
    mark("colour temperature"),
    mark("flicker"),
    mark("glare"),
    mark("shadow"),
    mark("defocus"),
    mark("field curvature"),
    mark("chromatic"),
    mark("haze"),
    mark("oil film"),
    mark("dust"),
    mark("distortion"),
    mark("conveyor"),
    mark("vibration"),
    mark("shutter skew"),
    mark("trigger"),
    mark("exposure"),
    mark("underexposure"),
    mark("PRNU"),
    mark("DSNU"),
    mark("shot noise"),
    mark("dark noise"),
    mark("hot pixels"),
    mark("dead pixels"),
    mark("column noise"),
    mark("row noise"),
    mark("gain"),
    mark("black level"),
    mark("saturation"),
    mark("bayer"),
    mark("ADC bits"),
    mark("gamma"),
    mark("resampling"),
    mark("JPEG"),
    mark("WebP"),
    mark("lost lines"),
    mark("night shift"),
    mark("summer heat"),
    mark("worn line"),
    mark("coolant mist"),
    mark("rush order"),
    mark("low light"),
    mark("cheap camera"),
)
"""Every shipped perturbation as `labels.perturbation_name` says it; a site's own keeps its name."""

GROUPS = (
    mark("part"),
    mark("lighting"),
    mark("optics"),
    mark("motion"),
    mark("sensor"),
    mark("transport"),
    mark("combined"),
)
UNITS = (mark("quality"), mark("exponent"), mark("segments"))
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
    return w(labels.perturbation_name(name))


def severity(w: Words, row: ConditionRow) -> str:
    """The severity in its physical unit, with the repeat where there are several."""
    text = labels.severity_text(row.name, row.severity, row.unit)
    if row.unit in UNITS:
        text = text.replace(row.unit, w(row.unit))
    return f"{text} #{row.repeat + 1}" if row.repeat else text


def condition(w: Words, row: ConditionRow) -> str:
    """`defocus 0.8 mm`."""
    if row.key == labels.CLEAN:
        return w("clean")
    return f"{perturbation(w, row.name)} {severity(w, row)}"


def conditions(w: Words, rows: Iterable[ConditionRow]) -> Mapping[str, str]:
    """A name for every condition key."""
    return {row.key: condition(w, row) for row in rows}


def limit(w: Words, name: str) -> str:
    """`escape_rate` as a person says it."""
    return w(LIMITS[name]) if name in LIMITS else plain(name).replace("_", " ")
