"""The whole answer of one run: what the terminal table, the HTML report and `--json` all render."""

from dataclasses import dataclass, field

from appliance.log.types import CostRow, RunRecord
from appliance.score.repeatability import Repeatability
from appliance.score.sight import Sight
from appliance.score.types import CellScore, Envelope, LimitVerdict, MemberScore, Pair


@dataclass(frozen=True)
class WorstPart:
    """A part that members get wrong under a condition: what the report shows as a picture beside the clean one."""

    part: str
    condition: str
    ng: bool
    wrong: tuple[str, ...]  # members that decide wrongly here
    right: tuple[str, ...]
    scores: dict[str, float] = field(default_factory=dict)
    clean_scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What is said of a run in one language: the verdict, what changed since the last run, what to know beside it."""

    verdict: str
    changes: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """One run, scored. Members smallest first; conditions in audit order, `clean` first."""

    record: RunRecord
    members: tuple[MemberScore, ...]
    cells: dict[tuple[str, str], CellScore]
    limits: tuple[LimitVerdict, ...]
    envelopes: tuple[Envelope, ...]
    pairs: tuple[Pair, ...]
    costs: tuple[CostRow, ...]
    worst_parts: tuple[WorstPart, ...]
    contradicted: tuple[str, ...]  # parts whose label every member contradicts on clean pictures
    changes: tuple[str, ...]  # what changed since the last run, a sentence each
    verdict: str  # one sentence
    notes: tuple[str, ...] = ()
    sight: Sight | None = None  # what can be seen of the masked defects under each condition
    repeatability: tuple[Repeatability, ...] = ()  # a row a member where parts were shot repeatedly
    told: dict[str, Told] = field(default_factory=dict)  # verdict, changes and notes in each language
