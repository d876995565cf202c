"""`init`: two folders in, a site out that an audit can read; what cannot be known is asked."""

import json
import os
import stat
from pathlib import Path

import pytest

from appliance.errors import Exit, InputRefused, InspectError, MachineFailed, UsageError
from appliance.parts.manifest import check_manifest
from appliance.parts.read import read_parts
from appliance.setup import Answers, InitPlan, plan_init, refresh, require_settled, write_init
from appliance.site import load_site
from models.errors import ModelError
from models.family import load_family
from tests.parts.pictures import pixels, save
from tests.parts.test_read import folder
from tests.site.models import blue_model, blue_parts

IMAGENET = (0.485, 0.456, 0.406)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Parts and a family of two sizes, side by side."""
    blue_parts(tmp_path / "parts")
    blue_model(tmp_path / "family" / "blue-s.onnx", gain=4.0)
    blue_model(tmp_path / "family" / "blue-m.onnx")
    return tmp_path


def plan(place: Path, answers: Answers | None = None) -> InitPlan:
    """The plan of a site in `place`/site."""
    return plan_init(place / "site", place / "parts", place / "family", answers)


def test_a_site_from_two_folders(place: Path) -> None:
    planned = plan(place)
    assert planned.questions == ()
    assert planned.cautions == ()
    written = write_init(planned)
    assert load_site(place / "site") == written
    assert {path.name for path in (place / "site").iterdir()} == {"site.toml", "family.toml", "parts.sha256"}
    family = load_family(written.card_path)
    assert [member.name for member in family.members] == ["m", "s"]
    for member in family.members:
        assert (member.card.mean, member.card.colour, member.card.classes) == (IMAGENET, "RGB", ("OK", "NG"))
    assert len(check_manifest(written, read_parts(written)).parts) == 16


def test_what_was_taken_is_said_with_counts(place: Path) -> None:
    said = " / ".join(plan(place).taken)
    for words in (
        "16 parts: 8 OK, 8 NG (folders good and bad)",
        "2 members",
        "imagenet-rgb: log-loss",
        "on 16 labelled",
        "OK, NG",
        "stretch, assumed",
    ):
        assert words in said


def test_the_folders_given_are_left_as_they_are(place: Path) -> None:
    def state() -> list[tuple[str, int]]:
        files = [path for name in ("parts", "family") for path in sorted((place / name).rglob("*"))]
        return [(str(path), path.stat().st_mtime_ns) for path in files]

    before = state()
    write_init(plan(place))
    assert state() == before


def test_classes_the_other_way_round_are_noticed(place: Path) -> None:
    for name in ("s", "m"):
        blue_model(place / "family" / f"blue-{name}.onnx", ok_first=False)
    assert {member.card.classes for member in plan(place).family.members} == {("NG", "OK")}


def test_a_fixed_batch_is_filled_up(place: Path) -> None:
    for name in ("s", "m"):
        blue_model(place / "family" / f"blue-{name}.onnx", batch=5)
    assert plan(place).family.members[0].card.mean == IMAGENET


def test_what_a_person_says_stands(place: Path) -> None:
    answers = Answers(models={"normalisation": "unit-rgb", "ok_class": "0", "resize": "letterbox"})
    card = plan(place, answers).family.members[0].card
    assert (card.mean, card.resize.value, card.classes) == ((0.0, 0.0, 0.0), "letterbox", ("OK", "NG"))


def test_an_unknown_answer_is_refused(place: Path) -> None:
    with pytest.raises(ModelError, match="--normalisation 'rgb' is not one of"):
        plan(place, Answers(models={"normalisation": "rgb"}))


def test_members_that_know_nothing_are_a_caution(place: Path) -> None:
    for name in ("s", "m"):
        blue_model(place / "family" / f"blue-{name}.onnx", gain=0)
    cautions = " / ".join(plan(place).cautions)
    assert "fit as well" in cautions


def test_labels_that_no_name_tells_are_asked_for(place: Path) -> None:
    folder(place / "odd", "1_11.png 2_01.png")
    planned = plan_init(place / "site", place / "odd", place / "family")
    with pytest.raises(UsageError, match="--ok-pattern"):
        write_init(planned)
    assert not (place / "site").exists()
    answers = Answers().with_answer(planned.questions[0], "_11$")
    require_settled(plan_init(place / "site", place / "odd", place / "family", answers))


def test_one_number_a_part_is_asked_about(place: Path) -> None:
    for name in ("s", "m"):
        blue_model(place / "family" / f"blue-{name}.onnx", outputs=1)
    planned = plan(place)
    assert [question.flag for question in planned.questions] == ["--output"]
    with pytest.raises(UsageError, match="--output: logits, anomaly"):
        require_settled(planned)


def test_an_anomaly_family_is_told_apart_by_its_ranks(place: Path) -> None:
    for name in ("s", "m"):
        blue_model(place / "family" / f"blue-{name}.onnx", outputs=1)
    planned = plan(place, Answers(models={"output": "anomaly", "threshold": "0.0"}))
    assert "1 - AUROC 0.000" in " / ".join(planned.taken)
    assert write_init(planned).task.kind == "anomaly"


def test_cards_of_its_own_are_kept(place: Path) -> None:
    written = write_init(plan(place))
    planned = plan_init(place / "second", place / "parts", written.card_path)
    assert "with cards of their own" in " / ".join(planned.taken)
    assert load_family(write_init(planned).card_path).members[0].card.mean == IMAGENET


def test_a_site_is_not_replaced_by_accident(place: Path) -> None:
    planned = plan(place)
    write_init(planned)
    for again in (lambda: plan(place), lambda: write_init(planned)):
        with pytest.raises(UsageError, match="--force"):
            again()
    write_init(plan_init(place / "site", place / "parts", place / "family", force=True), force=True)


@pytest.mark.parametrize("inside", ["parts", "family", "parts/good"])
def test_a_site_inside_a_given_folder_is_refused(place: Path, inside: str) -> None:
    with pytest.raises(UsageError, match="nothing is written") as caught:
        plan_init(place / inside, place / "parts", place / "family")
    assert caught.value.code is Exit.USAGE


@pytest.mark.parametrize("missing", ["parts", "family"])
def test_a_missing_folder_is_one_line(place: Path, missing: str) -> None:
    (place / missing).rename(place / "moved")
    with pytest.raises((InspectError, ModelError), match="no such"):
        plan(place)


def test_no_part_that_decodes(place: Path) -> None:
    for path in (place / "parts" / "bad").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InputRefused, match="cannot be decoded"):
        plan(place)


def test_a_bad_part_is_only_left_out(place: Path) -> None:
    os.mkfifo(place / "parts/bad/pipe.png")
    planned = plan(place)
    assert [row.id for row in planned.left_out] == ["bad/pipe.png"]
    assert "1 file left out, the first bad/pipe.png" in " / ".join(planned.taken)


def test_a_place_that_cannot_be_written(place: Path) -> None:
    (place / "site").write_text("a file where the site should be")
    with pytest.raises(MachineFailed, match="cannot be written"):
        write_init(plan(place))


def test_refresh_accepts_what_is_there_now(place: Path) -> None:
    site = write_init(plan(place))
    save(place / "parts/good/0.png", pixels(7))
    save(place / "parts/good/new.png")
    (place / "parts/bad/0.png").unlink()
    done = refresh(site)
    assert (done.added, done.gone, done.changed) == (("good/new.png",), ("bad/0.png",), ("good/0.png",))
    assert check_manifest(site, read_parts(site)).left_out == ()


SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets are not beside the repository")
def test_the_real_family_on_its_real_parts(tmp_path: Path) -> None:
    site = write_init(plan_init(tmp_path / "site", SHARED / "data/piped", SHARED / "family-piped"))
    expected = json.loads((SHARED / "family-piped/expected.json").read_text())
    family = load_family(site.card_path)
    assert [member.name for member in family.members] == ["xs", "s", "m", "l", "xl", "xxl"]
    assert {member.card.mean for member in family.members} == {IMAGENET}
    assert {(member.card.colour, member.card.classes, member.card.resize.value) for member in family.members} == {
        ("RGB", ("OK", "NG"), "stretch")
    }
    assert {member.sha256 for member in family.members} == {str(value) for value in _hashes(expected)}
    assert stat.S_ISREG((site.folder / "site.toml").stat().st_mode)
    assert len(check_manifest(site, read_parts(site)).parts) == 480


def _hashes(expected: object) -> list[str]:
    """Every sha256 in a JSON document."""
    if isinstance(expected, dict):
        own = [expected["sha256"]] if isinstance(expected.get("sha256"), str) else []
        return own + [value for inner in expected.values() for value in _hashes(inner)]
    return [value for inner in expected for value in _hashes(inner)] if isinstance(expected, list) else []
