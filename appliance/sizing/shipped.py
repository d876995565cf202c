"""The fits the product ships: those of timm's tables as coefficients of our own, the others from published figures.

`python -m appliance.sizing.shipped FOLDER` makes the coefficients again from the tables in FOLDER.
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from appliance.sizing.backtest import backtest
from appliance.sizing.fits import Fit
from appliance.sizing.store import parse_fits, write_fits
from appliance.sizing.table import read_tables

FITTED = "fitted.json"
TIMM = (
    "fitted to timm's inference tables for PyTorch 2.4 and CUDA 12.4 (github.com/huggingface/pytorch-image-models, "
    "results/, commit aa4b5850, Apache-2.0): eager and compiled, mixed precision, NCHW, largest batch that fits"
)


@cache
def shipped() -> tuple[Fit, ...]:
    """Every fit that comes with the product."""
    folder = files("appliance.sizing")
    fitted = parse_fits(folder.joinpath(FITTED).read_text("utf-8"), FITTED)
    sources = tomllib.loads(folder.joinpath("published/sources.toml").read_text("utf-8"))
    found = list(fitted)
    for name, facts in sources.items():
        table = read_tables([Path(str(folder.joinpath(f"published/{name}")))])
        found += backtest(table, facts["measure"], f"{facts['setting']}; {facts['origin']}")
    return tuple(found)


def main(arguments: Sequence[str]) -> None:
    """Make fitted.json from the tables in the folder named."""
    fits = [replace(fit, precision=fit.precision or "amp") for fit in backtest(read_tables([Path(arguments[0])]))]
    kept = [replace(fit, origin=TIMM, errors=replace(fit.errors, families={})) for fit in fits]
    write_fits(kept, Path(__file__).with_name(FITTED))


if __name__ == "__main__":
    main(sys.argv[1:])
