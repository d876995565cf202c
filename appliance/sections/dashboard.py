"""[dashboard]: where `serve` listens, who may ask, and which size runs on the line."""

from typing import Annotated, Literal

from pydantic import Field

from appliance.sections.base import NameList, Section

PortNumber = Annotated[int, Field(ge=1, le=65535)]


class DashboardSection(Section):
    """[dashboard]"""

    host: str = Field(default="127.0.0.1", description="address the dashboard listens on; 0.0.0.0: every network")
    port: PortNumber = Field(default=8600, description="its port")
    allow_hosts: NameList = Field(
        default=(), description="names under which browsers may ask for it, besides localhost and the address itself"
    )
    language: Literal["en", "ja"] = Field(default="en", description="en or ja, where a browser asks for neither")
    member: str = Field(default="", description="the size that runs on the line today; empty: not said")
    fresh_hours: float = Field(default=36.0, gt=0, description="older than this the last audit says nothing of today")
