import pytest

from appliance.watch.journal import Level, say


def test_one_line_with_its_level_for_the_journal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    say(Level.WARNING, "the lamp\nis \x1b[31mold")
    assert capsys.readouterr().err == "the lamp is �[31mold\n"
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    say(Level.WARNING, "old")
    assert capsys.readouterr().err == "<4>old\n"
