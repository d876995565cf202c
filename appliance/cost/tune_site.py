"""Tune every member of a site's family, and the one setting that suits the family as a whole."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from appliance.audit.order import site_family
from appliance.cost.candidates import Candidate, candidates, fair
from appliance.cost.machine import cpu_flags
from appliance.cost.site import CostWish, chosen
from appliance.cost.standing import GOALS, Result, Rival
from appliance.cost.tune import Told, Tuned, tune
from appliance.engines.cpu import cores
from appliance.errors import MachineFailed
from appliance.runtimes import installed
from appliance.site import Site

RUNTIMES = {"cpu": ("onnxruntime", "onnxruntime-gpu"), "openvino": ("openvino",)}
"""The distributions that serve each CPU provider."""
BF16 = ("avx512_bf16", "amx_bf16", "bf16")


def tune_site(site: Site, wish: CostWish, told: Told) -> list[Tuned]:
    """Search for every member asked for. Raises MachineFailed where no CPU runtime is installed."""
    providers = [name for name, packages in RUNTIMES.items() if installed(packages)]
    if not providers:
        raise MachineFailed("no CPU runtime is installed", mend="pip install 'inspect-eval[cpu,openvino]'")
    family = chosen(site_family(site), wish.members)
    bf16 = any(flag in cpu_flags() for flag in BF16)
    return [
        tune(member, list(candidates(wish.threads or cores(), member.card.batch, providers, bf16)), told)
        for member in family.members
    ]


def for_family(tuned: Sequence[Tuned], goal: str) -> Candidate | None:
    """The setting whose slow-down against each member's own best is least over the family (geometric mean).

    None where no setting ran for every member.
    """
    losses: dict[Candidate, list[float]] = {}
    for found in tuned:
        for result in found.results:
            if goal in found.best and fair(result.candidate) and _comparable(result, found.best[goal], goal):
                losses.setdefault(result.candidate, []).append(_loss(result, found.best[goal], goal))
    whole = {c: sum(map(math.log, values)) for c, values in losses.items() if len(values) == len(tuned)}
    return min(whole, key=lambda c: whole[c], default=None)


def _comparable(result: Result, best: Result, goal: str) -> bool:
    if goal == "throughput":
        return True
    return (result.candidate.callers, result.candidate.batch) == (best.candidate.callers, best.candidate.batch)


def _loss(result: Result, best: Result, goal: str) -> float:
    """How many times slower than the member's best."""
    return best.rate / result.rate if goal == "throughput" else result.answer_ms / best.answer_ms


def engine_lines(candidate: Candidate) -> list[str]:
    """The lines of site.toml that make a site run this setting."""
    s = candidate.setting
    lines = ["[engine]", f'provider = "{s.provider}"', f"threads = {s.threads}"]
    if s.layout != "blocked":
        lines.append(f'layout = "{s.layout}"')
    if s.spin == "endless":
        lines.append('spin = "endless"')
    if s.streams:
        lines += [f'hint = "{s.hint}"', f"streams = {s.streams}"]
    return [*lines, "pinned = true"] if s.pinned else lines


def tune_json(tuned: Sequence[Tuned]) -> dict[str, Any]:
    """The document of `cost --tune --json`."""
    return {
        "members": [
            {
                "member": found.member,
                "results": [_result_json(result) for result in found.results],
                "best": {goal: _result_json(result) for goal, result in found.best.items()},
                "unsettled": {goal: _rival_json(rival) for goal, rival in found.rivals.items()},
                "refused": [{**_candidate_json(candidate), "what": what} for candidate, what in found.refused],
            }
            for found in tuned
        ],
        "family": {goal: _candidate_json(c) if (c := for_family(tuned, goal)) else None for goal in GOALS},
    }


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    told = ("provider", "threads", "layout", "streams", "pinned", "spin")
    setting = {k: v for k, v in asdict(candidate.setting).items() if k in told}
    precision = candidate.setting.precision or "as the model"
    return {**setting, "precision": precision, "callers": candidate.callers, "batch": candidate.batch}


def _rival_json(rival: Rival) -> dict[str, Any]:
    """The setting that the best one did not always beat: in `led` of `passes` it was quicker by `share`."""
    return {**_candidate_json(rival.result.candidate), "led": rival.led, "passes": rival.passes, "share": rival.share}


def _result_json(result: Result) -> dict[str, Any]:
    return {
        **_candidate_json(result.candidate),
        "answer_ms": result.answer_ms,
        "pictures_per_second": result.rate,
        "rounds": len(result.rounds),
        "noise": result.noise,
        "contended": result.busy,
    }
