"""One engine timed batch by batch in a process of its own: python -m tests.gpu.latency '{"provider": "cuda", ...}'."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from appliance.engines.machine import cores
from appliance.engines.select import ChosenEngine
from appliance.engines.setting import EngineSetting
from appliance.engines.types import Engine
from appliance.errors import InspectError
from appliance.score.intervals import percentile_upper
from models.family import load_family
from models.types import Member

WARM = 20


def main() -> None:
    """Print one JSON document: what ran, and host-to-host times per batch for every member."""
    asked = json.loads(sys.argv[1])
    members = load_family(Path(asked.pop("family"))).members
    names, batches, seconds = asked.pop("members"), asked.pop("batches"), asked.pop("seconds")
    setting = EngineSetting(**{"threads": cores(), **asked, "cache": Path(asked.get("cache", "cache"))})
    rows = [_member(member, setting, batches, seconds) for member in members if member.name in names]
    print(json.dumps(rows))


def _member(member: Member, setting: EngineSetting, batches: list[int], seconds: float) -> dict[str, Any]:
    try:
        start = time.perf_counter()
        engine = ChosenEngine(setting).open(member)
        loaded = time.perf_counter() - start
        rows = [_batch(engine, member, batch, seconds) for batch in batches]
    except InspectError as error:
        return {"member": member.name, "error": str(error)}
    facts = engine.facts()
    return {
        "member": member.name,
        "provider": facts.provider,
        "precision": facts.precision,
        "runtime": facts.runtime,
        "device": facts.device,
        "driver": facts.driver,
        "placement": dict(facts.placement),
        "options": dict(facts.options),
        "notes": list(facts.notes),
        "load_ms": round(1000 * loaded, 1),
        "batches": rows,
    }


def _batch(engine: Engine, member: Member, batch: int, seconds: float) -> dict[str, Any]:
    """Times of `engine.run` from an array on the host to an array on the host."""
    shape = (batch, 3, member.card.height, member.card.width)
    fed = np.random.default_rng(0).random(shape, np.float32)
    start = time.perf_counter()
    engine.run(fed)
    first = time.perf_counter() - start
    for _ in range(WARM):
        engine.run(fed)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        engine.run(fed)
        times.append(1000 * (time.perf_counter() - start))
    p99 = percentile_upper(np.array(times), 0.99)
    return {
        "batch": batch,
        "n": len(times),
        "first_ms": round(1000 * first, 2),
        "p50_ms": round(float(np.median(times)), 3),
        "p99_bound_ms": None if p99 is None else round(p99, 3),
        "images_per_s": round(1000 * batch / float(np.mean(times)), 1),
    }


if __name__ == "__main__":
    main()
