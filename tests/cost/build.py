"""Cost records made up for tests."""

from dataclasses import replace
from typing import Any

from appliance.cost.record import CostRecord, Energy, Gpu, Machine, MemberCost

GPU = Gpu("NVIDIA L4", "580.65.06", 23034.0, "8.9", 2040.0, 6251.0, 72.0)
MACHINE = Machine(
    cpu="Example CPU",
    cores=4,
    memory_gb=16.0,
    arch="x86_64",
    system="Linux 6.1",
    flags=("avx2", "fma"),
    governor="performance",
    gpus=(GPU,),
    packages={"onnxruntime": "1.32.0"},
)
ENERGY = Energy(50.0, 45.0, 55.0, 12.0, 5.0, "rapl", ("package-0",), "CPU package; not the board", 10.0)


def row(member: str = "s", **changes: Any) -> MemberCost:
    """A valid row under closed load, a millisecond between its quantiles."""
    quantiles = tuple(float(q) for q in range(101))
    base = MemberCost(
        member=member, sha256="0" * 64, params=1000, macs=10_000, activations=500, weights_bytes=4000, provider="cpu",
        precision="fp32", batch=1, threads=2, load="closed", n=1000, n_effective=900.0, mean_ms=4.0, median_ms=3.9,
        p50_ms=4.0, p90_ms=5.0, p99_ms=6.0, throughput=250.0, state="valid", latency_q=quantiles, service_q=quantiles,
        stages_ms={"decode": 1.0, "infer": 3.0}, energy=ENERGY, noise=0.02,
    )  # fmt: skip
    return replace(base, **changes)


def record(*rows: MemberCost) -> CostRecord:
    return CostRecord(made="2026-11-26T10:00:00+00:00", family="bright", machine=MACHINE, rows=rows or (row(),))
