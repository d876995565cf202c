"""What is said of pictures without labels: flags, guesses, dust, what to label."""

import numpy as np
import pytest

from appliance.log.types import Outcomes
from appliance.watch.collect import MOST, Candidate, advise, most_telling, sentence
from appliance.watch.dust import new_spots
from appliance.watch.flags import flag_chart
from appliance.watch.without_labels import confidence_at, guess_accuracy
from perturb import apply, load_camera
from perturb.types import Condition, Scene, Seed


def test_a_flag_chart_keeps_its_promises() -> None:
    chart = flag_chart(0.05, 0.1, 2000)
    assert chart.false_alarm >= 2000
    draw = np.random.default_rng(1)
    delays = []
    for _ in range(200):
        flags = (draw.random(4000) < 0.1).tolist()
        total, count = 0.0, 0
        for flag in flags:
            total, alarm = chart.follow([flag], total)
            count += 1
            if alarm:
                break
        delays.append(count)
    assert np.mean(delays) == pytest.approx(chart.delay, abs=4 * np.std(delays) / 200**0.5)


def test_days_follow_one_another() -> None:
    chart = flag_chart(0.05, 0.1, 2000)
    flags = [True, False, False] * 3
    whole, _ = chart.follow(flags)
    half, _ = chart.follow(flags[:4])
    assert chart.follow(flags[4:], half)[0] == pytest.approx(whole)


@pytest.mark.parametrize("pair", [(0.0, 0.1), (0.1, 0.1), (0.2, 0.1), (0.5, 1.0)])
def test_a_rise_must_be_one(pair: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="is none"):
        flag_chart(*pair, 1000)


def cells(seed: int, noises: dict[str, float]) -> tuple[np.ndarray, dict[str, Outcomes]]:
    """Outcomes of a member whose scores are right side +-2 with some noise, by condition."""
    draw = np.random.default_rng(seed)
    truth = draw.random(400) < 0.5
    found = {}
    for name, noise in noises.items():
        score = (np.where(truth, 2.0, -2.0) + noise * draw.standard_normal(400)).astype(np.float32)
        found[name] = Outcomes(score, score > 0)
    return truth, found


def test_a_guess_is_near_where_only_the_pictures_change() -> None:
    noises = {"clean": 1.0} | {f"c{i}": 1.0 + 0.1 * i for i in range(6)}
    truth, known = cells(1, noises)
    labels, new = cells(2, {"new": 1.3})
    guess = guess_accuracy(new["new"].score, truth, known, 0.0, inside=0.97)
    assert guess.why_not == ""
    assert guess.accuracy == pytest.approx(np.mean(new["new"].ng == labels), abs=max(2 * guess.error, 0.02))


def test_a_guess_that_was_wrong_where_the_truth_is_known_is_not_given() -> None:
    truth, known = cells(1, {"clean": 1.0} | {f"c{i}": 1.0 for i in range(6)})
    for i in range(6):  # sure and wrong
        known[f"c{i}"] = Outcomes(-known[f"c{i}"].score, ~known[f"c{i}"].ng)
    guess = guess_accuracy(known["clean"].score, truth, known, 0.0, inside=1.0)
    assert np.isnan(guess.accuracy)
    assert "off by up to" in guess.why_not


@pytest.mark.parametrize(
    ("pictures", "inside", "conditions", "why"),
    [
        (10, 1.0, 6, "too few"),
        (400, None, 6, "has no profile"),
        (400, 0.6, 6, "only 60% of the pictures look like"),
        (400, 1.0, 2, "tried on 2 conditions only"),
    ],
)
def test_a_guess_says_why_it_is_none(pictures: int, inside: float | None, conditions: int, why: str) -> None:
    truth, known = cells(1, {"clean": 1.0} | {f"c{i}": 1.0 for i in range(conditions)})
    guess = guess_accuracy(known["clean"].score[:pictures], truth, known, 0.0, inside)
    assert why in guess.why_not
    assert np.isnan(guess.accuracy)


def test_confidence_by_hand() -> None:
    truth = np.array([True, True, False, False])
    clean = Outcomes(np.array([3.0, -0.5, -2.0, -4.0], np.float32), np.array([True, False, False, False]))
    assert confidence_at(clean, truth, 0.0) == 2.0  # one of four is wrong; one distance lies below 2


def fixtured(i: int) -> np.ndarray:
    """A part in a fixture: in place within 2 px, light within 5 %."""
    draw = np.random.default_rng(i)
    y, x = np.mgrid[:192, :256]
    dx, dy = draw.normal(0, 1, 2)
    r = np.hypot(x - 128 - dx, y - 95 - dy)
    picture = 150 + 40 * (r < 45) - 60 * (r < 20) - 50 * (x + dx < 30)
    return np.clip(picture * draw.normal(1, 0.05) + draw.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def test_dust_is_seen_and_its_absence_too() -> None:
    camera = load_camera("common")
    reference, later = [fixtured(i) for i in range(32)], [fixtured(100 + i) for i in range(32)]
    none = new_spots(later, reference)
    assert none is not None
    assert none.count == 0
    dust = Condition("dust", 180.0, "um", None, 0, "optics")
    dusty = [apply(Scene(p, 8, None), dust, Seed(1, str(i), 0), camera).pixels for i, p in enumerate(later)]
    found = new_spots(dusty, reference)
    assert found is not None
    assert found.count >= 4
    assert 0.05 < found.depth < 0.2


def test_dust_is_not_judged_where_it_cannot_be() -> None:
    pictures = [fixtured(i) for i in range(32)]
    assert new_spots(pictures[:5], pictures) is None
    assert new_spots(pictures, [p[:100] for p in pictures]) is None
    draw = np.random.default_rng(0)
    mixed = [np.roll(p, int(draw.integers(0, 250)), axis=1) for p in pictures]
    assert new_spots(pictures, mixed) is None or new_spots(pictures, mixed).count == 0


def candidate(name: str, disagreement: float = 0.0, distance: float = 0.5, quantity: str = "light") -> Candidate:
    return Candidate(name, disagreement, distance, quantity)


def test_the_most_telling_come_from_both_lists_and_from_every_kind() -> None:
    pictures = [
        candidate("dull"),
        candidate("split", 0.5),
        candidate("half", 0.3),
        candidate("dark", distance=4.0),
        candidate("darker", distance=5.0),
        candidate("blurred", distance=2.0, quantity="blur-x"),
    ]
    assert most_telling(pictures) == ("split", "darker", "half", "blurred", "dark")
    assert len(most_telling([candidate(f"{i}", 0.2) for i in range(200)])) == MOST


def test_advice_says_when_and_how_many() -> None:
    calm = advise([candidate(f"{i}") for i in range(50)], 0.02, [])
    assert (calm.collect, calm.pictures, calm.ng_parts) == (False, (), None)
    odd = advise([candidate(f"{i}", distance=3.0) for i in range(10)], 0.02, [])
    assert odd.collect
    assert odd.why == "100% of the pictures lie outside the site's profile, most by light"
    assert odd.ng_parts == 149  # zero misses in 149 parts prove 2 %
    told = sentence(odd)
    assert told.startswith("Collect pictures for retraining: 100% of the pictures lie outside")
    assert "Label these first: 0, 1, 2, 3, 4 and 5 more." in told
    assert "149 NG parts" in told
    assert sentence(calm) == f"Incoming pictures: {calm.why}."
    assert advise([candidate("a")], None, ["xs"]).why == "xs got worse on the labelled parts"
    assert not advise([], 0.02, ["xs"]).collect
