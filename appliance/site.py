"""A site: one folder with `site.toml`, parsed once into frozen values.

Every key has a default and a description; `appliance.site_file` writes both out as commented lines. Another command
adds a section by adding a model in `appliance.sections` and a field to `Site`.
"""

import difflib
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError

from appliance.errors import UsageError
from appliance.sections.audit import (
    AuditSection,
    CameraSection,
    CostSection,
    FamilySection,
    LawSection,
    LimitsSection,
    LineSection,
    SiteSection,
    TaskSection,
)
from appliance.sections.base import Section
from appliance.sections.calibration import CalibrationSection
from appliance.sections.dashboard import DashboardSection
from appliance.sections.engine import EngineSection
from appliance.sections.mix import MixSection
from appliance.sections.parts import PartsSection
from appliance.sections.perturbations import OwnPerturbation
from appliance.sections.prices import PricesSection
from appliance.sections.sizing import SizingSection
from appliance.sections.watch import AlertsSection, NightlySection

SITE_FILE = "site.toml"
MANIFEST_FILE = "parts.sha256"


class Site(Section):
    """Everything `site.toml` says, with defaults filled in. `folder` is absolute."""

    folder: Path = Field(exclude=True)
    site: SiteSection = SiteSection()
    parts: PartsSection = PartsSection()
    family: FamilySection = FamilySection()
    task: TaskSection = TaskSection()
    camera: CameraSection = CameraSection()
    limits: LimitsSection = LimitsSection()
    line: LineSection = LineSection()
    audit: AuditSection = AuditSection()
    engine: EngineSection = EngineSection()
    cost: CostSection = CostSection()
    law: LawSection = LawSection()
    calibration: CalibrationSection = CalibrationSection()
    prices: PricesSection = PricesSection()
    sizing: SizingSection = SizingSection()
    mix: MixSection = MixSection()
    nightly: NightlySection = NightlySection()
    alerts: AlertsSection = AlertsSection()
    dashboard: DashboardSection = DashboardSection()
    perturbations: tuple[OwnPerturbation, ...] = Field(default=(), strict=False)

    @property
    def name(self) -> str:
        """The site's name, or its folder's."""
        return self.site.name or self.folder.name

    @property
    def file(self) -> Path:
        """site.toml itself."""
        return self.folder / SITE_FILE

    @property
    def log_path(self) -> Path:
        """The log."""
        return self.folder / "log.db"

    @property
    def reports(self) -> Path:
        """Folder of the reports."""
        return self.folder / "reports"

    @property
    def cache(self) -> Path:
        """Folder of what can be made again."""
        return self.folder / "cache"

    @property
    def parts_path(self) -> Path:
        """Folder of the part pictures."""
        return self.resolve(self.parts.path)

    @property
    def family_path(self) -> Path:
        """Folder of the ONNX files."""
        return self.resolve(self.family.path)

    @property
    def card_path(self) -> Path:
        """The site's family.toml."""
        return self.resolve(self.family.card)

    @property
    def manifest_path(self) -> Path:
        """sha256 of every part."""
        return self.folder / MANIFEST_FILE

    @property
    def bits(self) -> int | None:
        """Depth in use; None: as each file is stored."""
        return self.camera.bits or None

    def resolve(self, path: str) -> Path:
        """A path of site.toml: absolute, from the home folder (~), or from the site folder."""
        return self.folder / Path(path).expanduser()


def load_site(folder: Path) -> Site:
    """Parse `folder`/site.toml. Raises UsageError naming the file, the key and the fix."""
    file = folder / SITE_FILE
    return parse_site(_read(file), folder.resolve())


def parse_site(text: str, folder: Path) -> Site:
    """Parse the text of a site.toml that lies in `folder`. Raises UsageError as `load_site` does."""
    file = str(folder / SITE_FILE)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not valid TOML: {error}", file=file, mend="correct that line") from error
    if "folder" in values:
        raise UsageError("folder is not a key", file=file, mend="take it out")
    try:
        return Site(folder=folder, **values)
    except ValidationError as error:
        mistakes = sorted(error.errors(), key=lambda mistake: mistake["type"] != "extra_forbidden")
        what, mend = _explain(mistakes[0])
        raise UsageError(what, file=file, mend=mend) from error


def recorded(site: Site) -> dict[str, Any]:
    """What a run keeps of site.toml, defaults filled in: all but whom to tell (it may hold passwords) and when."""
    return site.model_dump(mode="json", exclude={"alerts", "nightly"})


def config_digest(site: Site) -> str:
    """sha256 of all that site.toml says of an audit, defaults filled in: not the limits, nor what a purchase costs."""
    left_out = {"limits", "prices", "sizing", "mix"}
    return _digest({name: values for name, values in recorded(site).items() if name not in left_out})


def limits_digest(site: Site) -> str:
    """sha256 of the limits."""
    return _digest(site.limits.model_dump(mode="json"))


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        mend = "make a site with `inspect-eval init --parts DIR --family DIR`, or name another with --site DIR"
        raise UsageError("no site here", file=str(file), mend=mend) from error
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8 text", file=str(file), mend="save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=str(file), mend="check its permissions") from error


def _explain(error: Any) -> tuple[str, str]:
    """A mistake as (what, mend), with the key as it stands in the file."""
    keys = [str(key) for key in error["loc"]]
    key = ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"unknown key {key}", _nearest(keys)
    if error["type"] == "model_type":
        return f"{key} must be a section", f"write [{key}] with its keys below"
    if error["type"] == "missing":
        return f"{key} is missing", "add it"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key} = {error['input']!r}: {message[:1].lower()}{message[1:]}", "correct it, or delete the line"


def _nearest(keys: list[str]) -> str:
    known = _known_keys(keys[:-1])
    near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"


def _known_keys(path: list[str]) -> list[str]:
    model: type[BaseModel] = Site
    for key in path:
        if key in model.model_fields:  # else a place in a list, or a name that the site gave
            model = _model_in(model.model_fields[key].annotation)
    return [name for name in model.model_fields if name != "folder"]


def _model_in(annotation: Any) -> type[BaseModel]:
    """The section a field holds, alone or in a tuple."""
    inner = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel)]
    return inner[0]
