"""[sizing]: what `size` looks at before a machine is bought."""

from pydantic import Field

from appliance.sections.base import NameList, Section, Share


class SizingSection(Section):
    """[sizing]"""

    machines: NameList = Field(
        default=(), description="machines that come into question, by name (globs); empty: all of the catalogue"
    )
    hardware: str = Field(
        default="hardware.toml", description="your own machines and prices, in the form of the shipped catalogue"
    )
    late_ppm: float = Field(
        default=100.0, gt=0, le=1e6, description="parts per million that may pass the deadline without a verdict"
    )
    headroom: Share = Field(default=0.2, description="share of the machine's time that must stay free")
