"""[calibration]: what the site's own pictures show of every perturbation, as `calibrate` found it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from appliance.sections.base import Pattern, Section, Share

CLEAN = "clean"


class ShownSection(Section):
    """[[calibration.shown]]: one perturbation, in its own unit."""

    name: str = Field(description="the perturbation")
    unit: str = Field(default="", description="its unit")
    pictures: int = Field(default=0, ge=0, description="pictures that tell something of it")
    p50: float = Field(description="severity that half of the pictures do not pass")
    p90: float = Field(description="that 90 % do not pass")
    p99: float = Field(description="that 99 % do not pass: limits bind up to here")
    opposite: float | None = Field(default=None, description="the 99 % severity on the other side of neutral, if any")
    shares: tuple[Share, Share, Share, Share] = Field(
        default=(0.0, 0.0, 0.0, 0.0),
        strict=False,
        description="share of pictures of which this is the largest disturbance, nearest to p50, p90, p99, opposite",
    )
    instead_of: str = Field(default="", description="it explains the same pictures as this perturbation: one or other")

    @property
    def severities(self) -> tuple[float, ...]:
        """The calibrated severities, mildest first, each once; the opposite side last."""
        found = (self.p50, self.p90, self.p99, *(() if self.opposite is None else (self.opposite,)))
        return tuple(dict.fromkeys(found))

    def share_of(self, severity: float) -> float:
        """The share of pictures that the condition at `severity` stands for."""
        pairs = zip((self.p50, self.p90, self.p99, self.opposite), self.shares, strict=True)
        return sum(share for quantile, share in pairs if quantile == severity)


class CalibrationSection(Section):
    """[calibration]: written by `inspect-eval calibrate`; the audit uses it instead of the generic levels."""

    images: str = Field(default="", description="folder of the pictures it was taken from; empty: not calibrated")
    taken: str = Field(default="", description="day it was taken")
    pictures: int = Field(default=0, ge=0, description="pictures measured")
    days: int = Field(default=0, ge=0, description="days on which the pictures' files are dated")
    scene: Pattern = Field(default="", description="first bracket on a picture's path names what it shows")
    clean_share: Share = Field(default=1.0, description="share of pictures in which nothing reaches its first level")
    coverage: Share = Field(default=0.0, description="share of pictures inside what the perturbations can make")
    shown: tuple[ShownSection, ...] = Field(
        default=(), strict=False, description="one table a perturbation: severities as quantiles of the pictures"
    )

    def find(self, name: str) -> ShownSection | None:
        """What was found of one perturbation; None where nothing was."""
        return next((item for item in self.shown if item.name == name), None)

    @property
    def levels(self) -> dict[str, tuple[float, ...]]:
        """Per calibrated perturbation its severities."""
        return {item.name: item.severities for item in self.shown}

    def weights(self, conditions: Iterable[tuple[str, float]]) -> dict[tuple[str, float], float]:
        """The share of the site's pictures that each (perturbation, severity) stands for, `("clean", 0.0)` among them.

        A picture counts for its largest disturbance alone, at the quantile it is nearest to, so that the shares over
        clean and all calibrated severities add up to 1; a condition that was not calibrated has 0.
        """
        found = {(CLEAN, 0.0): self.clean_share}
        for name, severity in conditions:
            item = self.find(name)
            found[name, severity] = 0.0 if item is None else item.share_of(severity)
        return found


def calibrated_ranges(config: Mapping[str, Any], neutrals: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Per calibrated perturbation the lowest and highest severity the site's pictures show, from a run's own settings.

    config: as the log keeps it. neutrals: per perturbation its neutral severity, as the run's conditions say.
    """
    rows = config.get("calibration", {}).get("shown", ())
    return {row["name"]: _range(row, neutrals[row["name"]]) for row in rows if row["name"] in neutrals}


def _range(row: Mapping[str, Any], neutral: float) -> tuple[float, float]:
    ends = [neutral, float(row["p99"])]
    if row.get("opposite") is not None:
        ends.append(float(row["opposite"]))
    return min(ends), max(ends)
