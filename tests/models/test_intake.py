"""Hostile and damaged models are refused by name, real ones accepted, and nothing but ModelError comes out."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.endless import CARRIED
from models.errors import ModelError
from models.external import external_files
from models.graph import load_model
from models.intake import check_model
from tests.models import hostile
from tests.models.graphs import SHARED, classifier, save

ONNX = SHARED / "onnx"
ROOT = Path(__file__).resolve().parents[2]
REAL = [*ONNX.glob("detect/*.onnx"), *ONNX.glob("classify/*.onnx"), *ONNX.glob("structure/*.onnx")]
FAMILY = list((SHARED / "family-piped").glob("*.onnx"))
ODD = {
    "bad_graph_conditionally_invalid": "no picture",
    "bad_graph_with_no_import_domains": "does not import",
    "bad_graph_with_parallel_invalid_nodes": "one picture",
    "custom_op_node": "library of its own",
    "dim_param": "no picture",
    "empty": "empty",
    "ext_weights": "missing",
    "inp_dim_val_not_set": "no picture",
    "loop": "may never end",
    "matmul.bf16": "no picture",
    "matmul.fp16": "no picture",
    "qdq_conv": "one picture",
    "unbounded_dds": "Field 'shape'",
}


def refusal(path: Path) -> ModelError | None:
    try:
        check_model(path)
    except ModelError as error:
        return error
    return None


@pytest.mark.parametrize("make", hostile.HOSTILE, ids=lambda make: str(make.__name__))
def test_every_hostile_model_is_refused_in_one_line(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    error = refusal(path)
    assert error is not None
    assert hostile.HOSTILE[make] in error.what
    assert error.file == str(path)
    assert "\n" not in error.what + error.mend


@pytest.mark.parametrize("batch", ["N", "1", "16"])
def test_a_plain_classifier_is_accepted(tmp_path: Path, batch: str) -> None:
    check_model(save(classifier(batch=batch), tmp_path / "m.onnx"))


def test_shape_arithmetic_is_counted_for_every_operator_inference_follows() -> None:
    followed = {
        schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.has_data_propagation_function
    }
    assert followed <= CARRIED | {"Shape", "Size"}


def test_a_short_loop_is_accepted(tmp_path: Path) -> None:
    check_model(hostile.short_loop(tmp_path))


def test_weights_in_a_plain_file_beside_the_model_are_accepted(tmp_path: Path) -> None:
    path = hostile.external(tmp_path, "sub/w.bin", offset="8", length="432")
    (path.parent / "sub").mkdir()
    (path.parent / "sub" / "w.bin").write_bytes(bytes(440))
    check_model(path)
    assert external_files(load_model(path)) == ("sub/w.bin",)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    error = refusal(path)
    assert error is not None
    assert str(1 << 40) in error.what


@pytest.mark.real
@pytest.mark.skipif(not ONNX.is_dir(), reason="no shared/onnx beside the repository")
@pytest.mark.parametrize("name", ODD)
def test_odd_models_are_refused_with_a_reason(name: str) -> None:
    error = refusal(ONNX / "odd" / f"{name}.onnx")
    assert error is not None
    assert ODD[name] in error.what


@pytest.mark.real
@pytest.mark.skipif(not REAL + FAMILY, reason="no shared models beside the repository")
@pytest.mark.parametrize("path", REAL + FAMILY, ids=lambda path: str(path.stem))
def test_real_models_are_accepted(path: Path) -> None:
    check_model(path)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes_raise_nothing_else(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "random.onnx"
    path.write_bytes(data)
    assert refusal(path) is not None


def test_damaged_models_raise_nothing_else(tmp_path: Path) -> None:
    draw = random.Random(1)
    whole = classifier().SerializeToString()
    path = tmp_path / "m.onnx"
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(draw.choice([1, 1, 2, 8])):
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged[: draw.randrange(len(damaged))] if draw.random() < 0.2 else damaged)
        refused += refusal(path) is not None
    assert refused > 120  # the others look whole: only a hash notices a weight that moved


BOUNDED = """
import resource, sys
from pathlib import Path
from models.errors import ModelError
from models.intake import check_model
check_model(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[2:]:
    try:
        check_model(Path(name))
    except ModelError:
        continue
    sys.exit(f"{name} was accepted")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_bombs_take_little_memory(tmp_path: Path) -> None:
    bombs = [
        hostile.constant_bomb,
        hostile.expand_bomb,
        hostile.tile_bomb,
        hostile.doubling_bomb,
        hostile.many_large_tensors,
        hostile.huge_declared_input,
        hostile.functions_that_double,
        hostile.functions_in_a_chain,
        hostile.heavy_function,
        hostile.doubling_shapes,
        hostile.doubling_shapes_in_functions,
        hostile.deep_nesting,
    ]
    plain = save(classifier(), tmp_path / "plain.onnx")
    paths = [make(tmp_path / make.__name__) for make in bombs if (tmp_path / make.__name__).mkdir() is None]
    command = [sys.executable, "-c", BOUNDED, str(plain), *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64  # MiB over what reading a plain model took
