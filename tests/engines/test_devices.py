"""A device that will not do is refused by name; the driver is pretended, for few machines that test have a GPU."""

import pytest

from appliance.engines.devices import gpus, require_gpu
from appliance.engines.trt import refuse_sm
from appliance.errors import MachineFailed, UsageError
from tests.engines.build import Driver, Shown


def test_a_gpu_is_told_with_memory_driver_and_sm(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([Shown(), Shown("NVIDIA H100 80GB HBM3", (9, 0), 81559)]).install(monkeypatch)
    first, second = gpus()
    assert str(first) == ("GPU 0: NVIDIA RTX 4000 Ada, SM 8.9, 19980 of 20480 MB free, driver 580.65.06 (CUDA 13.0)")
    assert second.sm == (9, 0)


def test_hidden_gpus_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([Shown("first"), Shown("second"), Shown("third")]).install(monkeypatch)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    assert [(gpu.number, gpu.name) for gpu in gpus()] == [(0, "third"), (1, "first")]


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(fails="Driver Not Loaded").install(monkeypatch)
    with pytest.raises(MachineFailed, match="no NVIDIA driver answers: Driver Not Loaded") as caught:
        require_gpu(0, "cuda", 13)
    assert "install NVIDIA driver 580 or newer" in caught.value.mend


def test_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver([]).install(monkeypatch)
    with pytest.raises(MachineFailed, match="provider cuda: this machine shows no NVIDIA GPU"):
        require_gpu(0, "cuda", 13)


def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver().install(monkeypatch)
    with pytest.raises(UsageError, match=r"device = 4: there are 1 GPUs"):
        require_gpu(4, "cuda", 13)


def test_a_driver_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(version="550.54.15", cuda=12040).install(monkeypatch)
    with pytest.raises(
        MachineFailed, match=r"needs CUDA 13; driver 550.54.15 of NVIDIA RTX 4000 Ada speaks 12.4"
    ) as caught:
        require_gpu(0, "tensorrt", 13)
    assert caught.value.mend == "install NVIDIA driver 580 or newer"


@pytest.mark.parametrize(
    ("sm", "served"),
    [((7, 5), True), ((8, 9), True), ((12, 1), True), ((9, 0), False), ((7, 0), False), ((12, 2), False)],
)
def test_tensorrt_for_rtx_serves_sm_7_5_to_12_1_without_9_0(sm: tuple[int, int], served: bool) -> None:
    if served:
        refuse_sm("a GPU", sm)
        return
    with pytest.raises(MachineFailed, match="does not serve a GPU") as caught:
        refuse_sm("a GPU", sm)
    assert "cuda" in caught.value.mend
