"""Green, amber or red, with the reason: what a person who walks past must know.

A size is red where a binding limit is breached or a critical alert on it is open, amber where a limit is not proven
or another alert is open, green where every limit is proven to hold. The dashboard as a whole speaks of the size that
runs on the line where the site says which, else of the best there is; an old audit proves nothing of today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.language.again import again
from appliance.language.catalogue import Words, mark
from appliance.log.kept import MemberNight
from appliance.report import units
from appliance.serve import names
from appliance.serve.alerts import AlertLine

ORDER = ("bad", "open", "good", "none")  # worst first; `none` says nothing
OF_LIMITS = {"breached": "bad", "not provable": "open", "holds": "good"}
HEADLINES = {
    "good": mark("The inspection can be trusted today"),
    "open": mark("Trust the inspection with care today"),
    "bad": mark("Do not trust the inspection today"),
    "none": mark("Nothing is judged"),
}
EMPTY = mark("There is no finished audit yet")
SIGNS = {"good": mark("green"), "open": mark("amber"), "bad": mark("red"), "none": mark("unknown")}


@dataclass(frozen=True)
class State:
    """A level (good, open, bad, none), the sentence for the hall, and the reasons, the weightiest first."""

    level: str
    headline: str
    sign: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the state is drawn from: the members of the last finished run, its start, alerts that are open."""

    members: tuple[MemberNight, ...]
    started: datetime | None
    now: datetime
    fresh: timedelta
    limits: Mapping[str, float] = field(default_factory=dict)
    line_member: str = ""
    alerts: tuple[AlertLine, ...] = ()


def worse(*levels: str) -> str:
    """The worst of the levels."""
    return min(levels, key=ORDER.index, default="none")


def better(*levels: str) -> str:
    """The best of the levels; `none` only where there is nothing else."""
    return next((level for level in ("good", "open", "bad") if level in levels), "none")


def member_level(row: MemberNight, alerts: Sequence[AlertLine]) -> str:
    """How one size stands."""
    mine = [alert for alert in alerts if alert.member == row.member]
    return worse(OF_LIMITS.get(row.state, "none"), *(alert_level(alert) for alert in mine))


def alert_level(alert: AlertLine) -> str:
    """What an open alert makes of what it is about."""
    return {"critical": "bad", "info": "good"}.get(alert.severity, "open")


def overall(facts: Facts, w: Words) -> State:
    """The state of the whole, for the hall."""
    if not facts.members or facts.started is None:
        said = (w("Run `inspect-eval audit` on this node."),)
        return State("none", w(EMPTY), _sign("none", w), said)
    levels = {row.member: member_level(row, facts.alerts) for row in facts.members}
    level, reasons = _of_sizes(facts, levels, w)
    general = [alert for alert in facts.alerts if alert.member not in levels]
    level = worse(level, *(alert_level(alert) for alert in general))
    reasons += [again(alert.text, w.language) for alert in general if alert_level(alert) == level]
    if facts.now - facts.started > facts.fresh:
        level = worse(level, "open")
        reasons.append(
            w("The last audit is {age} old: it says nothing of today.", age=age(w, facts.now - facts.started))
        )
    return _state(level, tuple(reasons), w)


def _state(level: str, reasons: tuple[str, ...], w: Words) -> State:
    return State(level, w(HEADLINES[level]), _sign(level, w), reasons)


def _of_sizes(facts: Facts, levels: dict[str, str], w: Words) -> tuple[str, list[str]]:
    """The level that counts, and why."""
    mine = [row for row in facts.members if row.member == facts.line_member]
    if mine:
        return levels[mine[0].member], line_reasons(mine[0], facts, w)
    best = better(*levels.values())
    names = _listed(w, [name for name, level in levels.items() if level == best])
    reasons = {
        "good": w("Every limit holds for {names}.", names=names),
        "open": w("No size is proven to hold every limit; not breached, but not proven: {names}.", names=names),
        "bad": w("Every size breaches a limit."),
        "none": w("No limits are set, so nothing is judged."),
    }
    said = [reasons[best]]
    if facts.line_member:
        said.append(w("{member}, which site.toml puts on the line, is not among the sizes.", member=facts.line_member))
        best = worse(best, "open")
    return best, said


def line_reasons(row: MemberNight, facts: Facts, w: Words) -> list[str]:
    """Why the size on the line stands as it does: its limits, then its alerts."""
    where = _where(row, facts.limits, w)
    said = {
        "holds": w("{member}, on the line, holds every limit.", member=row.member),
        "not provable": w(
            "{member}, on the line, is not proven to hold every limit: {where}.", member=row.member, where=where
        ),
        "breached": w("{member}, on the line, breaches a limit: {where}.", member=row.member, where=where),
    }
    alerts = [again(alert.text, w.language) for alert in facts.alerts if alert.member == row.member]
    return [said.get(row.state) or w("No limits are set, so nothing is judged."), *alerts[:2]]


def _where(row: MemberNight, limits: Mapping[str, float], w: Words) -> str:
    """Which limit does not hold on clean parts; where clean parts do not decide it, that a condition does."""
    rates = {
        "escape_rate": (row.escape_rate, row.escape_upper),
        "overkill_rate": (row.overkill_rate, row.overkill_upper),
    }
    for name, allowed in limits.items() if row.clean_state == row.state else ():
        seen, bound = rates.get(name, (None, None))
        if bound is not None and seen is not None and bound > allowed:
            figures = {"seen": units.percent(seen), "bound": units.percent(bound), "allowed": units.percent(allowed)}
            return w("{limit} {seen}, bound {bound}, limit {allowed}", limit=names.limit(w, name), **figures)
    return w("not on clean parts, but under a condition of the site's range")


def _listed(w: Words, names: Sequence[str], most: int = 4) -> str:
    shown = w(", ").join(names[:most])
    return shown if len(names) <= most else w("{names} and {count} more", names=shown, count=len(names) - most)


def age(w: Words, span: timedelta) -> str:
    """`5 hours`, `3 days`."""
    hours = max(span.total_seconds(), 0) / 3600
    if hours < 1:
        return w("{count} min", count=round(hours * 60))
    if hours < 48:
        return w("{count} h", count=round(hours))
    return w("{count} days", count=round(hours / 24))


def _sign(level: str, w: Words) -> str:
    return w(SIGNS[level])
