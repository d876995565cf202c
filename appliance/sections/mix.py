"""[mix]: how much of the year each condition takes."""

from math import fsum

from pydantic import Field, field_validator

from appliance.sections.base import Section, Share

WITHIN = 1e-6


class MixSection(Section):
    """[mix]: the conditions of the line, as shares of the parts of a year."""

    shares: dict[str, Share] = Field(
        default={},
        description="share of the year by clean, perturbation or condition, summing to 1; empty: calibrated or assumed",
    )
    days: float = Field(
        default=0.0, ge=0, description="days of watching behind these shares; fewer: wider intervals; 0: 20 if stated"
    )
    untested: Share = Field(default=0.05, description="share of the year under disturbances that no audit has shown")

    @field_validator("shares")
    @classmethod
    def _sums_to_one(cls, value: dict[str, float]) -> dict[str, float]:
        total = fsum(value.values())
        if value and abs(total - 1.0) > WITHIN:
            raise ValueError(f"the shares sum to {total:.6g}, not to 1")
        return value
