"""What the site makes of a finding: how grave it is, whose it is, and how many nights it must last."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from appliance.sections.watch import AlertRule, AlertsSection
from appliance.watch.alert_types import Found, Severity


def fitting(section: AlertsSection, rule: str, member: str, condition: str) -> AlertRule | None:
    """The first rule of site.toml that fits, if any; empty members and conditions fit only `*`."""
    return next((r for r in section.rules if fits(r, rule, member, condition)), None)


def fits(rule: AlertRule, name: str, member: str, condition: str) -> bool:
    """Whether a rule speaks of a finding."""
    kind, _, of = name.partition(" ")
    return (
        rule.rule == kind
        and rule.of in ("", of)
        and any(fnmatchcase(member, glob) for glob in rule.members)
        and any(fnmatchcase(condition, glob) for glob in rule.conditions)
    )


def apply_rules(section: AlertsSection, found: Iterable[Found]) -> Iterator[Found]:
    """Findings as the site's rules see them; what a rule switches off is left out."""
    for finding in found:
        rule = fitting(section, *finding.key)
        if rule is None:
            yield finding
        elif not rule.off:
            severity = Severity(rule.severity) if rule.severity else finding.severity
            owner = rule.owner or finding.owner
            yield replace(finding, severity=severity, owner=owner, nights=max(rule.nights, finding.nights))
