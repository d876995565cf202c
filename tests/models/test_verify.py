"""Verification finds what is wrong with each member, and whether the reference scores come back."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from models.preprocess import preprocess_batch
from models.types import Family, Member
from models.verify import Finding, verify
from tests.models.graphs import classifier, family_in, save


def infer(member: Member, batch: NDArray[np.generic]) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(str(member.file), providers=["CPUExecutionProvider"])
    return np.asarray(session.run([member.card.output_name], {member.card.input_name: batch})[0])


def refer(family: Family, **changes: Any) -> None:
    """Write reference.json: the scores of three pictures of noise."""
    pictures = list(np.random.default_rng(7).integers(0, 256, (3, 8, 8, 3), np.uint8))
    logits = {
        member.name: np.concatenate(
            [infer(member, preprocess_batch([picture], 8, member.card)) for picture in pictures]
        ).tolist()
        for member in family.members
        if member.card.batch is None
    }
    content = {"seed": 7, "pictures": "noise", "logits": logits} | changes
    (family.folder / "reference.json").write_text(json.dumps(content), encoding="utf-8")


def levels(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.member) for finding in findings]


def test_a_sound_family(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    assert levels(verify(family)) == [("ok", "s"), ("ok", "l")]
    refer(family)
    findings = verify(family, infer)
    assert levels(findings) == [("ok", "s"), ("ok", "l")] * 2
    assert "3 reference scores come back" in findings[2].what


def test_without_a_reference_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert levels(verify(family_in(tmp_path), infer)) == [("ok", "s"), ("ok", "l")]


def test_every_bad_member_is_a_finding_and_is_not_run(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family)
    family.members[0].file.write_bytes(b"something else")
    findings = verify(family, infer)
    assert levels(findings) == [("error", "s"), ("ok", "l"), ("ok", "l")]
    assert "sha256" in findings[0].what
    assert findings[0].mend


def test_each_of_500_flipped_bits_in_a_model_is_caught_before_a_runtime_sees_it(tmp_path: Path) -> None:
    """Through `verify`, as `models verify` and every audit do it: most such files would load and run."""
    family = family_in(tmp_path)
    victim = family.members[0]
    good, draw = victim.file.read_bytes(), random.Random(0)
    alone = replace(family, members=(victim,))
    caught = 0
    for place in draw.sample(range(8 * len(good)), 500):
        damaged = bytearray(good)
        damaged[place // 8] ^= 1 << place % 8
        victim.file.write_bytes(damaged)
        (finding,) = verify(alone, _never)
        caught += finding.level == "error" and "sha256 differs" in finding.what
    assert caught == 500
    victim.file.write_bytes(good)
    assert levels(verify(alone)) == [("ok", "s")]


def _never(member: Member, _batch: NDArray[np.generic]) -> NDArray[Any]:
    raise AssertionError(f"{member.name} was run")


def test_counts_that_are_not_true_are_a_warning(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    member = replace(family.members[0], macs=1)
    findings = verify(replace(family, members=(member,)))
    assert levels(findings) == [("warning", "s")]


def test_scores_that_moved_are_an_error_with_their_distance(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family)
    findings = verify(family, lambda member, batch: infer(member, batch) + np.float32(0.25))
    assert levels(findings)[2:] == [("error", "s"), ("error", "l")]
    assert "by up to 0.25" in findings[2].what


@pytest.mark.filterwarnings("error")
def test_scores_that_are_no_numbers_are_an_error(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family)
    findings = verify(family, lambda member, batch: infer(member, batch) * np.float32(np.nan))
    assert levels(findings)[2:] == [("error", "s"), ("error", "l")]


def test_scores_of_another_shape_are_an_error(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family)
    findings = verify(family, lambda member, batch: infer(member, batch)[:, :1])
    assert "gives 1 scores a picture, the reference has 2" in findings[2].what


def test_a_fixed_batch_is_filled(tmp_path: Path) -> None:
    save(classifier(batch="4"), tmp_path / "net-m.onnx")
    family = family_in(tmp_path)
    free = next(member for member in family.members if member.card.batch is None)
    pictures = list(np.random.default_rng(7).integers(0, 256, (3, 8, 8, 3), np.uint8))
    fixed = next(member for member in family.members if member.card.batch == 4)
    padded = preprocess_batch([*pictures, pictures[0]], 8, fixed.card)
    refer(family, logits={fixed.name: infer(fixed, padded)[:3].tolist()})
    findings = verify(family, infer)
    assert ("ok", fixed.name) in levels(findings)[3:]
    assert free.name not in {finding.member for finding in findings[3:]}


def test_scores_of_a_stranger_are_a_warning(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family, logits={"nobody": [[0.0, 1.0]]})
    assert levels(verify(family, infer))[2:] == [("warning", "nobody")]


BROKEN = {
    "no JSON": "{",
    "no seed": '{"logits": {}}',
    "negative seed": '{"seed": -1, "logits": {}}',
    "text for scores": '{"seed": 1, "logits": {"s": [["1", "2"]]}}',
    "no rows": '{"seed": 1, "logits": {"s": []}}',
    "too many pictures": json.dumps({"seed": 1, "logits": {"s": [[0.0, 1.0]] * 257}}),
    "any difference will do": '{"seed": 1, "logits": {}, "tolerance": 100.0}',
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_reference_is_one_error(case: str, tmp_path: Path) -> None:
    family = family_in(tmp_path)
    (tmp_path / "reference.json").write_text(BROKEN[case], encoding="utf-8")
    findings = verify(family, infer)
    assert levels(findings)[2:] == [("error", "")]
    assert findings[2].file == str(tmp_path / "reference.json")
    assert "\n" not in findings[2].what


def test_rows_of_different_lengths_are_an_error(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    refer(family, logits={"s": [[0.0, 1.0], [0.0]]})
    assert levels(verify(family, infer))[2:] == [("error", "s")]
