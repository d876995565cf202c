"""What the machine did beside us is read from its own counters, and becomes a state with a reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.cost.machine import cpu_flags, governor, machine, vector_flags
from appliance.cost.state import Evidence, judge
from appliance.cost.watch import Seen, Snapshot, between, busiest, quota_events, snapshot, thermal_events

START = Snapshot(moment=10.0, busy_s=100.0, ours_s=20.0, steal_s=1.0, thermal=3, quota=2)
CALM = Seen(10.0, cpu_s=8.0)


def seen(**changes: object) -> Seen:
    """Ten seconds on four cores of which we used twelve core-seconds, with these counters moved besides."""
    after = replace(START, moment=20.0, busy_s=112.0, ours_s=32.0)
    return between(START, replace(after, **changes), 4)  # type: ignore[arg-type]


def evidence(*rounds: Seen, **changes: object) -> Evidence:
    base = Evidence(rounds or (CALM,), settled=True, noise=0.01, n=1000, n_effective=900.0)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_only_what_others_did_is_foreign() -> None:
    assert seen() == Seen(10.0, cpu_s=12.0)
    assert seen(busy_s=132.0).foreign == pytest.approx(20 / 40)
    assert seen(busy_s=116.0, steal_s=5.0).steal == pytest.approx(0.1)
    assert (seen(thermal=5).thermal, seen(quota=9).quota) == (2, 7)
    assert seen(gpu_held_s=4.0).gpu_held == pytest.approx(0.4)


def test_our_own_process_is_not_a_guest_of_the_gpu() -> None:
    guests = frozenset({7})
    after = replace(START, moment=20.0, gpu_processes=frozenset({7, 8}))
    assert between(START, replace(after, gpu_processes=frozenset({8})), 4).gpu_others == 0
    assert between(START, after, 4, guests).gpu_others == 1
    assert between(START, replace(after, gpu_processes=frozenset({7, 8, 9})), 4, guests).gpu_others == 2


@pytest.mark.parametrize(
    ("given", "state", "says"),
    [
        (evidence(), "valid", ""),
        (evidence(CALM, replace(CALM, foreign=0.4)), "contended", "other work took 40% of the cores"),
        (evidence(replace(CALM, steal=0.05)), "contended", "the hypervisor took 5%"),
        (evidence(replace(CALM, gpu_others=1)), "contended", "another process used the GPU"),
        (evidence(replace(CALM, gpu_others=2)), "contended", "2 other processes used the GPU"),
        (evidence(replace(CALM, thermal=3)), "throttled", "slowed down for heat 3 times"),
        (evidence(replace(CALM, quota=4)), "throttled", "quota stopped the process 4 times"),
        (evidence(replace(CALM, gpu_held=0.3)), "throttled", "below its clock for heat or power 30%"),
        (evidence(settled=False), "unstable", "never settled"),
        (evidence(noise=0.25), "unstable", "moved its median by 25%"),
        (evidence(n=800, n_effective=300.0), "too few", "800 parts, worth 300 independent ones, do not support"),
        (evidence(n=20, n_effective=20.0), "too few", "20 parts do not support a p99 bound (459 do)"),
        (evidence(elsewhere=(("cpu", 0.25),)), "fell back", "25% of the nodes ran on cpu"),
        (evidence(replace(CALM, foreign=0.4, thermal=3), settled=False), "contended", "other work"),
    ],
)
def test_a_state_has_its_reason_and_the_gravest_stands(given: Evidence, state: str, says: str) -> None:
    found, reason = judge(given)
    assert found == state
    assert says in reason


def _file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_counters_of_heat_and_quota_are_read_where_the_kernel_keeps_them(tmp_path: Path) -> None:
    assert (thermal_events(tmp_path), quota_events(tmp_path), governor(tmp_path)) == (0, 0, "")
    cpu = tmp_path / "devices/system/cpu"
    _file(cpu / "cpu0/thermal_throttle/core_throttle_count", "3\n")
    _file(cpu / "cpu1/thermal_throttle/package_throttle_count", "4\n")
    _file(cpu / "cpu0/cpufreq/scaling_governor", "powersave\n")
    _file(cpu / "cpu1/cpufreq/scaling_governor", "performance\n")
    _file(tmp_path / "fs/cgroup/cpu/cpu.stat", "nr_periods 9\nnr_throttled 5\n")
    assert (thermal_events(tmp_path), quota_events(tmp_path)) == (7, 5)
    assert governor(tmp_path) == "performance and powersave"


def test_vector_features_are_told_and_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("model name : x\nflags\t\t: fpu avx2 avx512f amx_bf16 vme hypervisor\n")
    flags = cpu_flags(tmp_path / "cpuinfo")
    assert vector_flags(flags) == ("amx_bf16", "avx2", "avx512f")
    assert "hypervisor" in flags
    assert cpu_flags(tmp_path / "absent") == ()


def test_this_machine_is_described_and_its_counters_go_up() -> None:
    here = machine()
    assert here.cpu
    assert here.cores >= 1
    assert here.packages["inspect-eval"]
    first = snapshot(1.0)
    sum(n * n for n in range(200_000))
    second = snapshot(2.0)
    assert second.busy_s >= first.busy_s
    assert second.ours_s >= first.ours_s
    assert len(busiest(0.01)) <= 3
