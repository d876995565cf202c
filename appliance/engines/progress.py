"""What a person sees while an engine is built: a line now and then, on standard error."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.engines.cache import Say
from appliance.language.terminal import again

EVERY_S = 10.0


def tell(text: str) -> None:
    """One line on standard error."""
    print(again(text), file=sys.stderr, flush=True)


@contextmanager
def ticking(what: str, say: Say, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Say every ten seconds that `what` goes on, for builders that tell nothing themselves."""
    done, start = threading.Event(), time.monotonic()

    def tick() -> None:
        while not done.wait(every_s):
            say(f"{what}: {time.monotonic() - start:.0f} s")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
