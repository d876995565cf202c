"""[prices]: what a machine and its running cost, what a wrong decision costs, and how long the line runs.

All money is in one currency. An amount may be a range, `[low, high]`: `advise` then carries it into its intervals.
"""

from typing import Annotated

from pydantic import Field

from appliance.sections.base import Section, Share
from appliance.sections.figure import RANGED, Known, KnownShare

MANUAL = "manual"
NONE = "none"

Rate = Annotated[Share, RANGED]
Growth = Annotated[Annotated[float, Field(gt=-0.5, le=0.5)], RANGED]
Years = Annotated[Annotated[float, Field(gt=0, le=30)], RANGED]


class SizePrices(Section):
    """[prices.sizes.NAME]: what is otherwise for one size; "none": as in [prices]."""

    purchase: Known = Field(default=None, description="price of the machine that this size needs, installed")
    integration: Known = Field(default=None, description="bringing this size into the line, once")
    power_w: Known = Field(default=None, description="power of that machine while it infers, W")
    idle_w: Known = Field(default=None, description="power of that machine while it waits, W")


class PricesSection(Section):
    """[prices]: what cannot be assumed is "none"; results that need it name it as missing."""

    currency: str = Field(default="EUR", min_length=1, max_length=8, description="all prices of this file are in it")
    purchase: Known = Field(
        default=None, description='price of the inspection computer in use, installed; "none": open'
    )
    life_years: Years = Field(default=5.0, description="years until a machine is replaced")
    electricity_per_kwh: Known = Field(default=None, description='price of a kWh at the plant today; "none": not known')
    electricity_growth: Growth = Field(default=0.0, description="rise of that price a year; 0.03: 3 % a year")
    power_w: Known = Field(default=None, description="power of the machine while it infers, W")
    idle_w: Known = Field(default=None, description="power of the machine while it waits for a part, W")
    maintenance_per_year: Known = Field(
        default=None, description='maintenance of one machine a year; "none": not known, 0: none is paid'
    )
    spares: Share = Field(default=0.0, description="spare machines bought with each one; 0.1: one for ten")
    discount_rate: Rate = Field(default=0.05, description="a payment a year later is worth this share less")
    hours_per_year: float = Field(default=4000.0, gt=0, le=8784, description="hours a year that the line runs")
    parts_per_year: Known = Field(
        default=None, description='parts inspected a year; "none": hours_per_year at the takt'
    )
    ng_prevalence: KnownShare = Field(
        default=None, description="share of NG parts among those that reach the inspection; 0.01: one in a hundred"
    )
    escape: Known = Field(default=None, description="what one NG part passed as OK costs, all told")
    overkill: Known = Field(default=None, description="what one OK part rejected costs: a second look, or scrap")
    integration: Known = Field(default=None, description="bringing a size into the line, once")
    retrainings_per_year: float = Field(
        default=1.0, ge=0, le=366, description="how often a year new parts are labelled and the model trained again"
    )
    labelling: Known = Field(default=None, description="labelling for one such retraining")
    retraining: Known = Field(default=None, description="training, checking and releasing for one retraining")
    label_per_part: Known = Field(default=None, description="labelling one part for a test")
    parts_per_day: int = Field(default=500, ge=1, description="parts that can be taken and labelled in a day")
    horizon_years: int = Field(default=5, ge=1, le=30, description="years over which money is counted")
    reference: str = Field(
        default=NONE,
        description='today\'s way: "manual", or the size in use; "none": there is nothing to compare with',
    )
    reference_escape_rate: KnownShare = Field(
        default=None, description="share of NG parts that today's way passes; a size in use: as measured"
    )
    reference_overkill_rate: KnownShare = Field(
        default=None, description="share of OK parts that today's way rejects; a size in use: as measured"
    )
    reference_per_1000: Known = Field(
        default=None, description="what today's way costs per 1000 parts without its mistakes, such as wages"
    )
    confidence: Share = Field(default=0.9, description="how sure an investment must be to pay before it is advised")
    sizes: dict[str, SizePrices] = Field(
        default={}, description="where a size needs another machine: {xl = {purchase = 6000.0}}", strict=False
    )
