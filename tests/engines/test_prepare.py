"""Engines are built before the work, in a process of its own, and why each was built comes back."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engines.cache import WHY, engine_folder
from appliance.engines.prepare import _opened, prepare, require_ready
from appliance.engines.select import OPENERS, ChosenEngine
from appliance.engines.setting import EngineSetting
from appliance.errors import MachineFailed
from tests.audit.fakes import MeanSpec
from tests.engines.build import demo_member
from tests.engines.test_cache import KEY


def test_nothing_is_built_for_engines_that_are_not() -> None:
    assert prepare(ChosenEngine(EngineSetting()), [demo_member("xs")]) == []
    assert prepare(MeanSpec(), [demo_member("xs")]) == []
    assert require_ready(MeanSpec()) == "an engine of its own"


def test_why_an_engine_was_built_is_returned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opener(member: object, setting: EngineSetting) -> object:
        with engine_folder(setting.cache, KEY, lambda _: None) as (folder, ready):
            if not ready:
                (folder / "engine.bin").write_bytes(b"engine")
        return member

    monkeypatch.setitem(OPENERS, "tensorrt", opener)
    spec = ChosenEngine(EngineSetting(provider="tensorrt", cache=tmp_path))
    assert _opened(spec, demo_member("xs")) == [
        "tensorrt engine of m: built for RTX 4000; the first build can take minutes"
    ]
    assert _opened(spec, demo_member("xs")) == []
    assert WHY, "kept for the process"


@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="this machine has a GPU")
def test_what_the_building_process_meets_surfaces_here(tmp_path: Path) -> None:
    spec = ChosenEngine(replace(EngineSetting(provider="rtx-native"), cache=tmp_path))
    with pytest.raises(MachineFailed, match="no NVIDIA driver answers") as caught:
        prepare(spec, [demo_member("xs")])
    assert "install NVIDIA driver" in caught.value.mend, "what and how to mend it survive the way between processes"
