"""Made machines, tables and records, of which the truth is known."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from appliance.cost.record import CostRecord, Gpu, Machine, MemberCost
from appliance.sizing.samples import Sample
from models.types import Card, Family, Member

FAMILIES = ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "theta", "zeta", "iota", "lambda", "tau")
RESNET18 = (1.8e9, 2.5e6, 11.7e6)  # MACs, activations, parameters


def write_table(
    folder: Path, *, machines: tuple[str, ...] = ("slow", "fast"), models: int = 240, seed: int = 1
) -> Path:
    """One file a machine in timm's columns: a law of MACs and activations, with a quirk per architecture."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    quirk = {name: rng.normal(0, 0.05) for name in FAMILIES}
    rows = [_model(rng, place) for place in range(models)]
    for machine, (compute, memory) in zip(machines, ((1.0, 1.0), (3.0, 1.6), (2.0, 2.0)), strict=False):
        path = folder / f"bench-{machine}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            heads = "model,infer_img_size,infer_samples_per_sec,infer_batch_size,param_count,infer_gmacs,infer_macts"
            writer.writerow(heads.split(","))
            for name, side, params, gmacs, macts in rows:
                seconds = gmacs / (2000.0 * compute) + macts / (9000.0 * memory)
                extra = quirk[name.split("_")[0]] * (1.0 if machine == "slow" else 0.5) + rng.normal(0, 0.02)
                rate = np.exp(extra) / seconds
                writer.writerow([name, side, f"{rate:.2f}", 256, f"{params:.3f}", f"{gmacs:.3f}", f"{macts:.3f}"])
    return folder


def _model(rng: np.random.Generator, place: int) -> tuple[str, int, float, float, float]:
    name = f"{FAMILIES[place % len(FAMILIES)]}_{place}"
    gmacs = float(np.exp(rng.uniform(-1.5, 3.0)))
    return name, 224, gmacs * float(np.exp(rng.normal(1.5, 0.6))), gmacs, gmacs * float(np.exp(rng.normal(1.0, 0.5)))


def member(name: str = "m", scale: float = 1.0) -> Member:
    """A ResNet-18 made larger or smaller."""
    macs, activations, params = (round(scale * value) for value in RESNET18)
    return Member(
        name, Path(f"{name}.onnx"), f"sha-{name}", params, macs, activations, Card("image", "logits", 224, 224)
    )


def family(*members: Member) -> Family:
    return Family("bolts", Path(), members or (member(),))


def cost(one: Member, *, mean: float = 20.0, infer: float = 15.0, n: int = 1000, **changes: object) -> MemberCost:
    """A valid paced row: lognormal times about `mean` ms, of which `infer` are inference."""
    rng = np.random.default_rng(3)
    times = rng.lognormal(0.0, 0.1, 20_000)
    q = tuple(float(v) for v in np.quantile(mean * times / times.mean(), np.linspace(0, 1, 101)))
    row = MemberCost(
        member=one.name, sha256=one.sha256, params=one.params, macs=one.macs, activations=one.activations,
        weights_bytes=0, provider="CPUExecutionProvider", precision="fp32", batch=1, threads=4, load="paced", n=n,
        n_effective=float(n), mean_ms=mean, median_ms=mean, p50_ms=mean, p90_ms=q[92], p99_ms=q[100],
        throughput=1000.0 / mean, state="valid", service_q=q, infer_q=(infer,) * 101, stages_ms={"infer": infer},
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def record(*rows: MemberCost, cpu: str = "Intel(R) Core(TM) i7-1185G7 @ 3.00GHz", gpu: str = "") -> CostRecord:
    gpus = (Gpu(gpu, "590", 24000.0),) if gpu else ()
    machine = Machine(cpu, 4, 16.0, "x86_64", "Linux", gpus=gpus)
    return CostRecord("2026-11-01T08:00:00+00:00", "bolts", machine, rows, {"width": 1000, "height": 1000})


def sample(
    *, machine: str = "Intel Core i7-1185G7", mean: float = 20.0, infer: float = 15.0, n: int = 1000, **changes: object
) -> Sample:
    """A sample of constant times."""
    made = Sample("m", machine, "fp32", (mean,) * 101, infer, n, "paced", "2026-11-01")
    return replace(made, **changes)  # type: ignore[arg-type]
