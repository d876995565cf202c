"""The page of perturbations says what the catalogue says, and shows every one of them."""

import re
from pathlib import Path

import cv2

from perturb import PERTURBATIONS
from perturb.types import Group
from tests.perturb.make_page import PAGE, PICTURES, close, page


def test_the_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make pictures`"


def test_every_perturbation_is_in_a_picture_that_is_there() -> None:
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", page())
    assert sorted(name for names, _ in shown for name in names.split(", ")) == sorted(PERTURBATIONS)
    for names, file in shown:
        picture = cv2.imread(str(PAGE.parent / file))
        assert picture is not None, f"{file}: run `make pictures`"
        assert picture.shape[0] % len(names.split(", ")) == 0
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 800_000


def test_no_picture_is_left_over() -> None:
    named = {Path(file).name for _, file in re.findall(r"!\[(.*?)\]\((.*?)\)", page())}
    assert {path.name for path in PICTURES.iterdir()} == named


def test_noise_is_shown_at_full_size() -> None:
    fine = {item.name for item in PERTURBATIONS.values() if close(item)}
    assert {"shot-noise", "dark-noise", "hot-pixels", "jpeg"} <= fine
    assert not any(item.group is Group.LIGHTING and close(item) for item in PERTURBATIONS.values())
