"""An augmentation policy in words: what the next training is shown, from which weak spot, and what cannot be shown."""

from pathlib import Path

from appliance.advice.policy import SHARE, Lesson, Policy
from appliance.language.catalogue import mark
from appliance.report.advice_words import Told

WRITTEN = mark("policy: {path}")
HEAD = mark("For size {size}: {share} of the pictures are perturbed, each by one of")
LESSON = mark("{name}, {weak} to {strong} ({source}), {share} of the pictures: it cost {drop} pp under {condition}")
CALIBRATED = mark("as this site shows")
GENERIC = mark("generic levels 1 to 3")
NOT_SHOWN = mark(
    "{name} cost {drop} pp under {condition}; Albumentations has no counterpart: make such pictures by `perturb apply`"
)
USE = mark('Load it with albumentations.load("{path}") and apply it to 8-bit pictures before the model\'s resize.')
NONE = mark("No weak spot is shown with these parts: no policy is written.")


def policy_lines(policy: Policy | None, told: Told, path: Path) -> list[str]:
    """The lines to print; `path` is where the policy was written."""
    w = told.w
    if policy is None:
        return [w(NONE)]
    shown = [f"  {_lesson(told, lesson)}" for lesson in policy.lessons if lesson.share]
    missing = [f"  {_lesson(told, lesson)}" for lesson in policy.lessons if not lesson.share]
    head = w(HEAD, size=policy.size, share=told.figures.share(SHARE))
    return [w(WRITTEN, path=path), head, *shown, *missing, w(USE, path=str(path))]


def _lesson(told: Told, lesson: Lesson) -> str:
    names, share = told.names, told.figures.share
    spot = lesson.spot
    drop, condition = told.w.number(spot.drop, 1), names.condition(spot.condition, lesson.unit)
    if not lesson.share:
        return told.w(NOT_SHOWN, name=names.perturbation(spot.name), drop=drop, condition=condition)
    return told.w(
        LESSON,
        name=names.perturbation(spot.name),
        weak=names.severity(lesson.weak, lesson.unit),
        strong=names.severity(lesson.strong, lesson.unit),
        source=told.w(CALIBRATED if lesson.calibrated else GENERIC),
        share=share(lesson.share),
        drop=drop,
        condition=condition,
    )
