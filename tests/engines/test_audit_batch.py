"""On a GPU an audit feeds whole chunks; on the CPU the batch is what suits the cache."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audit.order import make_order, worker_count
from appliance.audit.plan import Probe, plan_digest
from appliance.audit.run import _accepted
from appliance.audit.worker import Probed, Refusal
from appliance.engines.prepare import device_batch, most_processes, served
from appliance.engines.select import engine_spec
from appliance.errors import InputRefused, InspectError, MachineFailed, UsageError
from tests.cli.sites import write_whole_site
from tests.engines.build import Driver, Shown, demo_member


def test_a_gpu_takes_whole_chunks_and_the_cpu_what_suits_it(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path, engine={"batch": 8})
    assert [device_batch(engine_spec(site, provider=name)) for name in ("cpu", "openvino", "cuda")] == [0, 0, 8]


def test_the_batch_is_part_of_what_resume_checks(tmp_path: Path) -> None:
    order = make_order(write_whole_site(tmp_path))
    digests = {plan_digest(replace(order.plan, batch=batch), order.parts, "cuda") for batch in (0, 8, 16)}
    assert len(digests) == 3


def test_as_many_workers_as_the_gpus_memory_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([Shown(memory_mb=4096)]).install(monkeypatch)
    site = write_whole_site(tmp_path)
    spec = engine_spec(site, provider="cuda")
    assert most_processes(spec) == 2
    order = make_order(site)
    assert order.workers >= 1
    monkeypatch.setattr("appliance.audit.order.cores", lambda: 16)
    from appliance.audit.order import Wish

    assert worker_count(site, Wish(), spec) == 2
    assert worker_count(site, Wish(workers=5), spec) == 5, "what a person asks for stays"


def test_a_member_the_provider_cannot_compute_is_left_out_by_name(tmp_path: Path) -> None:
    spec = engine_spec(write_whole_site(tmp_path))
    plain, odd = demo_member("xs"), replace(demo_member("s"), precision="bf16")
    kept, left = served(spec, [plain, odd])
    assert kept == (plain,)
    assert left[0][0] == "s"
    with pytest.raises(UsageError, match="cpu cannot be told to compute s in bf16"):
        served(spec, [odd])


@pytest.mark.parametrize(("machine", "kind"), [(True, MachineFailed), (False, InputRefused)])
def test_what_the_device_failed_at_is_the_machines_failure_not_the_models(
    machine: bool, kind: type[InspectError], tmp_path: Path
) -> None:
    plan = make_order(write_whole_site(tmp_path)).plan
    with pytest.raises(kind, match="no memory"):
        _accepted(plan, Probed(Probe(1), None, Refusal("no memory", "m.onnx", "", machine)))
