"""How close an audit is to its floor, how far ahead of the loop a user would write, and whether memory grows.

Every figure is a ratio of two things done in this one run on this machine. Run: python -m tests.bench.audit
"""

import contextlib
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from appliance.audit.order import Wish, make_order
from appliance.audit.plan import Plan, batch_parts, pixel_card
from appliance.audit.worker import read_scene
from appliance.engines.cpu import CpuSpec
from appliance.engines.machine import cores
from appliance.errors import Exit
from appliance.parts.types import Part
from appliance.setup import plan_init, write_init
from appliance.site import Site, load_site
from models.preprocess import preprocess_batch
from perturb import apply
from perturb.types import Seed

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SAMPLE = 96  # parts the floor and the naive loop are timed on; both are per-picture costs


@dataclass(frozen=True)
class Row:
    """One line of the bench."""

    what: str
    value: float
    goal: str


def new_site(folder: Path, parts: Path, family: Path, suite: str) -> Site:
    """A site as `init` makes it, with its suite."""
    site = write_init(plan_init(folder, parts, family))
    text = site.file.read_text()
    site.file.write_text(text.replace("[audit]\n", f'[audit]\nsuite = "{suite}"\n', 1))
    return load_site(folder)


def audit_seconds(site: Site) -> float:
    """Wall time of `inspect-eval audit --no-cost` as a user types it: imports to the last law, on a log of its own."""
    for old in site.folder.glob("log.db*"):
        old.unlink()
    start = time.perf_counter()
    command = [sys.executable, "-c", "from appliance.cli.main import main; main()", "audit", "--no-cost", "--json"]
    done = subprocess.run([*command, "--site", site.folder], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode not in (Exit.OK, Exit.BREACH, Exit.WARNINGS):
        raise RuntimeError(done.stderr[-500:])
    return time.perf_counter() - start


def floor_seconds(plan: Plan) -> float:
    """Perturb each part once per condition and infer each once per member, on all cores, nothing else; scaled up."""
    count = cores()
    context = multiprocessing.get_context("spawn")
    with context.Pool(count) as pool:
        spent = pool.map(_floor, [(plan, n, count) for n in range(count)])
    share = min(SAMPLE, len(plan.parts)) / len(plan.parts)
    return max(spent) / share


def _floor(job: tuple[Plan, int, int]) -> float:
    plan, position, count = job
    cv2.setNumThreads(1)
    indices = list(range(0, len(plan.parts), max(len(plan.parts) // SAMPLE, 1)))[:SAMPLE][position::count]
    scenes = [read_scene(plan, index) for index in indices]
    engines = [(m, CpuSpec(1).open(m)) for m in plan.members]
    inputs = {card: preprocess_batch([s.pixels for s in scenes], scenes[0].bits, card) for card in plan.cards()}
    for member, engine in engines:
        engine.run(inputs[pixel_card(member.card)][: batch_parts(member)])
    start = time.perf_counter()
    for condition in plan.conditions:
        for index, scene in zip(indices, scenes, strict=True):
            apply(scene, condition, Seed(plan.seed, plan.parts[index].id), plan.camera)
        for member, engine in engines:
            tensor, size = inputs[pixel_card(member.card)], batch_parts(member)
            for at in range(0, len(tensor), size):
                engine.run(tensor[at : at + size])
    return time.perf_counter() - start


def naive_seconds(plan: Plan) -> float:
    """The loop a user writes today: per member and condition read, albumentations, resize, ONNX Runtime at batch 1."""
    import onnxruntime

    indices = list(range(0, len(plan.parts), max(len(plan.parts) // SAMPLE, 1)))[:SAMPLE]
    start = time.perf_counter()
    for member in plan.members:
        session = onnxruntime.InferenceSession(str(member.file), providers=["CPUExecutionProvider"])
        for transform in _users_transforms(len(plan.conditions)):
            for index in indices:
                _users_step(session, transform, plan.parts[index].path, member.card)
    return (time.perf_counter() - start) * len(plan.parts) / len(indices)


def _users_step(session: Any, transform: Any, path: Path, card: Any) -> None:
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    if transform is not None:
        picture = transform(image=picture)["image"]
    picture = cv2.resize(picture, (card.width, card.height)).astype(np.float32) / 255
    picture = (picture - np.array(card.mean, np.float32)) / np.array(card.std, np.float32)
    session.run(None, {card.input_name: picture.transpose(2, 0, 1)[None].astype(np.float32)})


def _users_transforms(count: int) -> list[Any]:
    """Albumentations' nearest to the quick suite, as many as there are conditions; the first is `clean`."""
    import albumentations as a

    kinds = [
        a.Affine(rotate=(3, 3), p=1),
        a.RandomBrightnessContrast(p=1),
        a.Defocus(radius=(3, 3), p=1),
        a.MotionBlur(blur_limit=(7, 7), p=1),
        a.ShotNoise(p=1),
        a.ImageCompression(quality_range=(50, 50), p=1),
        a.Compose([a.RandomBrightnessContrast(p=1), a.ISONoise(p=1), a.GaussianBlur(p=1)]),
    ]
    return [None, *(kinds[n % len(kinds)] for n in range(count - 1))]


def large_site(folder: Path, plan: Plan, side: int = 1024, count: int = 64) -> Site:
    """A site of the same pictures enlarged to `side` px and the four smaller members, quick suite."""
    for part in spread(plan.parts, count):
        big = cv2.resize(cv2.imread(str(part.path)), (side, side), interpolation=cv2.INTER_CUBIC)
        write(folder / "parts", part, big)
    return new_site(folder / "site", folder / "parts", smaller(folder, plan, 4), "quick")


def spread(parts: Sequence[Part], count: int) -> Sequence[Part]:
    """`count` of the parts, evenly."""
    return parts[:: max(len(parts) // count, 1)][:count]


def write(folder: Path, part: Part, pixels: Any, name: str = "") -> None:
    """A part as PNG below OK or NG."""
    path = folder / part.label.verdict.name / f"{name}{part.path.stem}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


def smaller(folder: Path, plan: Plan, count: int) -> Path:
    """A folder with the `count` smallest members."""
    place = folder / "family"
    place.mkdir(parents=True)
    for member in plan.members[:count]:
        shutil.copy(member.file, place)
    return place


def peak_rss_mb(folder: Path, plan: Plan, count: int) -> float:
    """The most memory that an audit of `count` parts held, all its processes together: three members, few conditions.

    Sampled, and not from `getrusage`, whose largest size a child inherits from whoever started it.
    """
    draw = np.random.default_rng(1)
    for number in range(count):
        part = plan.parts[number % len(plan.parts)]
        picture = cv2.imread(str(part.path)).astype(np.int16)
        noisy = np.clip(picture + draw.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8)
        write(folder / "parts", part, noisy, f"{number}-")
    site = new_site(folder / "site", folder / "parts", smaller(folder, plan, 3), "quick")
    few = 'conditions = [{name = "intensity", severity = 0.9}, {name = "jpeg", severity = 50}]'
    site.file.write_text(site.file.read_text().replace('suite = "quick"', few, 1))
    with Sampler() as memory:
        audit_seconds(site)
    return memory.most_mb


class Sampler:
    """The largest sum of the resident memory of this process and its children, looked at 20 times a second."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.05):
            held = 0
            for process in [me, *me.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    held += process.memory_info().rss
            self.most_mb = max(self.most_mb, held / 2**20)


def said(what: str, value: float, unit: str = "s") -> float:
    """The value, told as it comes: the whole bench takes some ten minutes."""
    print(f"  {what}: {value:.1f} {unit}", flush=True)
    return value


def run(folder: Path) -> list[Row]:
    """Every row of this bench."""
    site = new_site(folder / "piped", SHARED / "data" / "piped", SHARED / "family-piped", "default")
    plan = make_order(site, Wish()).plan
    own = said("audit", audit_seconds(site))
    floor = said("floor", floor_seconds(plan))
    naive = said("naive loop", naive_seconds(plan))
    big = large_site(folder / "large", plan)
    own_big = said("audit, 1024 px", audit_seconds(big))
    naive_big = said("naive loop, 1024 px", naive_seconds(make_order(big, Wish()).plan))
    few = said("500 parts", peak_rss_mb(folder / "few", plan, 500), "MB")
    many = said("5000 parts", peak_rss_mb(folder / "many", plan, 5000), "MB")
    return [
        Row(
            f"audit / floor, 480 parts of 128 px, six members, {len(plan.conditions)} conditions",
            own / floor,
            "<= 1.15",
        ),
        Row("naive loop / audit, the same", naive / own, ">= 2.5"),
        Row("naive loop / audit, 64 parts of 1024 px, four smaller members", naive_big / own_big, ">= 5"),
        Row("peak memory, 5000 parts / 500 parts", many / few, "<= 1.2"),
    ]


def main() -> int:
    """Print the table; needs the real family beside the repository."""
    if not (SHARED / "family-piped").is_dir():
        print(f"left out: no real family at {SHARED / 'family-piped'}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="inspect-eval-bench-"))
    try:
        for row in run(folder):
            print(f"{row.what:<66} {row.value:6.2f}  (goal {row.goal})")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
