"""[nightly] and [alerts]: what the site does by itself at night, and whom it tells."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from appliance.sections.base import NameList, Section

CLOCK = r"([01]\d|2[0-3]):[0-5]\d"

RuleName = Literal["limit", "drift", "moved", "cost", "parts", "coverage", "health", "incoming"]
SeverityName = Literal["info", "warning", "critical"]


def _hours(value: object) -> object:
    if isinstance(value, str) and value and not re.fullmatch(f"{CLOCK}-{CLOCK}", value):
        raise ValueError("write hours as 22:00-06:00, or leave it empty")
    return value


def _tables(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Hours = Annotated[str, BeforeValidator(_hours)]
Positive = Annotated[float, Field(gt=0)]


class NightlySection(Section):
    """[nightly]: the audit that a timer starts."""

    at: str = Field(default="02:00", description="when the timer starts it, local time")
    budget_min: Positive = Field(default=10.0, description="minutes a night may take; what does not fit is rotated")
    cover_nights: int = Field(default=14, ge=1, description="say so where covering everything takes more nights")
    cost: bool = Field(default=True, description="measure inference cost too, in at most a fifth of the time")
    keep_runs: int = Field(default=400, ge=1, description="runs kept in the log at least; baselines always stay")
    keep_days: int = Field(default=400, ge=1, description="days a run is kept at least")
    keep_reports: int = Field(default=60, ge=1, description="reports kept")
    backups: str = Field(default="backups", description='folder of the copies of the log; "none": no copies')
    keep_backups: int = Field(default=7, ge=1, description="copies kept")
    status: str = Field(default="status.json", description="how the last night went, for other programs")
    metrics: str = Field(default="metrics.prom", description='for node_exporter\'s textfile collector; "none": none')
    incoming: str = Field(default="", description="folder of the line's own unlabelled pictures; empty: none")
    incoming_pictures: int = Field(default=500, ge=1, description="of these at most so many are scored a night")
    ewma_weight: float = Field(default=0.2, gt=0, le=1, description="drift chart: weight of the newest night")
    ewma_width: Positive = Field(default=2.962, description="its limit; with 0.2 a false alarm in 500 nights")
    cusum_reference: Positive = Field(default=0.5, description="drift chart of sums: what each night must exceed")
    cusum_limit: Positive = Field(default=5.0, description="its limit; with 0.5 a false alarm in 465 nights")

    @field_validator("at")
    @classmethod
    def _clock(cls, value: str) -> str:
        if not re.fullmatch(CLOCK, value):
            raise ValueError("write a time as 02:00")
        return value


class AlertRule(Section):
    """One of [[alerts.rules]]: how findings of one kind are treated. The first rule that fits a finding decides."""

    rule: RuleName
    members: NameList = ("*",)
    conditions: NameList = ("*",)
    of: Literal["", "escape_rate", "overkill_rate"] = ""
    limit: float | None = Field(default=None, ge=0)
    nights: int = Field(default=1, ge=1)
    severity: SeverityName | None = None
    owner: str = ""
    off: bool = False

    @model_validator(mode="after")
    def _known_limit(self) -> "AlertRule":
        if self.limit is not None and self.rule in ("drift", "moved", "health", "coverage"):
            raise ValueError(f"rule {self.rule} takes no limit: [nightly] sets the charts, [limits] the rates")
        if self.of and self.rule != "limit":
            raise ValueError(f"rule {self.rule} takes no `of`: only rule limit does")
        return self


class MqttSection(Section):
    """[alerts.mqtt]: alerts as JSON for the plant's systems."""

    host: str = Field(default="", description="broker; empty: none")
    port: int = Field(default=1883, ge=1, le=65535, description="8883 with tls")
    tls: bool = Field(default=False, description="encrypt, and check the broker's certificate")
    ca_file: str = Field(default="", description="certificate authority of the plant; empty: the system's")
    username: str = Field(default="", description="empty: none")
    password_file: str = Field(default="", description="file that holds the password alone, readable by us only")
    topic: str = Field(default="inspect-eval", description="messages go to TOPIC/SITE/alerts, the state to .../status")


class AlertsSection(Section):
    """[alerts]: whom a finding is told, when, and how often it is tried."""

    urls: NameList = Field(
        default=(), description='where to, in the words of Apprise, e.g. ["mailto://smtp.plant:25?to=qa@plant"]'
    )
    urls_file: str = Field(default="", description="file with one such address a line: for those with a password")
    line_members: NameList = Field(
        default=(),
        description="members that run on the line: a limit they breach is critical, another's is information",
    )
    least: SeverityName = Field(default="warning", description="what is less grave is listed, not sent")
    quiet_hours: Hours = Field(default="", description="local hours in which only what is critical is sent")
    remind_nights: int = Field(default=7, ge=0, description="remind of an alert nobody took in hand; 0: never")
    tries: int = Field(default=12, ge=1, description="deliveries are tried again after 1, 2, 4 ... 60 minutes")
    timeout_s: Positive = Field(default=20.0, description="seconds a channel may take")
    rules: Annotated[tuple[AlertRule, ...], BeforeValidator(_tables)] = Field(
        default=(), description='e.g. [{rule = "drift", members = ["xs"], nights = 2, owner = "line 3"}]'
    )
    mqtt: MqttSection = MqttSection()
