"""Laws on a terminal in Japanese: no English sentence is left."""

from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from tests.language.shown import english_in

TABLE = "name,macs,err,n\na,1,30,400\nb,2,22,400\nc,4,18,400\nd,8,17,400\n"


def test_a_published_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    table.write_text(TABLE)
    command = ["law", "--table", str(table), "--size", "macs", "--error", "err", "--parts", "n", "--lang", "ja"]
    assert run(command) == Exit.OK
    text = capsys.readouterr().out
    assert "誤り率" in text
    assert english_in(text) == []
