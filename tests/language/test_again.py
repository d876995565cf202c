# ruff: noqa: RUF001 - Japanese sets brackets and colons of its own width
"""A line that was made in English is found again by its template, and the terminal hears one language."""

import pytest

from appliance.cli.main import run
from appliance.language import terminal
from appliance.language.again import again
from appliance.language.terminal import asked, hearing, padded, w


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("truncated", "truncated"),
        (
            "prices.reference = 'xxl': there is no such size in the run",
            "prices.reference = 'xxl'：そのサイズはこの実行にありません",
        ),
        ("m is left out: 3 samples a pixel", "m を除外します：1画素が3値です"),
        ("folder/part.png: damaged: a checksum differs", "folder/part.png: 破損：チェックサムが一致しません"),
        ("prices.escape = -4: input should be greater than or equal to 0", "prices.escape = -4: 0以上にしてください"),
        ("the shares sum to 0.8, not to 1", "割合の合計が1ではなく0.8です"),
        ("480 parts: 240 OK, 240 NG from 12 groups", "ワーク480個：OK 240個、NG 240個（12グループ）"),
        (
            (
                "escape rate of m is 5.0 % of NG parts on clean parts and 3 more conditions, over the limit of 2.0 % "
                "(upper bound 8.0 %)"
            ),
            "m の見逃し率は、外乱なし、ほか3条件でNG品の5.0 %：限度2.0 %を超過（上限値8.0 %）",
        ),
        (
            (
                "errors of m over the perturbed conditions rose from 1.0 % to 3.0 % of 480 parts since run 12 "
                "(errors: EWMA +3.20, limit 2.90)"
            ),
            (
                "m の誤り率（外乱条件の平均）が上昇：ワーク480個で1.0 %から3.0 %へ、実行 12 から"
                "（errors：EWMA +3.20、管理限界 2.90）"
            ),
        ),
        ("nobody ever said this line", "nobody ever said this line"),
        ("", ""),
    ],
)
def test_a_line_is_said_again_by_its_template(english: str, japanese: str) -> None:
    assert again(english, "ja") == japanese
    assert again(english, "en") == english


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["audit", "--lang", "ja"], {}, "ja"),
        (["audit", "--lang=ja"], {"LANG": "en_GB.UTF-8"}, "ja"),
        (["audit"], {"LANG": "ja_JP.UTF-8"}, "ja"),
        (["audit"], {"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        (["audit", "--lang", "en"], {"LANG": "ja_JP.UTF-8"}, "en"),
        (["audit", "--lang", "fr"], {"LANG": "ja"}, "en"),
        (["audit"], {}, "en"),
        (["audit", "--lang"], {}, "en"),
    ],
)
def test_the_language_of_a_command_line(arguments: list[str], environment: dict[str, str], language: str) -> None:
    assert asked(arguments, environment) == language


def test_it_is_heard_within_and_no_longer() -> None:
    with hearing("ja"):
        assert w("no alert") == "アラートはありません"
        assert terminal.again("no site here") == "ここにはサイトがありません"
    assert w("no alert") == "no alert"


def test_columns_count_japanese_letters_twice() -> None:
    assert padded("警告", 8) == "警告    "
    assert padded("warning", 8) == "warning "


def test_an_error_is_one_line_in_the_terminals_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert run(["advise", "--site", str(tmp_path), "--lang", "ja"]) == 2
    japanese = capsys.readouterr().err
    assert "ここにはサイトがありません" in japanese
    assert japanese.count("\n") == 1
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert run(["runs", "list", "--site", str(tmp_path)]) == 2
    assert "ここにはサイトがありません" in capsys.readouterr().err
    assert run(["runs", "list", "--site", str(tmp_path), "--json"]) == 2
    assert "no site here" in capsys.readouterr().err
    assert run(["--lang", "fr", "runs", "list"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
