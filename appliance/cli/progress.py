"""Progress on a terminal as a bar with rate and time left, in a journal as a plain line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.language.terminal import w

if TYPE_CHECKING:
    from appliance.audit.run import Step

LINE_EVERY_S = 10.0


@contextmanager
def shown() -> Iterator[Callable[["Step"], None]]:
    """A progress callback that suits standard error."""
    if sys.stderr.isatty():
        with _bar() as callback:
            yield callback
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[["Step"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(w("audit")),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TextColumn(w("left")), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(w("audit"), rate="")

        def callback(step: "Step") -> None:
            progress.update(task, completed=step.done, total=step.total, rate=rate(step))

        yield callback


def _lines() -> Callable[["Step"], None]:
    last = time.monotonic()

    def callback(step: "Step") -> None:
        nonlocal last
        if step.done == step.total or time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            left = step.seconds / step.done * (step.total - step.done)
            values = {"share": f"{step.done / step.total:.0%}", "rate": rate(step), "seconds": f"{left:.0f}"}
            print(w("audit {share}, {rate}, {seconds} s left", **values), file=sys.stderr, flush=True)

    return callback


def rate(step: "Step") -> str:
    """Pictures scored per second, a picture being one part under one condition."""
    return w("{count} pictures/s", count=f"{step.pictures / max(step.seconds, 1e-9):.0f}")
