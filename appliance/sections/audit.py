"""[site], [family], [task], [camera], [limits], [line], [audit], [cost], [law]: what an audit is told."""

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from appliance.sections.base import LimitOf, Section


class SiteSection(Section):
    """[site]"""

    name: str = Field(default="", description="name of the site on reports; empty: the folder's name")


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
    jitter_ms: float = Field(default=0.0, ge=0, description="how early or late a part may come; below half the takt")
    cameras: int = Field(default=1, ge=1, le=64, description="pictures of each part that come at once")
    deadline_ms: float = Field(default=0.0, ge=0, description="from a part's arrival to the reject gate; 0: the takt")

    @field_validator("jitter_ms")
    @classmethod
    def _below_the_takt(cls, value: float, others: ValidationInfo) -> float:
        takt_ms = 1000.0 * others.data.get("takt_s", float("inf"))
        if value < takt_ms / 2:
            return value
        raise ValueError(f"parts would overtake each other; give less than half the takt of {takt_ms:g} ms")


class AskedCondition(Section):
    """One condition asked for by name: severity in the perturbation's own unit, which `unit` may repeat."""

    name: str
    severity: float
    unit: str = ""
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
    repeats: int = Field(
        default=0, ge=0, description="shots of every part with camera noise of their own: is a decision repeatable?"
    )
    worker_memory_mb: int = Field(
        default=0, ge=0, description="address space one process may take, MB; 0: an equal share, at least 4096"
    )
    cache_mb: int = Field(default=512, ge=0, description="space for decoded pictures in cache/")


class CostSection(Section):
    """[cost]"""

    seconds_per_member: float = Field(default=3.0, gt=0, description="time an audit takes to measure one model's cost")


class LawSection(Section):
    """[law]: what is set before the data are looked at, in percentage points of accuracy."""

    delta_pp: float = Field(default=0.5, ge=0, description="smallest gain per doubling of size that matters")
    tau_clean_pp: float = Field(default=0.2, ge=0, description="scatter of one training on clean parts")
    tau_perturbed_pp: float = Field(default=0.8, ge=0, description="scatter of one training on perturbed parts")
