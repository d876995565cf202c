"""A full device: half as many pictures are tried, that is said, and the answers stay whole and in order."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.engines.shrink import DeviceFull, Shrinking, is_full
from appliance.errors import MachineFailed
from tests.engines.build import demo_member

BATCH = np.arange(13, dtype=np.float32)[:, None]


class Small:
    """A device that holds `room` pictures and answers with twice the picture."""

    def __init__(self, room: int) -> None:
        self.room, self.sizes = room, list[int]()

    def infer(self, piece: NDArray[np.generic]) -> NDArray[np.float32]:
        self.sizes.append(len(piece))
        if len(piece) > self.room:
            raise DeviceFull("out of memory")
        return np.asarray(piece * 2, np.float32)


def test_a_batch_that_fits_runs_at_once() -> None:
    device, shrinking = Small(16), Shrinking(demo_member(), "GPU", 16)
    assert np.array_equal(shrinking.run(BATCH, device.infer), BATCH * 2)
    assert device.sizes == [13]
    assert shrinking.notes == []


def test_halved_until_it_fits_and_said_once_a_step() -> None:
    device, shrinking = Small(3), Shrinking(demo_member(), "GPU", 16)
    assert np.array_equal(shrinking.run(BATCH, device.infer), BATCH * 2)
    assert device.sizes == [13, 6, 3, 3, 3, 3, 1]
    assert [note.split("; ")[1] for note in shrinking.notes] == [
        "6 at a time from there on",
        "3 at a time from there on",
    ]
    shrinking.run(BATCH, device.infer)
    assert len(shrinking.notes) == 2, "the smaller batch is remembered"


def test_one_picture_too_many_is_the_machines_failure() -> None:
    with pytest.raises(MachineFailed, match="GPU has no memory for a single picture of member m") as caught:
        Shrinking(demo_member(), "GPU", 16).run(BATCH, Small(0).infer)
    assert "--workers" in caught.value.mend


def test_a_fixed_batch_cannot_shrink() -> None:
    member = demo_member()
    fixed = replace(member, card=replace(member.card, batch=4))
    with pytest.raises(MachineFailed, match="4 pictures"):
        Shrinking(fixed, "GPU", 4).run(BATCH[:4], Small(2).infer)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("CUDA failure 2: out of memory ; GPU=0", True),
        ("Failed to allocate memory for requested buffer of size 8388608", True),
        ("Available memory of 1048576 is smaller than requested bytes of 8388608", True),
        ("Got invalid dimensions for input: image", False),
    ],
)
def test_what_means_a_full_device(text: str, full: bool) -> None:
    assert is_full(RuntimeError(text)) is full
