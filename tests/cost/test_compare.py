"""Two records are compared under equal conditions only, and a change within the noise is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.cost.compare import compare_costs, machine_differences
from appliance.cost.kept import keep_record, kept_records, record_of_run, with_costs
from appliance.errors import InputRefused, UsageError
from appliance.log.log import Log
from tests.cost.build import GPU, MACHINE, record, row
from tests.log.build import audit


@pytest.mark.parametrize(("after", "verdict"), [(3.95, "within the noise"), (4.4, "slower"), (3.2, "faster")])
def test_a_change_is_one_beyond_the_noise(after: float, verdict: str) -> None:
    found = compare_costs(record(row(noise=0.04)), record(row(median_ms=after, noise=0.05)))
    assert [change.verdict for change in found] == [verdict]
    assert found[0].floor == 0.05
    assert found[0].ratio == pytest.approx(after / 3.9)


def test_a_higher_rate_is_faster() -> None:
    saturated = row(load="saturate", throughput=100.0, deadline_ms=50.0)
    found = compare_costs(record(saturated), record(replace(saturated, throughput=130.0)))
    assert (found[0].verdict, found[0].unit) == ("faster", "parts/s")


def test_a_contended_row_tells_nothing_and_too_few_parts_leave_the_median() -> None:
    changed = row(median_ms=8.0)
    assert compare_costs(record(), record(replace(changed, state="contended")))[0].verdict == "not valid"
    assert compare_costs(record(), record(replace(changed, state="too few")))[0].verdict == "slower"


@pytest.mark.parametrize(
    ("machine", "says"),
    [
        (replace(MACHINE, governor="powersave"), "governor performance / powersave"),
        (replace(MACHINE, packages={"onnxruntime": "1.33.0"}), "onnxruntime 1.32.0 / 1.33.0"),
        (replace(MACHINE, gpus=(replace(GPU, name="NVIDIA L40S"),)), "gpus NVIDIA L4 / NVIDIA L40S"),
        (replace(MACHINE, gpus=()), "gpus NVIDIA L4 / none"),
    ],
)
def test_other_conditions_are_refused_unless_asked(machine: object, says: str) -> None:
    other = replace(record(), machine=machine)
    with pytest.raises(UsageError, match="different conditions") as refused:
        compare_costs(record(), other)
    assert says in str(refused.value)
    assert "--anyway" in refused.value.mend
    assert len(compare_costs(record(), other, anyway=True)) == 1


def test_another_thread_count_is_another_condition() -> None:
    with pytest.raises(UsageError, match="s threads 2 / 4"):
        compare_costs(record(), record(row(threads=4)))


def test_the_clock_of_the_moment_is_no_condition() -> None:
    assert machine_differences(MACHINE, replace(MACHINE, cpu_mhz=3000.0)) == []


@pytest.mark.parametrize("other", [row(sha256="1" * 64), row(load="paced", takt_s=1.0), row(batch=8)])
def test_records_without_a_common_row_are_refused(other: object) -> None:
    with pytest.raises(InputRefused, match="share no model"):
        compare_costs(record(), record(other))  # type: ignore[arg-type]


def test_a_run_takes_up_the_latest_record_of_all_its_models(tmp_path: Path) -> None:
    given = audit()
    hashes = [member.sha256 for member in given.members]
    with Log.open(tmp_path / "log.db") as log:
        given.fill(log)
        run = log.read_run("last")
        assert record_of_run(log, run) is None
        keep_record(log, record(*(row(f"old-{n}", sha256=sha) for n, sha in enumerate(hashes))))
        keep_record(log, record(row("other", sha256=hashes[0])))  # lacks the second model
        found = record_of_run(log, run)
        assert len(kept_records(log)) == 2
    assert found is not None
    assert [r.member for r in found.rows] == ["old-0", "old-1"]
    assert [r.member for r in with_costs(run, found).costs] == [member.name for member in given.members]
    assert with_costs(run, None) is run
