"""What is not as it was at the baseline: named beside every alert, so that a move has a suspect."""

from dataclasses import replace

from appliance.log.types import RunRecord
from appliance.score.changes import changes


def what_changed(now: RunRecord, before: RunRecord) -> tuple[str, ...]:
    """Sentences on models, pictures, labels, seed, settings, camera, runtime and driver.

    That a night covers a subset of the conditions and parts is no change.
    """
    shared = {part.id for part in now.parts}
    trimmed = replace(
        before,
        conditions=now.conditions,
        parts=tuple(part for part in before.parts if part.id in shared),
        head=replace(before.head, limits=now.head.limits),
    )
    known = {part.id for part in before.parts}
    present = replace(now, parts=tuple(part for part in now.parts if part.id in known))
    return changes(present, trimmed)


def same_pictures(now: RunRecord, before: RunRecord) -> bool:
    """Whether every part that both showed has the same picture and the same seed perturbs it."""
    then = {part.id: part.sha256 for part in before.parts}
    shared = [part for part in now.parts if part.id in then]
    return now.head.seed == before.head.seed and bool(shared) and all(then[part.id] == part.sha256 for part in shared)
