"""Write tests/records/perturbations.md and its pictures from the catalogue itself: `make pictures`."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from appliance.cli.main import run
from models.render import DEMO_SEED, render_part
from perturb import PERTURBATIONS
from perturb.types import Group, Perturbation

RECORDS = Path(__file__).parents[1] / "records"
PAGE, PICTURES = RECORDS / "perturbations.md", RECORDS / "perturbations"
PART = 1
"""Which rendered demo part is shown: a bracket with a chipped edge."""

CLOSE = {
    "chromatic", "conveyor", "vibration", "resampling", "jpeg", "webp", "low-light", "rush-order", "cheap-camera",
}  # fmt: skip
"""What shows at full size only; all of the sensor does too, but for what changes the whole picture's brightness."""
WHOLE = {"exposure", "underexposure", "gain", "black-level", "saturation"}

INTRO = f"""\
# Perturbations

What stands between a model and a line, in physical units: {len(PERTURBATIONS)} perturbations in the order in which
light meets them. Every one acts in linear light at the camera's own resolution, draws from the run's seed alone,
moves masks and boxes with the part, and is the identity at its neutral severity. The reasons say what each of the five
named levels stands for, weakest first. Pictures: levels 1, 3 and 5 on a rendered part, by `inspect-eval perturb
preview`; where a change is too fine to see on the whole part they show its middle at full size. `make pictures` writes
this page.
"""


def close(item: Perturbation) -> bool:
    """Whether a perturbation is shown at full size."""
    return item.name in CLOSE or (item.group is Group.SENSOR and item.name not in WHOLE)


def page() -> str:
    """The page as Markdown: a section a group, a picture and a paragraph a perturbation."""
    return INTRO + "".join(f"\n## {group.capitalize()}\n{''.join(_entries(group))}" for group in Group)


def _entries(group: Group) -> Iterator[str]:
    for shown in (False, True):
        items = [item for item in PERTURBATIONS.values() if item.group is group and close(item) is shown]
        if items:
            yield f"\n![{', '.join(item.name for item in items)}](perturbations/{_file(group, shown)})\n\n"
            yield from map(_entry, items)


def _entry(item: Perturbation) -> str:
    levels = ", ".join(f"{level:g}" for level in item.levels)
    needs = f"; needs {' and '.join(sorted(item.needs))}" if item.needs else ""
    return (
        f"- **{item.name}**: {levels} {item.unit} (neutral {item.neutral:g}{needs}). {item.summary.rstrip('.')}.\n"
        f"  Levels: {item.reasons}.\n" + (f"  Source: {item.source}.\n" if item.source else "")
    )


def _file(group: Group, shown: bool) -> str:
    return f"{group}{'-close' if shown else ''}.webp"


def draw(folder: Path) -> None:
    """The pictures, by the command that a user has; colour WebP of moderate quality."""
    with TemporaryDirectory() as scratch:
        part, sheet = Path(scratch) / "part.png", Path(scratch) / "sheet.png"
        cv2.imwrite(str(part), cv2.cvtColor(render_part(DEMO_SEED, PART).pixels, cv2.COLOR_RGB2BGR))
        for group in Group:
            for shown in (False, True):
                names = [p.name for p in PERTURBATIONS.values() if p.group is group and close(p) is shown]
                if names:
                    _preview(part, sheet, names, shown)
                    picture = cv2.imread(str(sheet))
                    cv2.imwrite(str(folder / _file(group, shown)), picture, [cv2.IMWRITE_WEBP_QUALITY, 72])


def _preview(part: Path, sheet: Path, names: list[str], shown: bool) -> None:
    options = ["--levels", "1,3,5", "--names", ",".join(names), *(["--close"] if shown else [])]
    if run(["perturb", "preview", str(part), "--out", str(sheet), *options]):
        raise SystemExit(1)


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    draw(PICTURES)
    PAGE.write_text(page(), "utf-8")
