"""Names of perturbations, groups and limits as people of the plant say them; `Names` gives them in one language."""

from dataclasses import dataclass

from appliance.language.catalogue import Words, mark, words

DOMAIN = "names"
CLEAN = mark("clean")
REPEAT = mark("{label} (repeat {repeat})")

PERTURBATIONS = {
    "rotation": mark("rotation"),
    "shift": mark("shift"),
    "scale": mark("scale"),
    "tilt": mark("tilt"),
    "elastic": mark("elastic"),
    "texture": mark("texture"),
    "batch-tone": mark("batch tone"),
    "batch-colour": mark("batch colour"),
    "soiling": mark("soiling"),
    "droplets": mark("droplets"),
    "fingerprint": mark("fingerprint"),
    "background": mark("background"),
    "intensity": mark("intensity"),
    "strobe": mark("strobe"),
    "ambient": mark("ambient"),
    "lamp-segments": mark("lamp segments"),
    "lamp-offset": mark("lamp offset"),
    "gradient": mark("gradient"),
    "diffuser": mark("diffuser"),
    "vignetting": mark("vignetting"),
    "colour-temperature": mark("colour temperature"),
    "flicker": mark("flicker"),
    "glare": mark("glare"),
    "shadow": mark("shadow"),
    "defocus": mark("defocus"),
    "field-curvature": mark("field curvature"),
    "chromatic": mark("chromatic"),
    "haze": mark("haze"),
    "oil-film": mark("oil film"),
    "dust": mark("dust"),
    "distortion": mark("distortion"),
    "conveyor": mark("conveyor"),
    "vibration": mark("vibration"),
    "shutter-skew": mark("shutter skew"),
    "trigger": mark("trigger"),
    "exposure": mark("exposure"),
    "underexposure": mark("underexposure"),
    "prnu": mark("PRNU"),
    "dsnu": mark("DSNU"),
    "shot-noise": mark("shot noise"),
    "dark-noise": mark("dark noise"),
    "hot-pixels": mark("hot pixels"),
    "dead-pixels": mark("dead pixels"),
    "column-noise": mark("column noise"),
    "row-noise": mark("row noise"),
    "gain": mark("gain"),
    "black-level": mark("black level"),
    "saturation": mark("saturation"),
    "bayer": mark("bayer"),
    "adc-bits": mark("ADC bits"),
    "retake": mark("retake"),
    "gamma": mark("gamma"),
    "resampling": mark("resampling"),
    "jpeg": mark("JPEG"),
    "webp": mark("WebP"),
    "lost-lines": mark("lost lines"),
    "night-shift": mark("night shift"),
    "summer-heat": mark("summer heat"),
    "worn-line": mark("worn line"),
    "coolant-mist": mark("coolant mist"),
    "rush-order": mark("rush order"),
    "low-light": mark("low light"),
    "cheap-camera": mark("cheap camera"),
}
GROUPS = {
    "part": mark("part"),
    "lighting": mark("lighting"),
    "optics": mark("optics"),
    "motion": mark("motion"),
    "sensor": mark("sensor"),
    "transport": mark("transport"),
    "composite": mark("combined"),
}
UNITS = {
    "lux ratio": mark("\u00d7{value}"),
    "exposure ratio": mark("exposure \u00d7{value}"),
    "ratio": mark("ratio {value}"),
    "quality": mark("quality {value}"),
    "exponent": mark("exponent {value}"),
    "share": mark("{percent} %"),
    "deg": mark("{value}°"),
    "e-": mark("{value} e⁻"),
    "um": mark("{value} µm"),
    "us": mark("{value} µs"),
    "per mille": mark("{value} ‰"),
    "segments": mark("{value} segments"),
    "bit": mark("{value} bits"),
}


@dataclass(frozen=True)
class Names:
    """The names of one language."""

    words: Words

    def perturbation(self, name: str) -> str:
        """`shot-noise` -> `shot noise`; a perturbation of the site's own keeps its name."""
        known = PERTURBATIONS.get(name)
        return self.words(known) if known else name.replace("-", " ").replace("_", " ")

    def group(self, group: str) -> str:
        """Where in the chain from part to file a perturbation acts."""
        known = GROUPS.get(group)
        return self.words(known) if known else group

    def clean(self) -> str:
        """What pictures as they came are called."""
        return self.words(CLEAN)

    def repeat(self, label: str, repeat: int) -> str:
        """A condition's label with its repeat, the first being 0."""
        return self.words(REPEAT, label=label, repeat=repeat + 1)

    def severity(self, value: float, unit: str) -> str:
        """A severity with its unit."""
        shown = f"{value:.4g}"
        form = UNITS.get(unit)
        if form is None:
            return f"{shown} {unit}".strip()
        return self.words(form, value=shown, percent=f"{100 * value:.4g}")

    def condition(self, key: str, unit: str) -> str:
        """`defocus@4` -> `defocus 4 mm`, with the repeat where there are several."""
        if key == "clean":
            return self.words(CLEAN)
        name, _, rest = key.partition("@")
        severity, _, repeat = rest.partition("#")
        label = f"{self.perturbation(name)} {self.severity(float(severity), unit)}"
        return self.repeat(label, int(repeat)) if repeat else label


def names(language: str) -> Names:
    """The names in `language`. Raises UsageError for a language without a catalogue."""
    return Names(words(language, DOMAIN))
