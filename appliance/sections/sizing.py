"""[sizing]: what `size` looks at before a machine is bought."""

from typing import Annotated

from pydantic import Field

from appliance.sections.base import NameList, Section, Share
from appliance.sections.figure import Known

Ppm = Annotated[float, Field(gt=0, le=1e6)]


class SizingSection(Section):
    """[sizing]"""

    machines: NameList = Field(
        default=(), description="machines that come into question, by name (globs); empty: all of the catalogue"
    )
    hardware: str = Field(
        default="hardware.toml", description="your own machines and offers, in the form of the shipped catalogue"
    )
    fits: str = Field(
        default="", description="fits of your own tables, as `size --backtest TABLE --save FILE` writes them"
    )
    late_ppm: Ppm = Field(
        default=10000.0, description="parts per million that may miss the deadline; 459 measured parts can prove 10000"
    )
    headroom: Share = Field(default=0.2, description="share of the machine's time that must stay free")
    burst: int = Field(default=1, ge=1, le=1000, description="parts that come together; the takt stays the mean")
    computer: Known = Field(default=None, description="price of the computer around a card or processor, installed")
    computer_w: Known = Field(default=None, description="power of that computer without the card or processor, W")
    picture_mpx: float = Field(
        default=0.0, ge=0, description="megapixels of the line's pictures; 0: as in the measurement"
    )
