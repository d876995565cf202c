"""The CPU settings worth a look on a machine: runtime, threads, callers, streams, pinning, spinning, layout, batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.engines.setting import EngineSetting

BATCHES = (1, 8)
SHARES = 8  # pictures of a model of a fixed batch that each stream takes in one call


@dataclass(frozen=True)
class Candidate:
    """A setting as a line could run it: callers side by side, and pictures each hands over at once."""

    setting: EngineSetting
    callers: int = 1
    batch: int = 1

    @property
    def key(self) -> tuple[EngineSetting, int, int]:
        """What tells it from another."""
        return self.setting, self.callers, self.batch


def candidates(cores: int, fixed_batch: int | None, providers: Sequence[str], bf16: bool) -> Iterator[Candidate]:
    """Every setting worth a look on `cores` cores, each once.

    `fixed_batch`: the model's own, None where it takes any. `bf16`: whether OpenVINO may be tried in that arithmetic
    too: another member, shown beside the others and never chosen in their place.
    """
    batches = BATCHES if fixed_batch is None else (fixed_batch,)
    for provider in providers:
        yield from _shapes(EngineSetting(provider), cores, batches)
    if "cpu" in providers:
        yield from _shapes(EngineSetting("cpu", layout="plain"), cores, batches[:1])
        if cores > 1:
            yield Candidate(EngineSetting("cpu", threads=cores, spin="endless"), 1, batches[0])
    if "openvino" in providers:
        yield from _bound(cores, batches)
    if "openvino" in providers and bf16:
        setting = EngineSetting("openvino", "bf16")
        yield Candidate(replace(setting, threads=cores), 1, batches[0])
        if cores > 1:
            yield Candidate(replace(setting, threads=1), cores, batches[0])


def _shapes(setting: EngineSetting, cores: int, batches: Sequence[int]) -> Iterator[Candidate]:
    """Threads and callers that fill the cores, by batch, and fewer threads for one picture alone."""
    for threads in thread_counts(cores):
        one = replace(setting, threads=threads)
        yield from (Candidate(one, 1, batch) for batch in (batches if threads == cores else batches[:1]))
        if cores // threads > 1:
            yield from (Candidate(one, cores // threads, batch) for batch in batches)


def _bound(cores: int, batches: Sequence[int]) -> Iterator[Candidate]:
    """What OpenVINO has beyond threads: one engine bound to the cores, and one of several streams, bound or free.

    A batch is shared among the streams; of a model of a fixed batch each stream takes several in a call.
    """
    for threads in thread_counts(cores):
        bound = EngineSetting("openvino", threads=threads, pinned=True)
        yield from (Candidate(bound, 1, batch) for batch in (batches if threads == cores else batches[:1]))
    for threads in thread_counts(cores)[:-1]:
        streams = cores // threads
        setting = EngineSetting("openvino", threads=cores, hint="throughput", streams=streams)
        for each in batches if len(batches) > 1 else (SHARES * batches[0],):
            yield from (Candidate(replace(setting, pinned=pinned), 1, streams * each) for pinned in (False, True))


def thread_counts(cores: int) -> list[int]:
    """1, 2, 4 .. below `cores`, half of them, and `cores`: half is what a processor with two threads a core has."""
    powers = [1 << n for n in range(cores.bit_length()) if 1 << n < cores]
    return sorted({*powers, max(cores // 2, 1), cores})


def fair(candidate: Candidate) -> bool:
    """False for another arithmetic than the member's own: faster, but not the same answers."""
    return not candidate.setting.precision
