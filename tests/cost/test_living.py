"""Trials that stay open take turn after turn, and what one of them loses is told in one sentence."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from appliance.cost import living as module
from appliance.cost.fresh import Apart
from appliance.cost.job import Refused
from appliance.cost.living import NO_ROOM, living
from appliance.cost.trial import Trial, Tried
from appliance.engines.setting import EngineSetting
from tests.cli.sites import member_of, write_model


def trial(tmp_path: Path, threads: int = 1) -> Trial:
    path = tmp_path / "m.onnx"
    if not path.exists():
        write_model(path, 4.0, 2)
    return Trial(member_of(path, "m"), EngineSetting("cpu", threads=threads), 1, 1, 0.02)


def test_turn_after_turn_is_made_in_the_same_process(tmp_path: Path) -> None:
    one, two = trial(tmp_path), trial(tmp_path, 2)
    with living([one, two]) as turn:
        before = {child.pid for child in psutil.Process().children()}
        answers = [turn(each) for each in (one, two, two, one)]
        assert {child.pid for child in psutil.Process().children()} == before
    assert all(isinstance(answer, Tried) and answer.rate > 0 for answer in answers)
    assert [answer.facts.threads for answer in answers if isinstance(answer, Tried)] == [1, 2, 2, 1]
    assert len(before - {child.pid for child in psutil.Process().children()}) == 2, "both have ended"


def test_those_for_which_no_memory_is_left_are_refused_and_two_are_always_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: SimpleNamespace(available=1 << 20))
    wanted = [trial(tmp_path, threads) for threads in (1, 2, 3)]
    with living(wanted) as turn:
        answers = [turn(each) for each in wanted]
    assert [isinstance(answer, Tried) for answer in answers] == [True, True, False]
    assert isinstance(answers[2], Refused)
    assert answers[2].what == NO_ROOM


def test_a_model_that_will_not_open_is_refused_by_name_at_every_turn(tmp_path: Path) -> None:
    good = trial(tmp_path)
    bad = Trial(good.member, EngineSetting("cpu", threads=1, layout="no such"), 1, 1, 0.02)
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with living([bad]) as turn:
        answers = [turn(bad), turn(bad)]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Refused)
    assert "m.onnx" in answers[0].file


def _counting(task: Trial, start: int) -> Callable[[int], int]:
    total = start

    def add(number: int) -> int:
        nonlocal total
        if number < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        total += number
        return total

    return add


def test_a_process_keeps_what_it_made_and_its_death_is_a_refusal(tmp_path: Path) -> None:
    with Apart[Trial, int, int](trial(tmp_path), _counting, 5) as apart:
        assert [apart.ask(1), apart.ask(2)] == [6, 8]
        assert apart.resident() > 1 << 20
        lost = apart.ask(-1)
        assert isinstance(lost, Refused)
        assert "SIGKILL" in lost.what
        assert apart.ask(1) == lost
        assert apart.resident() == 0


def _ends_early(task: Trial) -> Callable[[int], int]:
    def read(_: int) -> int:
        raise EOFError("a file ended too early")

    return read


def test_an_error_nobody_planned_for_is_not_taken_for_the_end_of_the_questions(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Apart[Trial, int, int](trial(tmp_path), _ends_early) as apart:
        lost = apart.ask(1)
    assert isinstance(lost, Refused)
    assert "status 1" in lost.what
    assert "a file ended too early" in capfd.readouterr().err
