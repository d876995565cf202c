"""One function chooses the runtime; what it cannot have it refuses, and what ran is said."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.engines.machine import cores
from appliance.engines.ort import SPIN_US, Ask, session_options
from appliance.engines.select import OPENERS, ChosenEngine, alone, engine_spec
from appliance.engines.setting import EngineSetting
from appliance.errors import InputRefused, UsageError
from appliance.sections.engine import PROVIDERS
from appliance.site import parse_site
from tests.engines.build import bright, demo_member, pictures


def site(text: str = "", folder: Path = Path("/nowhere")) -> object:
    return parse_site(text, folder)


def test_the_default_is_the_cpu_with_one_thread_an_audit_worker_and_all_cores_alone(tmp_path: Path) -> None:
    spec = engine_spec(parse_site("", tmp_path))
    assert spec.setting == EngineSetting(cache=tmp_path / "cache/engines")
    assert spec.open(bright(tmp_path)).facts().threads == 1
    assert alone(spec).open(bright(tmp_path)).facts().threads == cores()


def test_site_toml_chooses_and_the_command_line_outranks_it(tmp_path: Path) -> None:
    here = parse_site('[engine]\nprovider = "openvino"\nprecision = "bf16"\nthreads = 3\ncache = "/c"', tmp_path)
    spec = engine_spec(here)
    assert (spec.setting.provider, spec.setting.precision, spec.setting.threads) == ("openvino", "bf16", 3)
    assert spec.setting.cache == Path("/c")
    assert alone(spec) == spec, "a thread count that was asked for stays"
    other = engine_spec(here, provider="cpu")
    assert (other.setting.provider, other.setting.precision) == ("cpu", ""), "bf16 was asked of openvino, not of cpu"


def test_an_unknown_provider_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'tensorflow'") as caught:
        engine_spec(parse_site("", tmp_path), provider="tensorflow")
    assert all(name in caught.value.mend for name in PROVIDERS)


def test_every_provider_of_site_toml_has_an_engine() -> None:
    assert set(OPENERS) == set(PROVIDERS)


@pytest.mark.parametrize("name", ["xs", "xxl"])
def test_openvino_in_fp32_agrees_with_the_cpu_and_says_what_it_was_told(name: str) -> None:
    member = demo_member(name)
    batch = pictures(member)
    expected = ChosenEngine(EngineSetting()).open(member).run(batch)
    engine = ChosenEngine(EngineSetting(provider="openvino", threads=2)).open(member)
    assert np.abs(engine.run(batch) - expected).max() < 1e-4
    facts = engine.facts()
    assert (facts.provider, facts.precision, facts.threads) == ("openvino", "fp32", 2)
    assert ("inference_precision_hint", "f32") in facts.options
    assert facts.runtime.startswith("openvino 20")


def test_the_placement_of_nodes_is_told() -> None:
    assert ChosenEngine(EngineSetting()).open(demo_member()).facts().placement == (("cpu", 1.0),)


def test_a_precision_the_provider_lacks_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(UsageError, match="cpu cannot be told to compute m in bf16") as caught:
        ChosenEngine(EngineSetting(precision="bf16")).open(demo_member())
    assert "openvino" in caught.value.mend


def test_a_members_own_precision_outranks_the_sites() -> None:
    member = replace(demo_member(), precision="fp32")
    engine = ChosenEngine(EngineSetting(provider="openvino", precision="bf16")).open(member)
    assert engine.facts().precision == "fp32"


@pytest.mark.parametrize("provider", ["cpu", "openvino"])
def test_a_file_that_changed_since_it_was_hashed_does_not_run(provider: str, tmp_path: Path) -> None:
    member = bright(tmp_path)
    member.file.write_bytes(member.file.read_bytes() + b"\0")
    with pytest.raises(InputRefused, match="sha256"):
        ChosenEngine(EngineSetting(provider=provider)).open(member)


@pytest.mark.parametrize("provider", ["cpu", "openvino"])
def test_a_batch_of_the_wrong_size_is_one_refusal(provider: str) -> None:
    member = demo_member()
    engine = ChosenEngine(EngineSetting(provider=provider)).open(member)
    with pytest.raises(InputRefused, match="member m cannot run"):
        engine.run(np.zeros((1, 1, member.card.height, member.card.width), np.float32))


def test_openvino_is_loaded_without_the_part_that_reports_to_its_maker() -> None:
    code = (
        "import sys; from appliance.engines.openvino import runtime_name; runtime_name();"
        "print([name for name, module in sys.modules.items() if name.startswith('openvino_telemetry') and module])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_openvino_keeps_few_compiled_shapes_and_answers_every_batch() -> None:
    member = demo_member("xs")
    engine = ChosenEngine(EngineSetting(provider="openvino")).open(member)
    batch = pictures(member, 8)
    expected = ChosenEngine(EngineSetting()).open(member).run(batch)
    for count in (1, 2, 3, 4, 5, 6, 7, 8, 1, 8):
        assert np.allclose(engine.run(batch[:count]), expected[:count], atol=1e-4)
    assert len(engine._requests) == 4


def test_openvino_shares_memory_only_while_it_runs() -> None:
    """What it was given may change afterwards or be read-only; what it answered stays."""
    member = demo_member()
    batch = pictures(member)
    engine = ChosenEngine(EngineSetting(provider="openvino")).open(member)
    kept = engine.run(batch)
    first = kept.copy()
    read_only = batch.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(engine.run(read_only), first)
    batch[:] = batch[::-1].copy()
    assert np.abs(engine.run(batch) - first).max() > 0.0, "it looks at the memory anew"
    np.testing.assert_array_equal(kept, first)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_streams_share_a_batch_and_answer_in_order(count: int) -> None:
    """5 pictures on two streams are 3 and 2; one picture needs no second stream."""
    member = demo_member()
    batch = pictures(member, count)
    expected = ChosenEngine(EngineSetting()).open(member).run(batch)
    shared = EngineSetting("openvino", threads=2, hint="throughput", streams=2)
    engine = ChosenEngine(shared).open(member)
    assert np.abs(engine.run(batch) - expected).max() < 1e-4
    assert ("num_streams", "2") in engine.facts().options
    assert np.abs(engine.run(batch) - expected).max() < 1e-4, "the same requests serve the next batch"


def test_streams_run_a_model_of_a_fixed_batch_several_times_in_a_call(tmp_path: Path) -> None:
    member = bright(tmp_path)
    batch = pictures(member, 7)
    expected = ChosenEngine(EngineSetting()).open(member).run(batch)
    fixed = replace(member, card=replace(member.card, batch=1))
    engine = ChosenEngine(EngineSetting("openvino", threads=2, streams=2)).open(fixed)
    assert np.abs(engine.run(batch) - expected).max() < 1e-4


def test_threads_are_bound_to_cores_only_where_the_machine_is_ours_alone(tmp_path: Path) -> None:
    here = parse_site('[engine]\nprovider = "openvino"\npinned = true', tmp_path)
    spec = engine_spec(here)
    assert not spec.setting.pinned, "the workers of an audit would all be bound to the same core"
    member = bright(tmp_path)
    assert ("enable_cpu_pinning", "False") in spec.open(member).facts().options
    assert ("enable_cpu_pinning", "True") in alone(spec).open(member).facts().options
    assert not alone(engine_spec(here, provider="cpu")).setting.pinned


def test_a_thread_spins_briefly_unless_it_is_told_to_spin_without_end(tmp_path: Path) -> None:
    key, member = "session.intra_op.spin_duration_us", bright(tmp_path)
    assert session_options(member, Ask(threads=2)).get_session_config_entry(key) == SPIN_US
    with pytest.raises(RuntimeError):
        session_options(member, Ask(threads=2, endless=True)).get_session_config_entry(key)
    spec = engine_spec(parse_site('[engine]\nspin = "endless"\nthreads = 2', tmp_path))
    assert ("spin", "endless") in spec.open(member).facts().options
