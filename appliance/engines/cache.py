"""Built engines on disk. The runtimes never notice that one is stale, so each stands under a key of all it depends on,
beside the sha256 of its own bytes; one that is not as it was written is built again, and that is said."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.errors import MachineFailed

KEY_FILE = "key.json"
NAMES = {"model": "the model", "gpu": "the GPU", "sm": "the GPU's SM", "tensorrt": "TensorRT", "options": "the options"}

Say = Callable[[str], None]
WHY: list[str] = []
"""Why this process built the engines it built, one sentence each, in order."""


@dataclass(frozen=True)
class Key:
    """Everything a built engine depends on. `member` only names it in messages."""

    member: str
    provider: str
    model: str  # sha256
    runtime: str
    tensorrt: str
    driver: str
    gpu: str
    sm: str
    options: tuple[tuple[str, str], ...] = ()

    def facts(self) -> dict[str, Any]:
        """The key as JSON holds it, without the member's name."""
        return json.loads(json.dumps({name: value for name, value in asdict(self).items() if name != "member"}))  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The folder's name: provider, beginning of the model's sha256, beginning of the key's."""
        digest = hashlib.sha256(json.dumps(self.facts(), sort_keys=True).encode()).hexdigest()
        return f"{self.provider}-{self.model[:12]}-{digest[:12]}"


@contextmanager
def engine_folder(cache: Path, key: Key, say: Say, *, grows: bool = False) -> Iterator[tuple[Path, bool]]:
    """The folder of the engine and whether it is whole and ours; held by one process at a time.

    Where it is not, it is empty; what the block puts there is sealed when the block ends well, and an entry of the
    same model, GPU and options under an older driver or runtime is removed: it could not be used again. `say` is told
    why an engine is built. `grows`: the runtime adds to the files later, so that only the key is sealed.
    """
    folder = cache / key.name
    with _held(cache, key):
        ready = is_sound(folder, key, grows=grows)
        if not ready:
            WHY.append(why_built(cache, key))
            say(WHY[-1])
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        if ready:
            yield folder, True
            return
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            yield folder, False
            undo.pop_all()
        seal(folder, key, grows=grows)
        _drop_stale(cache, key)


def is_sound(folder: Path, key: Key, *, grows: bool = False) -> bool:
    """Whether `folder` holds an engine of this very key, byte for byte as it was written."""
    said = _read(folder)
    if said is None or said["key"] != key.facts():
        return False
    return grows or (bool(said["files"]) and said["files"] == _hashes(folder))


def seal(folder: Path, key: Key, *, grows: bool = False) -> None:
    """Write down what the engine depends on and the sha256 of each of its files."""
    files = {} if grows else _hashes(folder)
    text = json.dumps({"key": key.facts(), "files": files}, indent=1, sort_keys=True)
    beside = folder / f".{KEY_FILE}.{os.getpid()}"
    beside.write_text(text, encoding="utf-8")
    beside.replace(folder / KEY_FILE)


def why_built(cache: Path, key: Key) -> str:
    """One sentence: why there is no engine that can be used."""
    head = f"{key.provider} engine of {key.member}: "
    folder = cache / key.name
    if folder.is_dir() and any(folder.iterdir()):
        return f"{head}{folder.name} in the cache is not as it was written here (foreign or damaged); built again"
    others = [said["key"] for entry in _entries(cache, key) if (said := _read(entry)) is not None]
    if not others:
        return f"{head}built for {key.gpu}; the first build can take minutes"
    nearest = min(others, key=lambda other: len(_changes(other, key.facts())))
    changes = "; ".join(_changes(nearest, key.facts()))
    if any(nearest.get(name) != key.facts()[name] for name in ("gpu", "sm")):
        return f"{head}the cached one is for another GPU ({changes}); built for this one"
    return f"{head}the cached one is stale ({changes}); built again"


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [_change(name, old.get(name), new[name]) for name in new if old.get(name) != new[name]]


def _change(name: str, old: Any, new: Any) -> str:
    said = NAMES.get(name, f"the {name}")
    return f"{said} changed" if isinstance(new, list) else f"{said} was {old}, is {new}"


def _entries(cache: Path, key: Key) -> list[Path]:
    return sorted(cache.glob(f"{key.provider}-{key.model[:12]}-*")) if cache.is_dir() else []


def _drop_stale(cache: Path, key: Key) -> None:
    for entry in _entries(cache, key):
        said = _read(entry)
        if said is not None and entry.name != key.name and _superseded(said["key"], key.facts()):
            shutil.rmtree(entry, ignore_errors=True)


def _superseded(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """The same GPU and options: only the runtime, TensorRT or the driver moved on, and none of them goes back."""
    return all(old.get(name) == new[name] for name in ("gpu", "sm", "options"))


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        said = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    fit = isinstance(said, dict) and isinstance(said.get("key"), dict) and isinstance(said.get("files"), dict)
    return said if fit else None


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != KEY_FILE)
    return {file.relative_to(folder).as_posix(): _sha256(file) for file in files if not file.name.startswith(".")}


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _held(cache: Path, key: Key) -> Iterator[None]:
    """One process builds; the others wait for it and then find the engine there."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / f".{key.provider}-{key.model[:12]}.lock").open("w")
    except OSError as error:
        mend = "give this user the permission, or name another folder with [engine] cache"
        raise MachineFailed(
            f"the engine cache cannot be written: {error.strerror}", file=str(cache), mend=mend
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
