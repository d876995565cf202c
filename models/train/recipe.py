"""What is trained on what: the two families, member by member, resumable."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.train.data import TRAIN_SEED, VALIDATION_SEED, Parts, as_rendered, parts
from models.train.export import export
from models.train.fit import BATCH, DECAY, Trained, train
from models.train.folder import write_folder
from models.train.hard import RUN, VIEWS, perturbed
from models.train.net import CHAINS, SIZES, Net, Size, grown

HARD_SEED = 910_004
PARTS, HARD_PARTS, VALIDATION = 4000, 800, 800
SEED = 7
AGAIN = 0.3  # share of the steps with which the hardened family goes on from the standard one
NOTES = {
    "standard": "Trained on rendered parts as they are, mirrored at random; s grown out of xs, l to xxl out of m.",
    "hardened": "The standard family trained on, four pictures in nine perturbed, at any of the five levels.",
}


@dataclass(frozen=True)
class Job:
    """One run of the recipe: which family, where it goes, where its data is kept, how many processes."""

    family: str
    out: Path
    cache: Path
    workers: int


def run(job: Job) -> None:
    """Render what is missing, train what is missing, then write the family's folder."""
    job.out.mkdir(parents=True, exist_ok=True)
    data(job)
    with ProcessPoolExecutor(job.workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(make_chain, job), CHAINS))
    members = {size.name: json.loads(_record_file(job, size).read_text(encoding="utf-8")) for size in SIZES}
    files = [job.out / f"{size.name}.onnx" for size in SIZES]
    write_folder(job.out, job.family, NOTES[job.family], files, record(job, members))


def data(job: Job) -> tuple[Parts, Parts]:
    """Training and validation parts of the family, rendered on the first call."""
    validation = parts(job.cache, VALIDATION_SEED, VALIDATION, as_rendered, "standard", job.workers)
    clean = parts(job.cache, TRAIN_SEED, PARTS, as_rendered, "standard", job.workers)
    if job.family == "standard":
        return clean, validation
    hard = parts(job.cache, HARD_SEED, HARD_PARTS, perturbed, "hardened", job.workers)
    return _joined(clean, hard), validation


def make_chain(job: Job, chain: tuple[int, ...]) -> None:
    """Make the members of a chain that are still missing, smallest first."""
    for size in (SIZES[number] for number in chain):
        if not _record_file(job, size).exists():
            make(job, size)


def make(job: Job, size: Size) -> None:
    """Train and export one member, and leave its weights and its record in the cache."""
    torch.set_num_threads(1)
    shown, validation = data(job)
    begun = time.monotonic()
    share = AGAIN if job.family == "hardened" else 1.0
    done = train(size, _start(job, size), shown, validation, SEED, share)
    torch.save(done.net.state_dict(), job.cache / f"{job.family}-{size.name}.pt")
    export(done.net, job.out / f"{size.name}.onnx")
    told = _member_record(size, job, done, time.monotonic() - begun)
    _record_file(job, size).write_text(json.dumps(told), encoding="utf-8")


def _joined(one: Parts, other: Parts) -> Parts:
    return Parts(
        np.concatenate([one.pictures, other.pictures]),
        np.concatenate([one.labels, other.labels]),
        np.concatenate([one.cells, other.cells]),
    )


def _start(job: Job, size: Size) -> Net:
    """What a member begins with: the standard one for the hardened family, else the next smaller size, grown."""
    if job.family == "hardened":
        return _weights(job.cache, "standard", size)
    torch.manual_seed(SEED)
    place = SIZES.index(size)
    if place in {chain[0] for chain in CHAINS}:
        return Net(size)
    return grown(_weights(job.cache, "standard", SIZES[place - 1]), size)


def _weights(cache: Path, family: str, size: Size) -> Net:
    net = Net(size)
    net.load_state_dict(torch.load(cache / f"{family}-{size.name}.pt", weights_only=True))
    return net


def _record_file(job: Job, size: Size) -> Path:
    return job.cache / f"{job.family}-{size.name}.json"


def _member_record(size: Size, job: Job, done: Trained, wall: float) -> dict[str, Any]:
    hard = job.family == "hardened"
    return {
        "width": size.width,
        "depths": list(size.depths),
        "steps": {
            "cut-outs": round(size.crops * (AGAIN if hard else 1)),
            "whole": round(size.wholes * (AGAIN if hard else 1)),
        },
        "peak_rate": size.rate * (AGAIN if hard else 1),
        "losses": [round(loss, 4) for loss in done.losses],
        "validation": {"accuracy": done.accuracy, "escape_rate": done.escapes, "overkill_rate": done.overkills},
        "cpu_seconds": round(done.seconds),
        "wall_seconds": round(wall),
    }


def record(job: Job, members: dict[str, Any]) -> dict[str, Any]:
    """How the family came about, enough to do it again."""
    trained = {"seed": TRAIN_SEED, "parts": PARTS, "views": 1}
    hard = {"seed": HARD_SEED, "parts": HARD_PARTS, "views": VIEWS, "run_seed": RUN, "suite": "default, levels 1 to 5"}
    return {
        "family": job.family,
        "notes": NOTES[job.family],
        "data": {
            "train": trained,
            "perturbed": hard if job.family == "hardened" else None,
            "validation": {"seed": VALIDATION_SEED, "parts": VALIDATION},
        },
        "optimiser": {"name": "AdamW", "schedule": "one cycle", "batch": BATCH, "weight_decay": DECAY, "seed": SEED},
        "augmentation": "mirrored left to right and top to bottom, each with probability 0.5",
        "threads": 1,
        "members": members,
    }


def families() -> Sequence[str]:
    """The families that the recipe knows."""
    return tuple(NOTES)
