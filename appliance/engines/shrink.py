"""Out of device memory: a smaller batch is tried, and said."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from appliance.errors import MachineFailed
from models.types import Member

Infer = Callable[[NDArray[np.generic]], NDArray[np.float32]]
FULL = ("out of memory", "outofmemory", "cudaerrormemoryallocation", "failed to allocate memory", "available memory of")


class DeviceFull(Exception):
    """The device had no memory for a batch."""


def is_full(error: Exception) -> bool:
    """Whether a runtime's error means that the device's memory is used up."""
    text = str(error).lower()
    return any(sign in text for sign in FULL)


class Shrinking:
    """Runs batches of at most `largest`, halved for good each time the device has no memory for one.

    `notes` say that it happened. A model of a fixed batch cannot be shrunk.
    """

    def __init__(self, member: Member, device: str, largest: int) -> None:
        self._member, self._device, self._largest = member, device, largest
        self.notes: list[str] = []

    def run(self, batch: NDArray[np.generic], infer: Infer) -> NDArray[np.float32]:
        """The answers for the whole batch, in order. Raises MachineFailed where one picture alone does not fit."""
        done: list[NDArray[np.float32]] = []
        start = 0
        while start < len(batch):
            piece = batch[start : start + self._largest]
            try:
                done.append(infer(piece))
            except DeviceFull as error:
                self._shrink(len(piece), error)
            else:
                start += len(piece)
        return np.concatenate(done) if len(done) != 1 else done[0]

    def _shrink(self, tried: int, error: DeviceFull) -> None:
        if tried == 1 or self._member.card.batch is not None:
            raise MachineFailed(
                f"{self._device} has no memory for {_pictures(tried)} of member {self._member.name}",
                file=str(self._member.file),
                mend="end what else uses the GPU, lower [engine] memory_mb or audit with fewer --workers",
            ) from error
        self._largest = max(tried // 2, 1)
        self.notes.append(
            f"member {self._member.name}: {self._device} had no memory for {_pictures(tried)} at once; "
            f"{self._largest} at a time from there on"
        )


def _pictures(count: int) -> str:
    return "a single picture" if count == 1 else f"{count} pictures"
