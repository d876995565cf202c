"""A package that a command needs and this machine lacks: exit code 4 whatever the command, and what to install."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import Exit, as_inspect_error
from appliance.log.export import _opener
from appliance.watch.metrics import Gauges
from appliance.watch.send import _by_apprise
from models.convert.half import to_half
from perturb.search.mildest import require

NEEDS: dict[str, Callable[[], object]] = {
    "cma": require,
    "onnxconverter_common.float16": lambda: to_half(Path("a.onnx"), Path("b.onnx")),
    "prometheus_client": lambda: Gauges("site"),
    "apprise": lambda: _by_apprise("json://somewhere", "title", "text"),
    "appliance.log.parquet": lambda: _opener("parquet"),
}


@pytest.mark.parametrize("module", NEEDS)
def test_a_missing_package_is_the_machines_fault(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - of which tree is what the next line asks
        NEEDS[module]()
    told = as_inspect_error(refused.value)
    assert told is not None
    assert told.code is Exit.MACHINE
    assert "install" in told.mend
