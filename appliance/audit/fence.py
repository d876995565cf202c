"""What one worker process may take of the machine, set before it decodes a picture or loads a model."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from appliance.errors import MachineFailed

CPU_PROVIDERS = frozenset({"cpu", "openvino"})
"""A process with a GPU in its address space cannot live under this fence; there the service's memory limit stands."""

LEAST_MB = 4096


def fence_mb(asked: int, workers: int, provider: str) -> int:
    """MB of address space for each of `workers` processes: what is asked, else an equal share, at least 4096.

    0, no fence, where the provider maps a GPU.
    """
    if provider not in CPU_PROVIDERS:
        return 0
    return asked or max(LEAST_MB, psutil.virtual_memory().total // (workers << 20))


def raise_fence(memory_mb: int) -> None:
    """Bound this process's address space, and let a crash leave no core file. 0: no bound."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if memory_mb:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = memory_mb << 20
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


@contextmanager
def named_floods(memory_mb: int, file: str) -> Iterator[None]:
    """Turn an allocation that the fence (or the machine) refused into one line on the part or model at work."""
    try:
        yield
    except MemoryError as error:
        limit = f"the {memory_mb} MB that a process may take" if memory_mb else "this machine has"
        mend = "leave it out, or raise worker_memory_mb under [audit] in site.toml"
        raise MachineFailed(f"needs more memory than {limit}", file=file, mend=mend) from error
