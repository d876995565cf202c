"""When to collect pictures for retraining, which, and how many.

The most telling pictures are those on which the sizes disagree and those that look least like the site's own; they are
taken in turn from both lists and, of the second, from each kind of difference, so that they are not all alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from appliance.score.intervals import parts_needed

OUTSIDE = 0.05
"""Share of the pictures outside the profile from which on collecting pays: five times what is usual."""

DISAGREE = 0.10
NAMED = 5

MOST = 60
"""Pictures named at most: an hour of labelling."""


@dataclass(frozen=True)
class Candidate:
    """One unlabelled picture: how far the sizes disagree (0..0.5: share of members in the minority), and how far it
    lies outside the profile (1 is the edge; NaN: no profile), by which quantity."""

    name: str
    disagreement: float
    distance: float
    quantity: str


@dataclass(frozen=True)
class Advice:
    """Whether to collect, why, which pictures first, and how many NG parts would prove the limit again."""

    collect: bool
    why: str
    pictures: tuple[str, ...]
    ng_parts: int | None


def advise(candidates: Sequence[Candidate], escape_limit: float | None, drifting: Sequence[str]) -> Advice:
    """Advice from a day's pictures; drifting: members whose drift charts alarm towards worse."""
    if not candidates:
        return Advice(False, "no pictures came in", (), None)
    outside = sum(c.distance > 1 for c in candidates) / len(candidates)
    split = sum(c.disagreement > 0 for c in candidates) / len(candidates)
    reasons = []
    if outside > OUTSIDE:
        reasons.append(f"{outside:.0%} of the pictures lie outside the site's profile, most by {_main(candidates)}")
    if split > DISAGREE:
        reasons.append(f"the sizes disagree on {split:.0%} of them")
    if drifting:
        reasons.append(f"{', '.join(drifting)} got worse on the labelled parts")
    if not reasons:
        calm = f"{outside:.0%} lie outside the profile and the sizes disagree on {split:.0%}"
        return Advice(False, f"nothing asks for new parts: {calm}", (), None)
    needed = parts_needed(escape_limit) if escape_limit is not None and 0 < escape_limit < 1 else None
    return Advice(True, "; ".join(reasons), most_telling(candidates), needed)


def sentence(advice: Advice) -> str:
    """The advice in one sentence, with the first few pictures to label."""
    if not advice.collect:
        return f"Incoming pictures: {advice.why}."
    named = ", ".join(advice.pictures[:NAMED])
    more = f" and {len(advice.pictures) - NAMED} more" if len(advice.pictures) > NAMED else ""
    first = f" Label these first: {named}{more}." if named else ""
    proof = (
        f" {advice.ng_parts} NG parts without a miss would prove the escape limit on them." if advice.ng_parts else ""
    )
    return f"Collect pictures for retraining: {advice.why}.{first}{proof}"


def most_telling(candidates: Sequence[Candidate], most: int = MOST) -> tuple[str, ...]:
    """Names of the pictures to label first."""
    split = sorted((c for c in candidates if c.disagreement > 0), key=lambda c: (-c.disagreement, c.name))
    strange: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: -c.distance):
        if candidate.distance > 1:
            strange.setdefault(candidate.quantity, []).append(candidate)
    dealt = [c for turn in zip_longest(*strange.values()) for c in turn if c is not None]
    both = [c.name for turn in zip_longest(split, dealt) for c in turn if c is not None]
    return tuple(dict.fromkeys(both))[:most]


def _main(candidates: Sequence[Candidate]) -> str:
    names = [c.quantity for c in candidates if c.distance > 1]
    return max(dict.fromkeys(names), key=names.count)
