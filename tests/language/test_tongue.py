"""A language is spoken for as long as a report is made; constants follow it, and so do verdicts and pages."""

import copy
import json
import pickle
import re

import pytest

from appliance.errors import UsageError
from appliance.language.names import GROUPS, PERTURBATIONS, names
from appliance.language.tongue import Filled, Together, as_data, filled, mark, recalled, speaking, spoken, w
from appliance.report.html import report_html
from appliance.report.text import plain
from appliance.score.summary import summarise
from perturb.registry import PERTURBATIONS as KNOWN
from tests.report import build
from tests.score.build import drawn

HOLDS = mark("All limits hold")


def test_english_outside_and_the_language_within() -> None:
    assert (w("All limits hold"), plain(HOLDS), f"{HOLDS}") == ("All limits hold",) * 3
    with speaking("ja"):
        assert spoken().language == "ja"
        assert (w("All limits hold"), plain(HOLDS), f"{HOLDS}") == ("すべての限度を守れています",) * 3
        assert mark("{count} parts").format(count=3) == "ワーク3個"
    assert plain(HOLDS) == "All limits hold"


def test_it_ends_with_an_error_too() -> None:
    with pytest.raises(ValueError, match="out"), speaking("ja"):
        raise ValueError("out")
    assert spoken().language == "en"


def test_a_language_without_a_catalogue() -> None:
    with pytest.raises(UsageError, match="'fr'"), speaking("fr"):
        pass


def test_every_perturbation_and_group_has_a_name() -> None:
    assert set(PERTURBATIONS) == set(KNOWN)
    assert set(GROUPS) == {str(item.group) for item in KNOWN.values()}
    assert names("ja").condition("defocus@0.5", "mm") == "ピントずれ 0.5 mm"
    assert names("en").condition("shot-noise@0.25#1", "exposure ratio") == "shot noise exposure \u00d70.25 (repeat 2)"


def test_a_verdict_is_said_in_the_language() -> None:
    made = drawn()
    english = summarise(*made)
    with speaking("ja"):
        japanese = summarise(*made)
    assert english.members == japanese.members
    assert "perturbed condition" in english.verdict
    assert not re.search("[a-z]{4,}", japanese.verdict)
    assert japanese.verdict.endswith("。")


def test_a_japanese_page_holds_no_english_sentence() -> None:
    """Two English words in a row are only found in what comes from outside: names, paths, warnings, settings."""
    with speaking("ja"):
        html = report_html(build.summary())
    assert '<html lang="ja">' in html
    body = re.sub(r"<style>.*?</style>|<bdi>.*?</bdi>|<code>.*?</code>", "", html, flags=re.DOTALL)
    shown = re.sub(r'<section id="(worst|review|method|cost)".*?</section>', "", body, flags=re.DOTALL)
    shown = re.sub(r'<(div|p) class="(changes|sentence|note)".*?</\1>', "", shown, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "\n", shown)
    assert re.findall(r"[A-Za-z]{3,} [A-Za-z]{3,}", text.replace("piped paper", "")) == []


def test_a_finding_is_english_as_data_and_survives_a_copy() -> None:
    over = filled("on {parts} shared parts", parts=480)
    verdict = Together([filled("No difference in accuracy is shown {over}.", over=over), HOLDS])
    english = "No difference in accuracy is shown on 480 shared parts. All limits hold"
    japanese = "共通のワーク480個で、正解率の差は認められません。すべての限度を守れています"
    with speaking("ja"):
        assert json.loads(json.dumps(filled("on {parts} shared parts", parts=480))) == "on 480 shared parts"
        for one in (verdict, copy.deepcopy(verdict), pickle.loads(pickle.dumps(verdict))):  # noqa: S301 - our own
            assert one == english
            assert plain(one) == japanese
    assert plain(verdict) == english


def test_a_sentence_is_kept_with_its_values_and_recalled() -> None:
    inner = filled("{name} is left out: {what}", name="{x}", what="no file")
    said = filled("{said}; {silent} parts without a score", said=inner, silent=3)
    again = recalled(json.loads(json.dumps(as_data(said))))
    assert isinstance(again, Filled)
    assert again == said == "{x} is left out: no file; 3 parts without a score"
    with speaking("ja"):
        assert str(again) == str(said)
        assert str(again) != "{x} is left out: no file; 3 parts without a score"


NOT_OURS = (
    ["{x.__class__}", {"x": "a"}], ["{x:>999999999}", {"x": "a"}], ["{name} is left out: {what}", {}], [], [1, {}],
    ["{name} is left out: {what}", []], ["{name} is left out: {what}", {"name": ["?", {}], "what": ""}], None, {},
)  # fmt: skip


@pytest.mark.parametrize("data", NOT_OURS)
def test_only_sentences_of_ours_are_recalled(data: object) -> None:
    with pytest.raises(ValueError, match="sentence"):
        recalled(data)
