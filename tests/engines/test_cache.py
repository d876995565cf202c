"""An engine is used only where it is whole and all it depends on is as it was; else it is built, and said why."""

import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engines.cache import KEY_FILE, Key, engine_folder
from appliance.errors import MachineFailed

KEY = Key("m", "tensorrt", "a" * 64, "onnxruntime 1.31.1", "10.16", "580.65", "RTX 4000", "8.9", (("fp16", "1"),))


def build(cache: Path, key: Key = KEY, content: bytes = b"engine") -> list[str]:
    """Open the cache and build where it is asked for; returns what was said."""
    said: list[str] = []
    with engine_folder(cache, key, said.append) as (folder, ready):
        assert ready == (not said)
        if not ready:
            assert list(folder.iterdir()) == []
            (folder / "engine.bin").write_bytes(content)
    return said


def test_built_once_then_read(tmp_path: Path) -> None:
    assert build(tmp_path) == ["tensorrt engine of m: built for RTX 4000; the first build can take minutes"]
    assert build(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"driver": "590.1"}, "the driver was 580.65, is 590.1"),
        ({"tensorrt": "10.17"}, "TensorRT was 10.16, is 10.17"),
        ({"runtime": "onnxruntime 1.32.0"}, "the runtime was onnxruntime 1.31.1, is onnxruntime 1.32.0"),
        ({"options": (("fp16", "0"),)}, "the options changed"),
    ],
)
def test_a_stale_engine_is_built_again_and_the_change_is_named(
    change: dict[str, object], said: str, tmp_path: Path
) -> None:
    build(tmp_path)
    assert build(tmp_path, replace(KEY, **change)) == [  # type: ignore[arg-type]
        f"tensorrt engine of m: the cached one is stale ({said}); built again"
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gpu": "RTX 5000"}, "the GPU was RTX 4000, is RTX 5000"),
        ({"sm": "12.0"}, "the GPU's SM was 8.9, is 12.0"),
    ],
)
def test_another_gpus_engine_is_not_used(change: dict[str, object], said: str, tmp_path: Path) -> None:
    build(tmp_path)
    assert build(tmp_path, replace(KEY, **change)) == [  # type: ignore[arg-type]
        f"tensorrt engine of m: the cached one is for another GPU ({said}); built for this one"
    ]


def test_another_model_is_no_stale_engine(tmp_path: Path) -> None:
    build(tmp_path)
    assert "first build" in build(tmp_path, replace(KEY, model="b" * 64))[0]


def test_an_older_driver_s_engine_goes_but_another_gpus_stays(tmp_path: Path) -> None:
    build(tmp_path)
    build(tmp_path, replace(KEY, gpu="RTX 5000"))
    assert build(tmp_path) == []
    build(tmp_path, replace(KEY, driver="590.1"))
    assert build(tmp_path, replace(KEY, gpu="RTX 5000")) == []
    assert build(tmp_path) != [], "the engine of the old driver was removed"


@pytest.mark.parametrize("harm", ["bytes", "key", "extra", "no key"])
def test_a_foreign_or_damaged_engine_is_never_used(harm: str, tmp_path: Path) -> None:
    build(tmp_path)
    folder = tmp_path / KEY.name
    if harm == "bytes":
        (folder / "engine.bin").write_bytes(b"engin3")
    elif harm == "key":
        (folder / KEY_FILE).write_text((folder / KEY_FILE).read_text().replace("580.65", "580.66"))
    elif harm == "extra":
        (folder / "other.engine").write_bytes(b"x")
    else:
        (folder / KEY_FILE).unlink()
    said = build(tmp_path)
    assert len(said) == 1
    assert "not as it was written here (foreign or damaged); built again" in said[0]
    assert build(tmp_path) == []


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with engine_folder(tmp_path, KEY, lambda _: None) as (folder, _):
            (folder / "half.bin").write_bytes(b"half")
            raise RuntimeError("the builder died")

    with pytest.raises(RuntimeError):
        fail()
    assert "first build" in build(tmp_path)[0]


def test_a_cache_that_grows_is_known_by_its_key(tmp_path: Path) -> None:
    with engine_folder(tmp_path, KEY, lambda _: None, grows=True) as (folder, ready):
        assert not ready
        (folder / "one.bin").write_bytes(b"1")
    (folder / "two.bin").write_bytes(b"2")
    with engine_folder(tmp_path, KEY, lambda _: None, grows=True) as (_, ready):
        assert ready


def build_slowly(cache: str, said: str) -> None:
    """One of several processes that want the same engine at once; run apart."""

    def say(text: str) -> None:
        with Path(said).open("a") as file:
            file.write(text + "\n")

    with engine_folder(Path(cache), KEY, say) as (folder, ready):
        if not ready:
            time.sleep(0.5)
            (folder / "engine.bin").write_bytes(b"engine")


def test_of_many_processes_one_builds_and_the_others_wait(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said = tmp_path / "said"
    arguments = (str(tmp_path / "cache"), str(said))
    processes = [context.Process(target=build_slowly, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(said.read_text().splitlines()) == 1


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MachineFailed, match="the engine cache cannot be written") as caught:
        build(tmp_path / "file")
    assert "[engine] cache" in caught.value.mend
