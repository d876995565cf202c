"""Pools of processes that end well: whatever dies, and whenever, the caller goes on or hears of it.

Two faults of the standard library's pool are kept away from (Python 3.11): a worker that dies as it starts leaves its
parent writing to it for ever where its arguments are larger than a pipe holds (64 kB), and futures cancelled from
outside while the pool breaks end its manager thread in InvalidStateError.
"""

import ctypes
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

PR_SET_PDEATHSIG = 1
Item = TypeVar("Item")
Answer = TypeVar("Answer")


def in_order(pool: ProcessPoolExecutor, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
    """`work` of every item, in their order. Left early, what has not begun is dropped by the pool's own thread.

    Raises what `work` raises, and BrokenProcessPool where a worker has died.
    """
    futures = [pool.submit(work, item) for item in items]
    with ExitStack() as undo:
        undo.callback(pool.shutdown, wait=False, cancel_futures=True)
        for future in futures:
            yield future.result()
        undo.pop_all()


@contextmanager
def handed_over(value: object) -> Iterator[str]:
    """The name of a file, readable by this user alone, from which workers take `value` (see `taken_over`)."""
    with tempfile.NamedTemporaryFile(prefix="inspect-eval-") as file:
        pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
        file.flush()
        yield file.name


def taken_over(file: str) -> Any:
    """What the parent handed over."""
    return pickle.loads(Path(file).read_bytes())  # noqa: S301 - written by the parent, for this user alone


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends (Linux; elsewhere the closed pipe does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
