"""The line's own pictures, unlabelled: do they still look like the site's, and do the members still agree on them?

Pictures are decoded and scored by worker processes, as an audit's parts are: a broken or hostile one costs itself.
"""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.audit.fence import fence_mb
from appliance.audit.order import Wish, site_family, worker_count
from appliance.audit.plan import Job, Plan, chunk_parts
from appliance.audit.pool import Death, Pool, Work
from appliance.audit.worker import Result
from appliance.calibrate.profile import compare, read_profile
from appliance.engines.select import engine_spec
from appliance.errors import InputRefused, InspectError
from appliance.log.types import Outcomes
from appliance.own import site_camera
from appliance.parts.decode import Decoded, decode
from appliance.parts.read import read_parts
from appliance.parts.types import Label, Part, Verdict
from appliance.parts.walk import Found as Picture
from appliance.parts.walk import walk
from appliance.site import Site
from appliance.watch.collect import Candidate
from appliance.watch.dust import FEWEST, Spots, new_spots, small
from perturb.calibration.profile import Distance
from perturb.types import CLEAN

LOOKED_AT_FOR_DUST = 32
FEATURES_SHARE = 0.1
"""Share of a night's time that may go into measuring what the pictures show."""


@dataclass(frozen=True)
class Batch:
    """One day's pictures, scored. names in order of their age; outcomes (n,) by member, NaN where refused.

    distances: by name, as far as there was time; None where the site has no profile. refused: names with the reason.
    """

    names: tuple[str, ...]
    outcomes: Mapping[str, Outcomes]
    distances: Mapping[str, Distance] | None
    refused: Mapping[str, str]
    spots: Spots | None
    cuts: Mapping[str, float] = field(default_factory=dict)

    @property
    def outside(self) -> float | None:
        """Share of the measured pictures outside the profile; None without one."""
        if not self.distances:
            return None
        return sum(not distance.inside for distance in self.distances.values()) / len(self.distances)

    def quantities(self) -> list[tuple[str, int]]:
        """By which quantities pictures lie outside, most frequent first."""
        found = [d.worst for d in (self.distances or {}).values() if not d.inside]
        return Counter(found).most_common()


def score_incoming(site: Site, since: datetime | None, seed: int) -> Batch | None:
    """Score the pictures that came in after `since`; None where there are none.

    Of more than [nightly] incoming_pictures a seeded sample is taken. Raises InputRefused where the folder is not
    there, and as `site_family` does.
    """
    pictures = _chosen(site, since, seed)
    if not pictures:
        return None
    plan = _plan(site, pictures)
    outcomes, refused = _scored(plan, worker_count(site, Wish(), plan.spec))
    kept = [p for i, p in enumerate(pictures) if i not in refused]
    distances, seen = _measured(site, kept)
    return Batch(
        names=tuple(picture.id for picture in pictures),
        outcomes=outcomes,
        distances=distances,
        refused={pictures[i].id: what for i, what in refused.items()},
        spots=_spots(site, seen),
        cuts={member.name: _cut(plan.task, member.card.threshold) for member in plan.members},
    )


def _chosen(site: Site, since: datetime | None, seed: int) -> list[Picture]:
    """The sample, oldest picture first."""
    folder = site.resolve(site.nightly.incoming)
    if not folder.is_dir():
        raise InputRefused("the folder of incoming pictures is not there", file=str(folder), mend="correct [nightly]")
    ages = {p.id: p.path.lstat().st_mtime for p in walk(folder).pictures}
    fresh = [p for p in walk(folder).pictures if since is None or ages.get(p.id, 0.0) > since.timestamp()]
    most = site.nightly.incoming_pictures
    if len(fresh) > most:
        chosen = np.random.default_rng([seed, 3]).choice(len(fresh), most, replace=False)
        fresh = [fresh[i] for i in chosen]
    return sorted(fresh, key=lambda p: (ages.get(p.id, 0.0), p.id))


def _plan(site: Site, pictures: Sequence[Picture]) -> Plan:
    """A plan without perturbation; nobody looks at its labels."""
    family, spec = site_family(site), engine_spec(site)
    return Plan(
        parts=tuple(Part(p.id, p.path, Label(Verdict.OK)) for p in pictures),
        members=family.members,
        conditions=(CLEAN,),
        task=site.task.kind,
        seed=site.audit.seed,
        camera=site_camera(site),
        bits=site.bits,
        spec=spec,
        chunk=min(8, chunk_parts(family.members)),
        memory_mb=fence_mb(site.audit.worker_memory_mb, worker_count(site, Wish(), spec), spec.setting.provider),
    )


def _scored(plan: Plan, workers: int) -> tuple[dict[str, Outcomes], dict[int, str]]:
    """Outcomes by member, and refused pictures by index."""
    from appliance.audit.grid import Grid

    grid = Grid(plan, set())
    cells: dict[str, Outcomes] = {}
    again: deque[Work] = deque()
    with Pool(plan, workers) as pool:
        for answer in pool.run(grid.jobs(), again):
            if isinstance(answer, Result):
                done = grid.take(answer)
                cells |= {cell.member: cell.outcomes for cell in (done.cells if done else ())}
            elif isinstance(answer, Death) and isinstance(answer.job, Job):
                again.append(grid.bury(answer.job, answer))
    return cells, {index: refusal.what for index, refusal in grid.refused.items()}


def _measured(site: Site, pictures: Sequence[Picture]) -> tuple[dict[str, Distance] | None, list[NDArray[np.generic]]]:
    """Distances to the profile, in a seeded order as far as time goes, and small pictures to look for dust in."""
    profile = read_profile(site)
    end = time.monotonic() + FEATURES_SHARE * 60.0 * site.nightly.budget_min
    distances: dict[str, Distance] = {}
    seen: list[NDArray[np.generic]] = []
    for i in np.random.default_rng(0).permutation(len(pictures)):
        if time.monotonic() > end:
            break
        decoded = _decoded(pictures[i].path, site)
        if decoded is None:
            continue
        if len(seen) < LOOKED_AT_FOR_DUST:
            seen.append(small(decoded.pixels))
        if profile is not None:
            distances[pictures[i].id] = compare(site, profile, decoded)
    return (distances if profile is not None else None), seen


def _decoded(path: Path, site: Site) -> Decoded | None:
    """A picture that a worker could decode; None where it has gone since."""
    try:
        return decode(path, bits=site.bits)
    except InspectError:
        return None


def _spots(site: Site, seen: Sequence[NDArray[np.generic]]) -> Spots | None:
    if len(seen) < FEWEST:
        return None
    parts = read_parts(site).parts
    step = max(len(parts) // LOOKED_AT_FOR_DUST, 1)
    decoded = [_decoded(part.path, site) for part in parts[::step][:LOOKED_AT_FOR_DUST]]
    return new_spots(seen, [small(d.pixels) for d in decoded if d is not None])


def _cut(task: str, threshold: float) -> float:
    """The score that decides: a logit, or the anomaly threshold itself."""
    from appliance.tasks.classification import threshold_logit

    return threshold_logit(threshold) if task == "classification" else threshold


def candidates(batch: Batch) -> Iterator[Candidate]:
    """The pictures as candidates for labelling."""
    votes = np.stack([outcomes.ng for outcomes in batch.outcomes.values()]).mean(axis=0)
    for i, name in enumerate(batch.names):
        if name in batch.refused:
            continue
        distance = (batch.distances or {}).get(name)
        far = float("nan") if distance is None else min(distance.value, 1.0) if distance.inside else distance.value
        yield Candidate(name, float(min(votes[i], 1 - votes[i])), far, distance.worst if distance else "")


def agreement(batch: Batch) -> dict[str, float]:
    """For each member the share of pictures on which it decides as the majority of the others, 0..1."""
    names = list(batch.outcomes)
    ng = np.stack([batch.outcomes[name].ng for name in names])
    seen = np.isfinite(np.stack([batch.outcomes[name].score for name in names])).all(axis=0)
    if len(names) < 2 or not seen.any():
        return dict.fromkeys(names, float("nan"))
    others = (ng.sum(axis=0) - ng) / (len(names) - 1)
    return {name: float(np.mean((others[i] >= 0.5) == ng[i], where=seen)) for i, name in enumerate(names)}
