"""What an audit keeps beside its grid: sight of masked defects and repeated shots, interrupted and resumed or not."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.audit.plan import Plan
from appliance.audit.run import Step
from appliance.errors import Interrupted
from appliance.log import seen
from appliance.log.log import Log
from appliance.parts.types import Part, Verdict
from appliance.score.beside import read_beside
from perturb import Scene, Seed, apply
from perturb.types import Condition
from perturb.visibility import visibility
from tests.audit.fakes import plan, write_parts
from tests.audit.test_run import digest, order, run

NOISE = Condition("dark-noise", 600.0, "e-", 5, 0, "sensor")


def masked(folder: Path) -> tuple[Part, ...]:
    """Parts with a spot in the NG ones that stands out by 40 DN, and its mask."""
    mask = np.zeros((24, 20), np.uint8)
    mask[8:14, 6:12] = 255
    cv2.imwrite(str(folder / "mask.png"), mask)
    made = []
    for part in write_parts(folder, 6):
        plain = np.full((24, 20, 3), 90, np.uint8)
        ng = part.label.verdict is Verdict.NG
        cv2.imwrite(str(part.path), np.where((mask > 0)[:, :, None] & ng, plain + 40, plain).astype(np.uint8))
        made.append(replace(part, mask=folder / "mask.png") if ng else part)
    return tuple(made)


def wanted(folder: Path, **changes: object) -> Plan:
    return replace(plan(masked(folder)), **{"conditions": (plan(()).conditions[0], NOISE), **changes})  # type: ignore[arg-type]


def test_the_sight_of_every_masked_defect_is_kept_per_condition(tmp_path: Path) -> None:
    made = wanted(tmp_path)
    name, path = run(tmp_path, "seen", order(tmp_path, made))
    with Log.open_read(path) as log:
        found = seen.sights(log, name)
    assert set(found) == {"clean", NOISE.key}
    ng = np.array([part.label.verdict is Verdict.NG for part in made.parts])
    for sight in found.values():
        assert np.isnan(sight[~ng]).all()
        assert (sight[ng, 0] == 36).all()
    mask = cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_GRAYSCALE) > 0
    part = made.parts[1]
    scene = Scene(cv2.imread(str(part.path)), 8, mask)
    here = visibility(apply(scene, NOISE, Seed(7, part.id), made.camera))
    assert found[NOISE.key][1, 1] == pytest.approx(here.cnr, rel=1e-6)
    assert found["clean"][1, 1] > found[NOISE.key][1, 1]


def test_repeated_shots_are_kept_beside_the_grid_and_differ(tmp_path: Path) -> None:
    made = wanted(tmp_path, repeats=3)
    name, path = run(tmp_path, "shots", order(tmp_path, made))
    with Log.open_read(path) as log:
        record, beside = log.read_run(name), read_beside(log, name)
    assert [row.key for row in record.conditions] == ["clean", NOISE.key]
    assert len(record.cells) == 2 * len(made.members)
    assert set(beside.shots) == {member.name for member in made.members}
    one, two, three = (shot.score for shot in beside.shots["a"])
    assert not np.array_equal(one, two)
    assert not np.array_equal(two, three)
    assert set(beside.sights) == {"clean", NOISE.key}


def test_an_interrupted_run_gets_the_same_shots_and_sights(tmp_path: Path) -> None:
    made = wanted(tmp_path, repeats=4)
    _, whole = run(tmp_path, "whole", order(tmp_path, made))

    def stop(step: Step) -> None:
        if step.done == step.total - 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run(tmp_path, "half", order(tmp_path, made), progress=stop)
    name, half = run(tmp_path, "half", order(tmp_path, made), resume=True)
    assert digest(half) == digest(whole)
    with Log.open_read(half) as log:
        beside = read_beside(log, name)
    assert [len(shots) for shots in beside.shots.values()] == [4, 4, 4]
    assert not any(np.isnan(shot.score).any() for shots in beside.shots.values() for shot in shots)


def test_the_digest_is_over_the_shots_too(tmp_path: Path) -> None:
    digests = {
        digest(run(tmp_path, f"r{n}", order(tmp_path, wanted(tmp_path, repeats=n)))[1]) for n in (0, 2, 3)
    }  # fmt: skip
    assert len(digests) == 3
