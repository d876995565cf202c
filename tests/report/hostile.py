"""Names that try to be something else."""

from dataclasses import replace

from appliance.log.types import ConditionRow, Warn
from appliance.score.summary_types import Summary
from tests.report import build

ATTACKS = (
    "<script>window.hostile=1</script>",
    '"><img src=x onerror="document.title=\'hostile\'">',
    "'-alert(1)-'{{ 7*7 }}{% raw %}",
    "[bold red]rich[/bold red][link=file:///etc/passwd]x[/link]",
    "gnp.\u202eexe\u2066x\u200b\x1b[31m\x07\udcff",
    "javascript:alert(1)</title></style><svg onload=alert(1)>",
)


def summary() -> Summary:
    """Every text that comes from outside is an attack."""
    base = build.summary(ATTACKS)
    script, image, _, _, hidden, _ = ATTACKS
    head = replace(
        base.record.head,
        run=script, family=image, suite=hidden, started=script, environment={script: {image: hidden}},
        config={image: [script]}, plan_digest=image,
    )  # fmt: skip
    rows = tuple(
        ConditionRow(row.key, f"{script}{row.name}", image, script, row.severity, row.neutral, row.level, row.repeat)
        if row.key != "clean" else row
        for row in base.record.conditions
    )  # fmt: skip
    warnings = tuple(Warn(kind, text, text, text) for kind in ("part", script) for text in ATTACKS)
    members = tuple(replace(row, sha256=script) for row in base.record.members)
    costs = tuple(replace(row, provider=script, state=image, reason=hidden, stages={image: 1.0}) for row in base.costs)
    worst = tuple(replace(part, part=f"{image}/{hidden}") for part in base.worst_parts)
    return replace(
        base,
        record=replace(base.record, head=head, conditions=rows, warnings=warnings, members=members, costs=costs),
        costs=costs,
        worst_parts=worst,
        contradicted=ATTACKS,
        changes=ATTACKS,
        verdict="".join(ATTACKS),
        notes=ATTACKS,
        envelopes=tuple(replace(item, perturbation=image, unit=script) for item in base.envelopes),
        limits=tuple(replace(item, limit=script) for item in base.limits),
    )
