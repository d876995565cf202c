"""The shipped demo families: whole, small, spread over sizes, giving the scores of their training."""

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from models.facts import inspect
from models.family import load_family
from models.preprocess import preprocess_batch
from models.render import DEMO_SEED, render_part
from models.types import Family, Member

DEMO = Path(__file__).resolve().parents[2] / "models" / "demo"
FAMILIES = ("standard", "hardened")
BUDGET = 40e6  # bytes, both families together


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return load_family(DEMO / str(request.param))


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    seed = _json("standard", "reference")["seed"]
    return [render_part(seed, index).pixels for index in range(16)]


def _json(family: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DEMO / family / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _logits(member: Member, pictures: list[np.ndarray[Any, np.dtype[np.uint8]]]) -> np.ndarray[Any, Any]:
    session = onnxruntime.InferenceSession(str(member.file), providers=["CPUExecutionProvider"])
    batch = preprocess_batch(pictures, 8, member.card)
    return np.asarray(session.run([member.card.output_name], {member.card.input_name: batch})[0])


def test_six_sizes_over_two_and_a_half_decades(family: Family) -> None:
    macs = [member.macs for member in family.members]
    assert [member.name for member in family.members] == ["xs", "s", "m", "l", "xl", "xxl"]
    assert macs == sorted(macs)
    assert math.log10(macs[-1] / macs[0]) >= 2.5


def test_the_manifest_tells_the_truth_about_each_file(family: Family) -> None:
    for member in family.members:
        facts = inspect(member.file)
        assert (member.params, member.macs, member.activations) == (facts.params, facts.macs, facts.activations)


def test_the_contract_of_each_file(family: Family) -> None:
    for member in family.members:
        model = onnx.load(member.file, load_external_data=False)
        operators = {node.op_type for node in model.graph.node}
        assert "BatchNormalization" not in operators
        assert not any(onnx.external_data_helper.uses_external_data(w) for w in model.graph.initializer)
        assert max(item.version for item in model.opset_import) >= 17


def test_the_reference_scores_come_back(family: Family, pictures: list[np.ndarray[Any, np.dtype[np.uint8]]]) -> None:
    told = _json(family.name, "reference")["logits"]
    trained = _json(family.name, "record")["versions"]["opencv"]
    # OpenCV 4 and 5 round 1 % of the rendered pixels apart, by 1 of 255: up to 0.08 in a logit. Another processor
    # rounds single pixels apart, for its vector instructions differ: up to 0.003 was seen.
    near = 0.02 if cv2.__version__.split(".")[0] == trained.split(".")[0] else 0.25
    for member in family.members:
        np.testing.assert_allclose(_logits(member, pictures), told[member.name], atol=near, rtol=1e-3)


def test_a_batch_scores_as_its_parts_alone(family: Family, pictures: list[np.ndarray[Any, np.dtype[np.uint8]]]) -> None:
    member = family.members[2]
    alone = np.concatenate([_logits(member, [picture]) for picture in pictures[:3]])
    np.testing.assert_allclose(_logits(member, pictures[:3]), alone, atol=1e-4)


def test_both_families_are_small() -> None:
    assert sum(file.stat().st_size for file in DEMO.rglob("*.onnx")) < BUDGET


@pytest.mark.parametrize("name", FAMILIES)
def test_no_demo_part_was_seen_in_training(name: str) -> None:
    data = _json(name, "record")["data"]
    seeds = [entry["seed"] for entry in data.values() if entry is not None]
    seeds.append(_json(name, "reference")["seed"])
    assert len(set(seeds)) == len(seeds)
    assert DEMO_SEED not in seeds


@pytest.mark.parametrize("name", FAMILIES)
def test_the_record_is_of_a_real_training(name: str) -> None:
    members = _json(name, "record")["members"]
    accuracy = [member["validation"]["accuracy"] for member in members.values()]
    assert all(member["losses"][-1] < member["losses"][0] for member in members.values())
    assert accuracy[-1] > accuracy[0] + 0.05
    assert not all(value == 1.0 for value in accuracy)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_manifest_has_the_agreed_shape(name: str) -> None:
    table = tomllib.loads((DEMO / name / "family.toml").read_text(encoding="utf-8"))
    assert set(table) >= {"name", "member"}
    assert {"card", "file", "name", "sha256", "params", "macs", "activations"} <= set(table["member"][0])


def test_the_large_members_find_defects_in_new_parts() -> None:
    """On parts of a seed of its own, the largest member beats chance by far; no number is expected by heart."""
    parts = [render_part(4711, index) for index in range(60)]
    wanted = np.array([part.label == "NG" for part in parts])
    logits = _logits(load_family(DEMO / "standard").members[-1], [part.pixels for part in parts])
    assert np.mean((logits[:, 1] > logits[:, 0]) == wanted) > 0.75
