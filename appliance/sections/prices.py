"""[prices]: what a machine and its running cost, and how long the line runs. All money is in one currency."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from appliance.sections.base import Section, Share

Known = Annotated[
    Annotated[float, Field(ge=0)] | None, BeforeValidator(lambda value: None if value == "none" else value)
]
"""A figure that nobody can assume for a site: "none" until it is given, and what needs it then says so."""


class PricesSection(Section):
    """[prices]: what cannot be assumed is "none"; results that need it name it as missing."""

    currency: str = Field(default="EUR", min_length=1, max_length=8, description="all prices of this file are in it")
    purchase: Known = Field(
        default=None, description='price of the inspection computer in use, installed; "none": open'
    )
    life_years: float = Field(default=5.0, gt=0, le=30, description="years until a machine is replaced")
    electricity_per_kwh: Known = Field(default=None, description='price of a kWh at the plant today; "none": not known')
    electricity_growth: float = Field(
        default=0.0, gt=-0.5, le=0.5, description="rise of that price a year; 0.03: 3 % a year"
    )
    maintenance_per_year: Known = Field(
        default=None, description='maintenance of one machine a year; "none": not known, 0: none is paid'
    )
    spares: Share = Field(default=0.0, description="spare machines bought with each one; 0.1: one for ten")
    discount_rate: Share = Field(default=0.05, description="a payment a year later is worth this share less")
    hours_per_year: float = Field(default=4000.0, gt=0, le=8784, description="hours a year that the line runs")
    parts_per_year: Known = Field(
        default=None, description='parts inspected a year; "none": hours_per_year at the takt'
    )
