"""Progress of counted work on standard error: a bar on a terminal, a plain line now and then in a journal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from appliance.language.terminal import mark, w

Count = Callable[[int, int, float], None]
"""Done, of how many, seconds since the first."""

LINE_EVERY_S = 10.0
LABELS = (mark("calibrate"), mark("probe"), mark("preview"))
UNITS = (mark("pictures"), mark("parts"), mark("perturbations"))


@contextmanager
def counting(label: str, unit: str) -> Iterator[Count]:
    """A progress callback for `label` (of LABELS), counting `unit` (of UNITS)."""
    label, unit = w(label), w(unit)
    if sys.stderr.isatty():
        with _bar(label, unit) as callback:
            yield callback
    else:
        yield _lines(label, unit)


@contextmanager
def _bar(label: str, unit: str) -> Iterator[Count]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(label),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TextColumn(w("left")), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(label, rate="")

        def callback(done: int, total: int, seconds: float) -> None:
            progress.update(task, completed=done, total=total, rate=_rate(done, seconds, unit))

        yield callback


def _lines(label: str, unit: str) -> Count:
    last = time.monotonic()

    def callback(done: int, total: int, seconds: float) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            left = seconds / done * (total - done)
            rate = _rate(done, seconds, unit)
            told = w(
                "{what} {share}, {rate}, {seconds} s left",
                what=label,
                share=f"{done / total:.0%}",
                rate=rate,
                seconds=f"{left:.0f}",
            )
            print(told, file=sys.stderr, flush=True)

    return callback


def _rate(done: int, seconds: float, unit: str) -> str:
    return w("{count} {unit}/s", count=f"{done / max(seconds, 1e-9):.1f}", unit=unit)
