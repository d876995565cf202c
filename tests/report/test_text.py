"""Hostile text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.report.text import clip, columns, lead_of, plain


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain-name.onnx", "plain-name.onnx"),
        ("größe 部品", "größe 部品"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("gnp.\u202etxt", "gnp.\\u202etxt"),
        ("two\nlines\t", "two\\x0alines\\x09"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("lone\udcff", "lone\\udcff"),
    ],
)
def test_hidden_characters_are_written_out(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


@given(st.text(st.characters()))
def test_nothing_hidden_is_left_and_nothing_fails_to_encode(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert plain(shown) == shown


@given(st.text(max_size=80), st.integers(3, 40))
def test_clip_keeps_both_ends(text: str, most: int) -> None:
    short = clip(text, most)
    assert len(short) <= most
    if len(plain(text)) <= most:
        assert short == plain(text)
    else:
        assert "…" in short
        assert plain(text).startswith(short.split("…")[0])


def test_wide_characters_count_more() -> None:
    assert columns("部品") > columns("ab")


@pytest.mark.parametrize(
    ("text", "lead", "rest"),
    [
        ("Size m holds. It decides 95.5 % rightly. So.", "Size m holds.", "It decides 95.5 % rightly. So."),
        ("Size v1.5 a. b holds 2 %.", "Size v1.5 a. b holds 2 %.", ""),
        ("サイズmは十分です。正解率は95.5 %です。", "サイズmは十分です。", "正解率は95.5 %です。"),
        ("", "", ""),
    ],
)
def test_a_verdict_is_shown_by_its_first_sentence(text: str, lead: str, rest: str) -> None:
    assert lead_of(text) == (lead, rest)
