"""A site: one folder with `site.toml`, parsed once into frozen values.

Every key has a default and a description; `appliance.site_file` writes both out as commented lines. Another command
adds a section by adding a model here and a field to `Site`.
"""

import difflib
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from appliance.errors import UsageError

SITE_FILE = "site.toml"
MANIFEST_FILE = "parts.sha256"

Layout = Literal["folders", "classes", "mvtec", "csv", "names", "annotations"]
Names = tuple[str, ...]


class Section(BaseModel):
    """One table of site.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _names(value: object) -> object:
    """TOML arrays arrive as lists; a single name is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _limit(value: object) -> object:
    return None if value == "none" else value


Pattern = Annotated[str, BeforeValidator(lambda v: _pattern(v) if isinstance(v, str) else v)]
NameList = Annotated[Names, BeforeValidator(_names)]
Share = Annotated[float, Field(ge=0, le=1)]
LimitOf = Annotated[Share | None, BeforeValidator(_limit)]


class SiteSection(Section):
    """[site]"""

    name: str = Field(default="", description="name of the site on reports; empty: the folder's name")


class MaskSection(Section):
    """[parts.masks]: how the defect mask of a part is found."""

    folders: NameList = Field(
        default=(), description="folders that hold masks, by name; pictures in them are not parts"
    )
    pattern: Pattern = Field(
        default="$", description="regular expression on a part's name (no suffix) that `replace` replaces"
    )
    replace: str = Field(default="", description="what turns the part's name into its mask's name")
    defect: Literal["white", "black"] = Field(default="white", description="colour of the defect in a mask")


class BoxSection(Section):
    """[parts.boxes]: how the defect boxes of a part are found."""

    kind: Literal["none", "deeppcb", "labelme"] = Field(
        default="none", description="deeppcb: lines `x1 y1 x2 y2 type` in a .txt; labelme: shapes in a .json; none"
    )
    folders: NameList = Field(
        default=(), description="folders that hold the box files, by name; empty: beside the pictures"
    )
    pattern: Pattern = Field(
        default="$", description="regular expression on a part's name (no suffix) that `replace` replaces"
    )
    replace: str = Field(default="", description="what turns the part's name into its box file's name")


class PartsSection(Section):
    """[parts]: where the labelled pictures lie and how to read their labels."""

    path: str = Field(default="parts", description="folder of the part pictures; relative paths start at this file")
    layout: Layout = Field(default="folders", description="folders, classes, mvtec, csv, names or annotations")
    ok: NameList = Field(
        default=(), description="folders, classes or labels that mean OK (globs); empty: the usual words"
    )
    ng: NameList = Field(
        default=(), description="folders, classes or labels that mean NG (globs); empty: the usual words"
    )
    ok_pattern: Pattern = Field(default="", description='layout "names": a part is OK where this is found in its name')
    ng_pattern: Pattern = Field(default="", description='layout "names": a part is NG where this is found in its name')
    ignore: NameList = Field(
        default=(), description="pictures that are not parts (globs on the path below the parts folder)"
    )
    split: str = Field(default="", description='read this split only; "*": all; empty: all, but of layout "mvtec" test')
    group: Pattern = Field(default="", description="lot or source of a part: first bracket of this pattern on its path")
    table: str = Field(default="", description='layout "csv": the table; relative paths start at the parts folder')
    path_column: str = Field(
        default="path", description='layout "csv": column of the picture, relative to the parts folder'
    )
    label_column: str = Field(default="label", description='layout "csv": column of the label')
    split_column: str = Field(default="", description='layout "csv": column of the split; empty: none')
    group_column: str = Field(default="", description='layout "csv": column of the group; empty: none')
    masks: MaskSection = MaskSection()
    boxes: BoxSection = BoxSection()


class FamilySection(Section):
    """[family]: the models."""

    path: str = Field(default="models", description="folder of the ONNX files; relative paths start at this file")
    card: str = Field(default="family.toml", description="how each model is fed and read")


class TaskSection(Section):
    """[task]"""

    kind: Literal["classification", "anomaly"] = Field(
        default="classification", description="classification or anomaly"
    )


class CameraSection(Section):
    """[camera]: the camera the parts were taken with."""

    profile: str = Field(
        default="common", description="a shipped profile (cheap, common, good) or a TOML file of a data sheet"
    )
    transfer: str = Field(default="linear", description="linear, srgb or gamma=2.2: how light became numbers")
    bits: int = Field(default=0, description="depth in use, 8 to 16; 0: as each file is stored")
    mm_per_px: float = Field(default=0.0, ge=0, description="object-side size of a pixel; 0: as in the profile")

    @field_validator("transfer")
    @classmethod
    def _known_transfer(cls, value: str) -> str:
        if value in ("linear", "srgb") or re.fullmatch(r"gamma=(?!0+(\.0*)?$)\d+(\.\d+)?", value):
            return value
        raise ValueError("use linear, srgb or gamma=2.2")

    @field_validator("bits")
    @classmethod
    def _possible_bits(cls, value: int) -> int:
        if value == 0 or 8 <= value <= 16:
            return value
        raise ValueError("use 8 to 16, or 0 for the depth of the files")


class LimitsSection(Section):
    """[limits]: what the line allows, as fractions."""

    escape_rate: LimitOf = Field(default=0.02, description='share of NG parts that may pass as OK; "none": no limit')
    overkill_rate: LimitOf = Field(default=0.05, description='share of OK parts that may be rejected; "none": no limit')


class LineSection(Section):
    """[line]"""

    takt_s: float = Field(default=1.0, gt=0, description="seconds per part that the line allows")


class AskedCondition(Section):
    """One condition asked for by name: severity in the perturbation's own unit."""

    name: str
    severity: float
    repeat: int = Field(default=0, ge=0)


class AuditSection(Section):
    """[audit]: the grid and how it is run."""

    suite: str = Field(default="default", description="quick, default (at most 80 conditions) or full")
    seed: int = Field(default=1, ge=0, description="every random draw comes from it")
    workers: int = Field(default=0, ge=0, description="processes; 0: one per core")
    chunk: int = Field(default=32, ge=1, description="parts a process takes at a time")
    conditions: tuple[AskedCondition, ...] = Field(
        default=(), description='instead of the suite, e.g. [{name = "defocus", severity = 0.5}]', strict=False
    )
    cache_mb: int = Field(default=512, ge=0, description="space for decoded pictures in cache/")


class CostSection(Section):
    """[cost]"""

    seconds_per_member: float = Field(default=3.0, gt=0, description="time to measure one model's cost")


class LawSection(Section):
    """[law]: what is set before the data are looked at, in percentage points of accuracy."""

    delta_pp: float = Field(default=0.5, ge=0, description="smallest gain per doubling of size that matters")
    tau_clean_pp: float = Field(default=0.2, ge=0, description="scatter of one training on clean parts")
    tau_perturbed_pp: float = Field(default=0.8, ge=0, description="scatter of one training on perturbed parts")


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
    cost: CostSection = CostSection()
    law: LawSection = LawSection()

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


def config_digest(site: Site) -> str:
    """sha256 of all that site.toml says but the limits, defaults filled in."""
    return _digest(site.model_dump(mode="json", exclude={"limits"}))


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
        if not key.isdigit():
            annotation = model.model_fields[key].annotation
            model = _model_in(annotation)
    return [name for name in model.model_fields if name != "folder"]


def _model_in(annotation: Any) -> type[BaseModel]:
    """The section a field holds, alone or in a tuple."""
    inner = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel)]
    return inner[0]
