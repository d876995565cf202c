"""The searches against decisions whose nearest flip is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from perturb import PerturbError, Scene, Seed, load_camera
from perturb.search import mildest as module
from perturb.search.box import make_box, norm
from perturb.search.mildest import Flip, Question, mildest
from perturb.search.square import attack
from perturb.types import Pixels
from tests.perturb.conftest import make_scene

WEIGHTS = np.array([0.2, 0.9, 0.1, 0.5, 0.0, 0.3])


def planes(limits: Sequence[float]) -> module.Judge:
    """Judges that flip where WEIGHTS . shares passes their limit: the nearest flip is limit / |WEIGHTS| away."""

    def judge(questions: Sequence[Question]) -> tuple[Any, Any]:
        margins = np.array([limits[q.judge] - float(q.shares @ WEIGHTS) for q in questions])
        return margins <= 0.0, margins

    return judge


def search(limits: Sequence[float], budget: int, seed: int = 1) -> list[Flip]:
    judge, rngs = planes(limits), [np.random.default_rng(seed)]
    return mildest(judge, rngs, [[True] * len(limits)], len(WEIGHTS), budget)[0]


@pytest.mark.parametrize("limit", [0.3, 0.8, 1.2])
def test_the_nearest_flip_of_a_plane_within_a_tenth(limit: float) -> None:
    (found,) = search([limit], 200)
    nearest = limit / float(np.linalg.norm(WEIGHTS))
    assert nearest - 1e-9 <= found.distance <= 1.1 * nearest
    assert norm(found.shares) == found.distance


def test_more_budget_is_never_worse_by_much_and_mostly_better() -> None:
    found = [search([0.8], budget)[0].distance for budget in (40, 100, 300)]
    assert found[2] <= found[0]


def test_out_of_reach_is_not_found() -> None:
    (found,) = search([5.0], 100)
    assert found == Flip(float("inf"), (), found.looked)


def test_one_disturbance_alone_that_flips_is_told_as_that_one() -> None:
    def judge(questions: Sequence[Question]) -> tuple[Any, Any]:
        margins = np.array([0.5 - q.shares[2] for q in questions])
        return margins <= 0.0, margins

    found = mildest(judge, [np.random.default_rng(1)], [[True]], 5, 120)[0][0]
    assert [share > 0 for share in found.shares] == [False, False, True, False, False]
    assert 0.5 <= found.distance < 0.56


def test_what_flips_one_judge_is_tried_on_the_others() -> None:
    alone = search([0.8], 60)[0]
    together = search([0.8, 0.801, 0.799], 60)
    assert min(flip.distance for flip in together) <= alone.distance
    assert max(flip.distance for flip in together) <= 1.05 * min(flip.distance for flip in together)


def test_a_box_of_one_axis() -> None:
    def judge(questions: Sequence[Question]) -> tuple[Any, Any]:
        margins = np.array([0.3 - q.shares[0] for q in questions])
        return margins <= 0.0, margins

    (found,) = mildest(judge, [np.random.default_rng(1)], [[True]], 1, 40)[0]
    assert 0.3 <= found.distance < 0.32


def test_the_same_seed_gives_the_same_flip_to_the_bit_whatever_else_draws() -> None:
    first = search([0.8, 1.1], 120)
    np.random.seed(7)  # noqa: NPY002 - the library must not listen to it
    again = search([0.8, 1.1], 120)
    assert first == again
    assert search([0.8, 1.1], 120, seed=2) != first


def test_a_part_does_not_depend_on_its_neighbours() -> None:
    rngs = [np.random.default_rng(seed) for seed in (1, 2)]
    both = mildest(planes([0.8]), rngs, [[True], [True]], len(WEIGHTS), 80)
    alone = mildest(planes([0.8]), [np.random.default_rng(2)], [[True]], len(WEIGHTS), 80)
    assert both[1] == alone[0]


def test_what_is_not_wanted_is_not_searched() -> None:
    found = mildest(planes([0.8]), [np.random.default_rng(1)], [[False]], len(WEIGHTS), 80)
    assert found == [[Flip(float("inf"), (), 0)]]


def test_scores_that_are_not_numbers_do_not_stop_the_search() -> None:
    def judge(questions: Sequence[Question]) -> tuple[Any, Any]:
        margins = np.array([np.inf if q.shares[0] > 0.5 else 0.8 - float(q.shares @ WEIGHTS) for q in questions])
        return margins <= 0.0, margins

    found = mildest(judge, [np.random.default_rng(1)], [[True]], len(WEIGHTS), 150)[0][0]
    assert np.isfinite(found.distance)


def test_without_the_library_the_command_that_adds_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cma", None)
    with pytest.raises(PerturbError) as caught:
        module.require()
    assert "inspect-eval[probe]" in caught.value.mend


def test_the_box_ends_where_it_says_and_begins_at_the_identity() -> None:
    box = make_box({"intensity": 0.7, "rotation": 3.0, "defocus": 0.0})
    assert [axis.name for axis in box.axes] == ["intensity", "rotation"]
    assert box.severities(np.array([1.0, 0.5])) == {"intensity": 0.7, "rotation": 1.5}
    scene = make_scene()
    done = box.render(scene, np.zeros(2), Seed(1, "a"), load_camera("common"))
    assert np.array_equal(done.pixels, scene.pixels)


@pytest.mark.parametrize("ends", [{"defocu": 1.0}, {"defocus": -4.0}, {"night-shift": 1.0}])
def test_boxes_that_make_no_sense(ends: dict[str, float]) -> None:
    with pytest.raises(PerturbError):
        make_box(ends)


def test_mono_pictures_have_no_colour_axis() -> None:
    assert make_box({"colour-temperature": 300.0, "defocus": 2.0}, colour=False).axes[0].name == "defocus"


def brightness(limit: float, scene: Scene) -> Any:
    """A decision that flips once the mean rises by `limit` grey levels; its margin is what is missing."""
    usual = float(scene.pixels.mean())
    seen: list[int] = []

    def score(parts: Sequence[int], pictures: Sequence[Pixels]) -> Any:
        seen.extend(parts)
        for picture in pictures:
            assert picture.dtype == scene.pixels.dtype
            assert int(np.abs(picture.astype(int) - scene.pixels.astype(int)).max()) <= 8
        return np.array([limit - (float(picture.mean()) - usual) for picture in pictures])

    return score, seen


def test_the_attack_keeps_its_bound_and_flips_what_it_can() -> None:
    scene = make_scene()
    score, _ = brightness(0.5, scene)
    rngs = [np.random.default_rng(1)]
    (done,) = attack([scene.pixels], [8], 8.0, 300, rngs, score)
    assert done.looks is not None
    assert done.margin <= 0.0
    (held,) = attack([scene.pixels], [8], 8.0, 60, [np.random.default_rng(1)], brightness(20.0, scene)[0])
    assert held.looks is None


def test_the_attack_is_the_same_for_the_same_seed_and_stops_once_it_has_won() -> None:
    scene = make_scene(colour=False)
    runs = []
    for _ in range(2):
        score, seen = brightness(0.1, scene)
        (done,) = attack([scene.pixels], [8], 4.0, 200, [np.random.default_rng(3)], score)
        runs.append((done.looks, done.picture.tobytes(), len(seen)))
    assert runs[0] == runs[1]
    assert runs[0][0] == runs[0][2]


def test_sixteen_bits_are_attacked_in_levels_of_255() -> None:
    scene = make_scene(bits=12, colour=False)
    (done,) = attack([scene.pixels], [12], 2.0, 5, [np.random.default_rng(1)], lambda i, p: np.ones(len(p)))
    assert int(np.abs(done.picture.astype(int) - scene.pixels.astype(int)).max()) == round(2.0 * 4095 / 255)
