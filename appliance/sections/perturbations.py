"""[[perturbations]]: what a site adds to the shipped perturbations; `perturb.custom` checks what the keys mean."""

from typing import Any

from pydantic import Field

from appliance.sections.base import NameList, Section


class OwnPerturbation(Section):
    """[[perturbations]]: a composite of shipped ones (`members`) or an Albumentations transform (`transform`)."""

    name: str = Field(description="how conditions, logs and reports call it: small letters, digits, hyphens")
    members: dict[str, float] | None = Field(
        default=None, description="a composite: perturbations with their severity at share 1"
    )
    transform: dict[str, Any] | str | None = Field(
        default=None, description="what albumentations.to_dict gives, as a table or as JSON text"
    )
    parameter: str | None = Field(
        default=None, description="the transform's argument that the severity sets; without it, a share blended in"
    )
    levels: tuple[float, ...] | None = Field(default=None, strict=False, description="five severities, weakest first")
    neutral: float | None = Field(default=None, description="the severity that changes nothing; 0 otherwise")
    limits: tuple[float, float] | None = Field(default=None, strict=False, description="severities that make sense")
    unit: str | None = Field(default=None, description="the severity's unit")
    group: str | None = Field(default=None, description="part, lighting, optics, motion, sensor or transport")
    needs: NameList | None = Field(default=None, description='["colour"] where a mono picture makes no sense')
    summary: str | None = Field(default=None, description="what it stands for, in a sentence")

    def table(self) -> dict[str, Any]:
        """The keys that are set, as `perturb.custom` reads them."""
        return self.model_dump(exclude_none=True)


EXAMPLE = """
[[perturbations]]  # of your own, as many as you like; each joins every suite. A composite:
name = "our-night"
members = {intensity = 0.6, ambient = 8.0, dust = 90.0}
[[perturbations]]  # or any Albumentations transform, in the form that albumentations.to_dict gives:
name = "steam"
levels = [0.1, 0.2, 0.4, 0.7, 1.0]
transform = {__class_fullname__ = "RandomFog", fog_coef_range = [0.4, 0.4], alpha_coef = 0.08}
"""
"""What a site.toml shows of this section, commented out."""
